// What Python exported is saved as a file, and forgotten.
watch("value", () => {
  const held = element.querySelector("pre");
  if (!held) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([held.textContent], { type: "application/x-bibtex" }));
  link.download = "papers.bib";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  held.remove();
});
