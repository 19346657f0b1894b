// A cell opens the abstract with its sentence marked; the table is stopped, or saved as a file.
const told = () => window.citewiseTable ?? {};

const open = (n, number) => {
  const held = element.querySelector(`template[data-abstract="${n}"]`);
  if (!held) return;
  const dialog = document.createElement("dialog");
  dialog.className = "evidence-abstract";
  dialog.append(held.content.cloneNode(true));
  const close = dialog.appendChild(document.createElement("button"));
  Object.assign(close, { type: "button", className: "button", textContent: "Close" });
  close.addEventListener("click", () => dialog.close());
  dialog.setAttribute("aria-label", dialog.querySelector("h2").textContent);
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  const mark = number && dialog.querySelector(`mark[data-number="${number}"]`);
  mark?.classList.add("on");
  mark?.scrollIntoView({ block: "center" });
  close.focus({ preventScroll: true });
};

element.addEventListener("click", ({ target }) => {
  if (target.closest("a")) return;
  const button = target.closest("button");
  if (!button) return;
  const { paper, sentence, save } = button.dataset;
  if (paper !== undefined) open(paper, sentence);
  if (save) trigger("save", { ...told(), form: save });
  if (button.matches("[data-stop]")) {
    button.disabled = true;
    trigger("stop", { token: told().token });
  }
});
