// What was done is told until it is dismissed.
element.addEventListener("click", ({ target }) => {
  if (target.closest("[data-dismiss]")) element.replaceChildren();
});
