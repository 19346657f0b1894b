/* Turning to a conversation, finding, renaming, deleting one, and handing out what was exported. */

const address = (id) => (id ? "?c=" + encodeURIComponent(id) : location.pathname);

function go(id, push = true) {
  if (token) tell("leave", { token });
  token = "";
  open.clear();
  editing(0);
  if (push) history.pushState({}, "", address(id));
  tell("open", { token: turnTo(id), conversation: id });
  view("chat");
  if (!roomy.matches) drawer(false);
  find("question")?.focus();
}

addEventListener("popstate", () => {
  const id = new URLSearchParams(location.search).get("c") || "";
  if (id !== wanted) go(id, false);
});

function seek() {
  clearTimeout(seek.timer);
  seek.timer = setTimeout(() => tell("side"), 200);
}

function rename(button) {
  const item = button.closest(".item");
  const form = document.createElement("form");
  form.className = "renaming";
  form.dataset.do = "renamed";
  form.dataset.id = button.dataset.id;
  const field = document.createElement("input");
  field.value = button.dataset.title;
  field.maxLength = 200;
  field.setAttribute("aria-label", "New name");
  form.append(field);
  item.classList.add("changing");
  item.append(form);
  field.focus();
  field.select();
}

function unrename() {
  document.querySelectorAll("form.renaming:not(.done)").forEach((form) => {
    form.classList.add("done"); // removing it takes the focus from it, which comes back here
    form.closest(".item").classList.remove("changing");
    form.remove();
  });
}

function remove(button) {
  const dialog = document.createElement("dialog");
  const title = button.closest(".item").querySelector("a").title;
  dialog.setAttribute("aria-labelledby", "doomed");
  const words = document.createElement("p");
  words.id = "doomed";
  words.textContent = `Delete “${title}”? It cannot be brought back.`;
  const ways = document.createElement("p");
  ways.className = "ways";
  for (const [name, label, kind] of [["", "Keep it", "button"], ["delete", "Delete", "button bad"]]) {
    const way = document.createElement("button");
    way.type = "button";
    way.className = kind;
    way.textContent = label;
    way.addEventListener("click", () => dialog.close(name));
    ways.append(way);
  }
  dialog.append(words, ways);
  dialog.addEventListener("close", () => {
    if (dialog.returnValue === "delete") {
      const doomed = button.dataset.id;
      const isOpen = doomed === wanted;
      if (isOpen && token) tell("leave", { token });
      if (isOpen) {
        token = "";
        history.replaceState({}, "", address(""));
      }
      tell("delete", { conversation: wanted, id: doomed, token: isOpen ? turnTo("") : "" });
    }
    dialog.remove();
    find("question")?.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
}

function hand(over) {
  const kind = over.dataset.form === "bibtex" ? [".bib", "application/x-bibtex"] : [".md", "text/markdown"];
  const name = over.dataset.name.replace(/[^\p{L}\p{N} _-]+/gu, "").trim().replace(/ +/g, "-").slice(0, 60) || "conversation";
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([over.textContent], { type: kind[1] + ";charset=utf-8" }));
  link.download = name + kind[0];
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
