// A text is sent when it is asked for; while it is checked, the button waits.
const form = element.querySelector("form");
const send = () => {
  const text = form.elements.text.value;
  if (!text.trim()) return form.elements.text.focus();
  trigger("check", { text, form: form.elements.form.value });
};
element.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
element.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    send();
  }
});
