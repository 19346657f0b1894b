// The chip of the filters beside the composer: lifting them asks the whole library again.
element.addEventListener("click", ({ target }) => {
  if (!target.closest("[data-do='lift']")) return;
  trigger("lift", {});
  document.getElementById("question")?.focus();
});
