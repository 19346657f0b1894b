/* A citation opens its card beside the answer, with the sentence marked; pointing at it shows the sentence. */

const marks = (cite) => cite.dataset.marks.split(" ").map(find).filter(Boolean);

function cited(cite, byKeyboard) {
  const found = marks(cite);
  if (!found.length) return;
  show(found, byKeyboard);
  lastCite = cite.id;
}

function show(found, withFocus) {
  const card = found[0].closest("details");
  document.querySelectorAll("mark.on").forEach((mark) => mark.classList.remove("on"));
  document.querySelectorAll("details.source.on").forEach((other) => other.classList.remove("on"));
  if (wide.matches) card.parentElement.querySelectorAll("details.source[open]").forEach((other) => other !== card && unfold(other, false));
  unfold(card, true);
  card.classList.add("on");
  found.forEach((mark) => mark.classList.add("on"));
  tip.hide();
  reveal(found[0], card.querySelector(".abstract"));
  if (withFocus) found[0].focus({ preventScroll: true });
}

function reveal(mark, column) {
  const box = mark.getBoundingClientRect();
  const frame = column.getBoundingClientRect();
  const floor = find("composer")?.getBoundingClientRect().top ?? innerHeight;
  if (column.scrollHeight > column.clientHeight + 1) {
    if (box.top < frame.top || box.bottom > frame.bottom) {
      column.scrollTo({ top: column.scrollTop + box.top - frame.top - frame.height / 3, behavior: calm() });
    }
    if (frame.top < 70 || frame.bottom > floor) column.parentElement.scrollIntoView({ block: "nearest", behavior: calm() });
  } else if (box.top < 70 || box.bottom > floor - 10) mark.scrollIntoView({ block: "center", behavior: calm() });
}

const calm = () => (matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth");

function unfold(card, isOpen) {
  isOpen ? open.add(card.id) : open.delete(card.id);
  card.open = isOpen;
}

function back(card) {
  unfold(card, false);
  card.querySelectorAll("mark.on").forEach((mark) => mark.classList.remove("on"));
  const cite = (lastCite && find(lastCite)) || document.querySelector(`a.cite[data-marks^="${CSS.escape(card.id)}-"]`);
  if (cite) cite.focus();
}

const tip = {
  box: null,
  timer: 0,
  show(cite) {
    const found = marks(cite);
    if (!found.length || found[0].closest("details.on[open]")?.querySelector("mark.on") === found[0]) return;
    this.box ??= document.body.appendChild(Object.assign(document.createElement("div"), { id: "tip" }));
    this.box.setAttribute("role", "tooltip");
    const card = found[0].closest("details");
    const title = document.createElement("p");
    title.className = "title";
    title.append(...card.querySelector(".title").cloneNode(true).childNodes);
    const said = document.createElement("p");
    found.forEach((mark, i) => said.append(i ? " … " : "", ...mark.cloneNode(true).childNodes));
    this.box.replaceChildren(said, title);
    this.box.hidden = false;
    const at = cite.getClientRects()[0];
    const width = Math.min(440, innerWidth - 24);
    this.box.style.width = width + "px";
    this.box.style.left = Math.max(12, Math.min(at.left + at.width / 2 - width / 2, innerWidth - width - 12)) + "px";
    const tall = this.box.offsetHeight;
    this.box.style.top = (at.top - tall - 8 > 8 ? at.top - tall - 8 : at.bottom + 8) + "px";
    cite.setAttribute("aria-describedby", "tip");
  },
  hide() {
    clearTimeout(this.timer);
    if (this.box) this.box.hidden = true;
  },
  later(work, wait) {
    clearTimeout(this.timer);
    this.timer = setTimeout(work, wait);
  },
};

document.addEventListener("mouseover", (event) => {
  const cite = event.target.closest?.("a.cite");
  if (cite) tip.later(() => tip.show(cite), 150);
  else if (tip.box && !tip.box.hidden) event.target.closest?.("#tip") ? clearTimeout(tip.timer) : tip.later(() => tip.hide(), 200);
  else clearTimeout(tip.timer);
});
document.addEventListener("focusin", (event) => {
  const cite = event.target.closest?.("a.cite");
  if (cite?.matches(":focus-visible")) tip.show(cite);
  else if (!event.target.closest?.("#tip")) tip.hide();
});
addEventListener("scroll", () => tip.hide(), { passive: true, capture: true });
