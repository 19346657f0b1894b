/* What a person does, by delegation from the document: nothing is bound to an element, for Gradio changes them in place. */

const DO = {
  toggle: () => drawer(!document.body.classList.contains("sided")),
  new: () => go(""),
  open: (link) => go(link.dataset.id),
  more: () => {
    listed = Number(document.querySelector("nav.side").dataset.listed) + 200;
    tell("side");
  },
  rename,
  delete: remove,
  export: (button) => tell("export", { id: button.dataset.id, form: button.dataset.form, token: random() }),
  stop,
  keep: () => {
    editing(0);
    typed(find("question"), "");
  },
  again: (button) => ask(button.dataset.question, Number(button.dataset.turn || 0)),
  edit: (button) => editing(Number(button.dataset.turn || 0), button.dataset.question),
  copy: async (button) => {
    await copy(button.dataset.copy);
    say(button.dataset.said || "Copied, with its sources.");
  },
  narrow: (button) => {
    tell("narrow", { field: button.dataset.field, value: button.dataset.value });
    say(`Only papers of ${button.dataset.value}, here and in the library.`);
  },
  rate: (button) =>
    tell("rate", {
      token: [...ours][0],
      turn: Number(button.dataset.turn),
      liked: button.getAttribute("aria-pressed") === "true" ? "" : button.dataset.liked,
    }),
  back: (button) => back(button.closest("details")),
};
const SUBMIT = {
  ask: submit,
  seek: () => document.querySelector("#side .item a")?.focus(),
  renamed: (form) => {
    tell("rename", { id: form.dataset.id, title: form.querySelector("input").value });
    unrename();
  },
  comment: (form) =>
    tell("rate", { token: [...ours][0], turn: Number(form.dataset.turn), liked: form.dataset.liked, comment: form.elements.comment.value.trim() || " " }),
};

document.addEventListener("click", (event) => {
  const at = event.target;
  if (!at.closest) return;
  document.querySelectorAll("details.menu[open]").forEach((menu) => {
    if (!menu.contains(at) || at.closest("[data-do]")) menu.open = false;
  });
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const folded = at.closest("summary")?.parentElement;
  if (folded?.id) folded.open ? open.delete(folded.id) : open.add(folded.id); // it has not happened yet
  const cite = at.closest("a.cite");
  const asked = at.closest("[data-ask]");
  const shown = at.closest("[data-view]");
  const done = at.closest("[data-do]");
  if (cite) {
    event.preventDefault();
    cited(cite, event.detail === 0);
  } else if (asked) ask(asked.dataset.ask);
  else if (shown) view(shown.dataset.view);
  else if (done && done.tagName !== "FORM" && DO[done.dataset.do]) {
    event.preventDefault();
    DO[done.dataset.do](done);
  } else if (at.closest("a[href='#talk-box']")) find("question")?.focus();
  else if (!roomy.matches && document.body.classList.contains("sided") && !at.closest("#side, #seek, #top")) drawer(false);
});

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-do]");
  if (!form) return;
  event.preventDefault();
  SUBMIT[form.dataset.do]?.(form);
});

document.addEventListener("input", (event) => {
  if (event.target.id === "question") fit(event.target);
  if (event.target.id === "sought") seek();
});

document.addEventListener("keydown", (event) => {
  const at = event.target;
  if (at.id === "question" && event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    submit();
  } else if (event.key === "Escape") {
    const menu = document.querySelector("details.menu[open]");
    const card = at.closest?.("details.source[open]");
    if (tip.box && !tip.box.hidden) tip.hide();
    else if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    } else if (at.closest?.("form.renaming")) unrename();
    else if (at.id === "sought" && at.value) {
      event.preventDefault();
      at.value = "";
      tell("side");
    }
    else if (card) back(card);
    else if (token) stop();
    else if (replaces) DO.keep();
    else if (!roomy.matches && document.body.classList.contains("sided")) {
      drawer(false);
      find("toggle")?.focus();
    }
  }
});
document.addEventListener("focusout", (event) => {
  if (event.target.closest?.("form.renaming") && !event.relatedTarget) unrename();
});
