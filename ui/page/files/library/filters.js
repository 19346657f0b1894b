// The search and filter fields of the library view. What is typed is sent when it rests; `watch` puts back what Python says is set.
const form = () => element.querySelector("form");
const values = () => Object.fromEntries([...new FormData(form())].map(([name, value]) => [name, String(value)]));
let waiting = 0;
const send = () => {
  clearTimeout(waiting);
  trigger("typed", values());
};
element.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(send, 250);
});
element.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
element.addEventListener("click", (event) => {
  if (!event.target.closest("[data-clear]")) return;
  for (const field of form().elements) if (field.name) field.value = "";
  form().elements.query.focus();
  send();
});
watch("value", () => {
  clearTimeout(waiting);
  for (const field of form().elements) if (field.name) field.value = field.getAttribute("value") || "";
});
