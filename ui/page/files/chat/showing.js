/* What the server has shown: the page kept in step with it, from the start. */

addEventListener("scroll", () => (pinned = innerHeight + scrollY >= document.documentElement.scrollHeight - 160), { passive: true });

function sync() {
  if (draft && find("question")) {
    typed(find("question"), draft);
    draft = "";
  }
  const shown = [find("talk"), document.querySelector("#live article")];
  const [talk, live] = shown.map(mine);
  if (talk) isAwaited = false;
  const isStale = shown.some((piece) => piece && !mine(piece));
  if (!isStale) mended = 0;
  else if (!isAwaited && !token && mended++ < 5) tell("open", { token: turnTo(wanted) });
  document.body.classList.toggle("stale", isStale && !live);
  if (talk) conversation(talk, live);
  document.querySelectorAll("details[id]").forEach((card) => {
    if (open.has(card.id) && !card.open) card.open = true;
  });
  const working = live?.dataset.phase === "working";
  if (token && live && !working) ended();
  document.body.classList.toggle("empty", !!talk && !live && !token && talk.dataset.turns === "0" && !talk.dataset.missing);
  document.body.classList.toggle("working", !!token);
  for (const [id, isHidden] of [["send", !!token], ["stop", !token]]) {
    const button = find(id);
    if (button && button.hidden !== isHidden) button.hidden = isHidden;
  }
  const sided = String(document.body.classList.contains("sided"));
  if (find("toggle") && find("toggle").getAttribute("aria-expanded") !== sided) find("toggle").setAttribute("aria-expanded", sided);
  document.body.classList.toggle("many", document.querySelector("nav.side")?.dataset.many === "true");
  const given = find("exported");
  if (given && given.dataset.token !== exported) {
    exported = given.dataset.token;
    hand(given);
  }
  const notice = document.querySelector("#notice .notice");
  if (notice && notice.textContent !== sync.notice) say(notice.textContent);
  sync.notice = notice?.textContent;
  if (live && pinned && live.getBoundingClientRect().top > 80) scrollTo(0, document.documentElement.scrollHeight);
}

function conversation(talk, live) {
  const id = talk.dataset.conversation;
  if (token && !live && sync.live) ended(talk);
  sync.live = live;
  if (id === here && talk.dataset.turns === sync.turns) return;
  const first = here === null || id !== here;
  here = id;
  sync.turns = talk.dataset.turns;
  document.title = talk.dataset.title && id ? talk.dataset.title + " · Citewise" : "Citewise";
  if (talk.dataset.missing) wanted = "";
  else if (id !== wanted) {
    wanted = id;
    history.replaceState({}, "", address(id));
  }
  if (linked && find(linked)) {
    show([find(linked)], false);
    linked = "";
  } else if (first && !live) requestAnimationFrame(() => scrollTo(0, document.documentElement.scrollHeight));
}

function ended(talk) {
  token = "";
  const at = document.activeElement;
  if (!at || at === document.body || at.closest("#composer, #live")) if (roomy.matches) find("question")?.focus({ preventScroll: true });
  const last = talk?.querySelector("article:last-of-type");
  if (last) {
    const many = last.querySelectorAll("details.source").length;
    say(`Answered, with ${many} source${many === 1 ? "" : "s"}.`, false);
  }
}

function start() {
  drawer(roomy.matches && localStorage.getItem("citewise-side") !== "closed");
  let due = false;
  new MutationObserver(() => {
    if (due) return;
    due = true;
    queueMicrotask(() => {
      due = false;
      sync();
    });
  }).observe(document.body, {
    childList: true,
    subtree: true,
    characterData: true,
    attributes: true,
    attributeFilter: ["open", "data-phase", "data-conversation", "data-turns", "data-token", "data-for"],
  });
  tell("open", { token: turnTo(wanted) });
  sync();
}

start();
