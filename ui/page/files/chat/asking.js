/* Questions: asked, stopped, edited; what is typed. */

function ask(question, instead = 0) {
  const text = question.trim();
  if (!text || token) return false;
  token = random();
  ours.add(token);
  asking = text;
  pinned = true;
  view("chat");
  tell("ask", { question: text, token, replaces: instead, turns: Number(find("talk")?.dataset.turns || 0) });
  editing(0);
  sync();
  watch(token);
  return true;
}

function submit() {
  const field = find("question");
  if (ask(field.value, replaces)) typed(field, "");
}

function stop() {
  const asked = token;
  if (!asked) return;
  tell("stop", { token });
  setTimeout(async () => {
    if (token !== asked) return;
    if (!(await isThere())) return lost();
    token = "";
    sync();
    say("The answer could not be stopped. It is saved when it is done.");
  }, 4000);
}

function editing(turn, text = "") {
  const bar = find("editing");
  const field = find("question");
  if (!bar || !field) return;
  replaces = turn;
  bar.hidden = !turn;
  const later = Number(find("talk")?.dataset.turns || 0) - turn;
  bar.firstElementChild.textContent =
    `Editing question ${turn}. Its answer${later > 0 ? ` and the ${later > 1 ? later + " turns" : "turn"} after it` : ""} will be replaced.`;
  if (text) {
    typed(field, text);
    field.focus();
    field.setSelectionRange(text.length, text.length);
  }
}

function typed(field, text) {
  field.value = text;
  fit(field);
}

function fit(field) {
  field.style.height = "auto";
  field.style.height = Math.min(field.scrollHeight, innerHeight * 0.4) + "px";
  sessionStorage.setItem("citewise-draft", field.value); // a reload does not lose what is typed
}
