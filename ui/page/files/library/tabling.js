// The columns of the table live here and in this browser's storage; Python is told all of them with each change.
const form = element.querySelector("form");
const list = element.querySelector(".columns");
const most = Number(list.dataset.most);
const KEPT = "citewise-columns";
const state = (window.citewiseTable ??= { questions: [], papers: "", token: "" });

try {
  const kept = JSON.parse(localStorage.getItem(KEPT) ?? "[]");
  if (Array.isArray(kept)) state.questions = kept.filter((q) => typeof q === "string").slice(0, most);
} catch {
  localStorage.removeItem(KEPT);
}

const show = () => {
  list.replaceChildren(
    ...state.questions.map((question, n) => {
      const item = document.createElement("li");
      const text = item.appendChild(document.createElement("span"));
      text.textContent = question;
      const gone = item.appendChild(document.createElement("button"));
      Object.assign(gone, { type: "button", textContent: "×" });
      gone.setAttribute("aria-label", `Remove the column ${question}`);
      gone.dataset.remove = n;
      return item;
    }),
  );
  form.querySelector(".primary").textContent = form.elements.question.value.trim() || !state.questions.length ? "Add column" : "Make the table";
};

const make = () => {
  localStorage.setItem(KEPT, JSON.stringify(state.questions));
  const before = state.token; // what it was making is of no use any more
  state.papers = form.elements.papers.value;
  state.token = Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(36)).join("");
  trigger("make", { ...state, before });
};

element.addEventListener("input", show);
element.addEventListener("submit", (event) => {
  event.preventDefault();
  const field = form.elements.question;
  const question = field.value.trim().replace(/\s+/g, " ");
  if (!question && !state.questions.length) return field.focus();
  if (question && !state.questions.includes(question) && state.questions.length < most) state.questions.push(question);
  field.value = "";
  show();
  make();
  field.focus();
});
element.addEventListener("click", ({ target }) => {
  const { remove } = target.dataset;
  if (remove === undefined) return;
  state.questions.splice(Number(remove), 1);
  show();
  make();
  form.elements.question.focus();
});
show();
