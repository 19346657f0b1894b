// A sentence of the text leads to what it stands on, and lights up with it.
element.addEventListener("click", (event) => {
  const said = event.target.closest("[data-check]");
  if (!said) return;
  event.preventDefault();
  const note = document.getElementById(`check-${said.dataset.check}`);
  for (const one of element.querySelectorAll(".on")) one.classList.remove("on");
  for (const one of [said, note]) one?.classList.add("on");
  note?.scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  note?.focus({ preventScroll: true });
});
