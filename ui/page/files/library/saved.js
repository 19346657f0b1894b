// A file that Python wrote is saved, and forgotten.
const TYPES = { csv: "text/csv", md: "text/markdown", html: "text/html", xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" };
watch("value", () => {
  const held = element.querySelector("pre");
  if (!held) return;
  const bytes = Uint8Array.from(atob(held.textContent), (c) => c.charCodeAt(0));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytes], { type: TYPES[held.dataset.name.split(".").pop()] }));
  link.download = held.dataset.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  held.remove();
});
