/* Telling the server what a person does, knowing which of its pieces belong into the view, and noticing that it is gone. */

function tell(name, what = {}) {
  trigger(name, { conversation: wanted, sought: find("sought")?.value ?? "", listed, ...what });
}

const random = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(36)).join("");

document.addEventListener("citewise:changed", () => tell("side"));

/* Pieces come from events that run side by side, and the last piece of a question that was turned away from may come after the conversation that was turned to. Each piece tells which event it is of. */
const mine = (piece) => (piece && ours.has(piece.closest("[data-for]")?.dataset.for) ? piece : null);

function turnTo(id) {
  wanted = id;
  ours.clear();
  isAwaited = true;
  const opened = random();
  ours.add(opened);
  return opened;
}

// --- is the server there? -----------------------------------------------------------------------------------------------------------

const pause = (seconds) => new Promise((done) => setTimeout(done, 1000 * seconds));

async function isThere() {
  try {
    return (await fetch("/api/health", { cache: "no-store", signal: AbortSignal.timeout(5000) })).ok;
  } catch {
    return false;
  }
}

async function watch(asked) {
  for (let missed = 0; token === asked && missed < 2; ) {
    await pause(2.5);
    missed = token === asked && !(await isThere()) ? missed + 1 : 0;
  }
  if (token === asked) lost();
}

async function lost() {
  const field = find("question");
  if (!field.value) typed(field, asking);
  token = "";
  const bar = document.createElement("p");
  bar.id = "lost";
  bar.setAttribute("role", "alert");
  bar.textContent = "The server is not there. What was answered before is saved, and your question is back in the field. This page goes on when the server is back.";
  document.body.append(bar);
  document.body.classList.add("lost");
  sync();
  while (!(await isThere())) await pause(2);
  location.reload(); // Gradio's connection does not outlive a server; the conversation and what is typed do
}
