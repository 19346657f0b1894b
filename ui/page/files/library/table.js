// The table of papers: what is selected lives here, over all its pages; everything else is told to Python.
const picked = new Map();
const boxes = () => [...element.querySelectorAll("input[data-id]")];
const all = () => element.querySelector("[data-pick-all]");

const show = () => {
  const here = boxes();
  for (const box of here) box.checked = picked.has(box.dataset.id);
  const on = here.filter((box) => box.checked).length;
  if (all()) {
    all().checked = on > 0 && on === here.length;
    all().indeterminate = on > 0 && on < here.length;
  }
  const told = element.querySelector("[data-picked]");
  if (told) told.textContent = picked.size ? ` · ${picked.size} selected` : "";
  const remove = element.querySelector('[data-act="remove"]');
  if (remove) remove.disabled = picked.size === 0;
};

const keep = (box) => (box.checked ? picked.set(box.dataset.id, box.getAttribute("aria-label")) : picked.delete(box.dataset.id));

// Asked in a dialog of the page's own: Esc and "Keep" leave everything as it is.
const ask = (names, then) => {
  const dialog = document.createElement("dialog");
  dialog.className = "removal";
  dialog.setAttribute("aria-labelledby", "ask-what");
  const part = (tag, text, to = dialog) => Object.assign(to.appendChild(document.createElement(tag)), { textContent: text });
  const one = names.length === 1;
  part("p", one ? "Remove this paper?" : `Remove ${names.length} papers?`).id = "ask-what";
  part("p", one ? names[0] : names.slice(0, 3).join(" · ") + (names.length > 3 ? " …" : "")).className = "what";
  const them = one ? "it" : "them";
  part("p", `Answers that cite ${them} stay as they are. To have ${them} back, add the file again.`);
  const row = part("div", "");
  row.className = "ways";
  const no = part("button", "Keep", row);
  const yes = part("button", "Remove", row);
  no.className = "button";
  yes.className = "button bad";
  no.type = yes.type = "button";
  no.addEventListener("click", () => dialog.close());
  yes.addEventListener("click", () => {
    dialog.close();
    then();
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  no.focus();
};

element.addEventListener("change", ({ target }) => {
  if (target.matches("[data-pick-all]")) {
    for (const box of boxes()) {
      box.checked = target.checked;
      keep(box);
    }
  } else if (target.dataset.id) keep(target);
  show();
});

element.addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (!button || button.disabled) return;
  const { sort, page, act } = button.dataset;
  if (sort) trigger("sort", { column: sort });
  if (page) {
    trigger("turn", { page: Number(page) });
    if (element.getBoundingClientRect().top < 0) element.scrollIntoView({ block: "start" });
  }
  if (act === "export") trigger("export", { ids: [...picked.keys()] });
  if (act === "remove") {
    const names = [...picked.values()].map((label) => label.replace(/^Select /, ""));
    ask(names, () => {
      trigger("remove", { ids: [...picked.keys()] });
      picked.clear();
      show();
    });
  }
});

watch("value", show);
show();
