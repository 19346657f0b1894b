/* Views, sidebar, clipboard, and what is said at the edge. */

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const field = Object.assign(document.createElement("textarea"), { value: text });
    document.body.append(field);
    field.select();
    document.execCommand("copy"); // where the page comes from another machine over plain HTTP there is no clipboard
    field.remove();
  }
}

function view(name) {
  const label = { chat: "Chat", library: "Library", table: "Table", check: "Check", about: "About" }[name];
  const tab = [...document.querySelectorAll('#views [role="tab"]')].find((t) => t.textContent.trim() === label);
  if (tab && tab.getAttribute("aria-selected") !== "true") tab.click();
}

function drawer(isOpen) {
  document.body.classList.toggle("sided", isOpen);
  find("toggle")?.setAttribute("aria-expanded", String(isOpen));
  const side = find("side");
  for (const part of [side, find("seek")]) if (part) part.inert = !isOpen;
  if (roomy.matches) localStorage.setItem("citewise-side", isOpen ? "open" : "closed");
  else if (isOpen) side?.querySelector("a")?.focus();
}

function say(text, isShown = true) {
  const box = find("said") ?? document.body.appendChild(Object.assign(document.createElement("div"), { id: "said", role: "status" }));
  box.className = isShown ? "shown" : "unseen";
  box.textContent = text;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => (box.textContent = ""), 5000);
}
