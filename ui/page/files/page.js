/* The page's behaviour, run once, when the bus is there: "trigger" tells the server of an event. Gradio puts HTML where it belongs; here is what a person does with it, by delegation from the document: nothing is
   bound to an element, for Gradio changes them in place. All that the server is to do goes through tell(), to ui/page/wiring.py. */
(() => {
  "use strict";
  const find = (id) => document.getElementById(id);
  const wide = matchMedia("(min-width: 1100px)");
  const roomy = matchMedia("(min-width: 821px)");
  const open = new Set(); // ids of the cards that are unfolded: Gradio's changes in place fold them
  let here = null; // the open conversation; null before the first one is shown
  let wanted = new URLSearchParams(location.search).get("c") || ""; // the one that was asked for
  let token = ""; // of the question under way
  let asking = ""; // its text
  const ours = new Set(); // tokens of the events whose pieces belong into the view: the one that opened the conversation, and its questions
  let mended = 0; // how often in a row a piece that does not belong there was cleared away
  let isAwaited = true; // whether the conversation that was turned to has not come yet
  let replaces = 0; // the turn that is being edited
  let lastCite = null; // where Esc goes back to
  let exported = "";
  let draft = sessionStorage.getItem("citewise-draft"); // what was typed before a reload, until it stands in the field
  let listed = 0; // conversations that were asked for; 0 for as many as usual
  let pinned = true; // whether the end of the conversation is in view
  let linked = location.hash.slice(1); // a citation that the address names

  // --- the server ---------------------------------------------------------------------------------------------------------------------

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

  // --- asking -------------------------------------------------------------------------------------------------------------------------

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

  // --- conversations ------------------------------------------------------------------------------------------------------------------

  const address = (id) => (id ? "?c=" + encodeURIComponent(id) : location.pathname);

  function go(id, push = true) {
    if (token) tell("leave", { token });
    token = "";
    open.clear();
    editing(0);
    if (push) history.pushState({}, "", address(id));
    tell("open", { token: turnTo(id), conversation: id });
    view("chat");
    if (!roomy.matches) drawer(false);
    find("question")?.focus();
  }

  addEventListener("popstate", () => {
    const id = new URLSearchParams(location.search).get("c") || "";
    if (id !== wanted) go(id, false);
  });

  function seek() {
    clearTimeout(seek.timer);
    seek.timer = setTimeout(() => tell("side"), 200);
  }

  function rename(button) {
    const item = button.closest(".item");
    const form = document.createElement("form");
    form.className = "renaming";
    form.dataset.do = "renamed";
    form.dataset.id = button.dataset.id;
    const field = document.createElement("input");
    field.value = button.dataset.title;
    field.maxLength = 200;
    field.setAttribute("aria-label", "New name");
    form.append(field);
    item.classList.add("changing");
    item.append(form);
    field.focus();
    field.select();
  }

  function unrename() {
    document.querySelectorAll("form.renaming:not(.done)").forEach((form) => {
      form.classList.add("done"); // removing it takes the focus from it, which comes back here
      form.closest(".item").classList.remove("changing");
      form.remove();
    });
  }

  function remove(button) {
    const dialog = document.createElement("dialog");
    const title = button.closest(".item").querySelector("a").title;
    dialog.setAttribute("aria-labelledby", "doomed");
    const words = document.createElement("p");
    words.id = "doomed";
    words.textContent = `Delete “${title}”? It cannot be brought back.`;
    const ways = document.createElement("p");
    ways.className = "ways";
    for (const [name, label, kind] of [["", "Keep it", "button"], ["delete", "Delete", "button bad"]]) {
      const way = document.createElement("button");
      way.type = "button";
      way.className = kind;
      way.textContent = label;
      way.addEventListener("click", () => dialog.close(name));
      ways.append(way);
    }
    dialog.append(words, ways);
    dialog.addEventListener("close", () => {
      if (dialog.returnValue === "delete") {
        const doomed = button.dataset.id;
        const isOpen = doomed === wanted;
        if (isOpen && token) tell("leave", { token });
        if (isOpen) {
          token = "";
          history.replaceState({}, "", address(""));
        }
        tell("delete", { conversation: wanted, id: doomed, token: isOpen ? turnTo("") : "" });
      }
      dialog.remove();
      find("question")?.focus();
    });
    document.body.append(dialog);
    dialog.showModal();
  }

  function hand(over) {
    const kind = over.dataset.form === "bibtex" ? [".bib", "application/x-bibtex"] : [".md", "text/markdown"];
    const name = over.dataset.name.replace(/[^\p{L}\p{N} _-]+/gu, "").trim().replace(/ +/g, "-").slice(0, 60) || "conversation";
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([over.textContent], { type: kind[1] + ";charset=utf-8" }));
    link.download = name + kind[0];
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  // --- citations and cards ------------------------------------------------------------------------------------------------------------

  const marks = (cite) => cite.dataset.marks.split(" ").map(find).filter(Boolean);

  function cited(cite, byKeyboard) {
    const found = marks(cite);
    if (!found.length) return;
    show(found, byKeyboard);
    lastCite = cite.id;
  }

  function show(found, withFocus) {
    const card = found[0].closest("details");
    document.querySelectorAll("mark.on").forEach((mark) => mark.classList.remove("on"));
    document.querySelectorAll("details.source.on").forEach((other) => other.classList.remove("on"));
    if (wide.matches) card.parentElement.querySelectorAll("details.source[open]").forEach((other) => other !== card && unfold(other, false));
    unfold(card, true);
    card.classList.add("on");
    found.forEach((mark) => mark.classList.add("on"));
    tip.hide();
    reveal(found[0], card.querySelector(".abstract"));
    if (withFocus) found[0].focus({ preventScroll: true });
  }

  function reveal(mark, column) {
    const box = mark.getBoundingClientRect();
    const frame = column.getBoundingClientRect();
    const floor = find("composer")?.getBoundingClientRect().top ?? innerHeight;
    if (column.scrollHeight > column.clientHeight + 1) {
      if (box.top < frame.top || box.bottom > frame.bottom) {
        column.scrollTo({ top: column.scrollTop + box.top - frame.top - frame.height / 3, behavior: calm() });
      }
      if (frame.top < 70 || frame.bottom > floor) column.parentElement.scrollIntoView({ block: "nearest", behavior: calm() });
    } else if (box.top < 70 || box.bottom > floor - 10) mark.scrollIntoView({ block: "center", behavior: calm() });
  }

  const calm = () => (matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth");

  function unfold(card, isOpen) {
    isOpen ? open.add(card.id) : open.delete(card.id);
    card.open = isOpen;
  }

  function back(card) {
    unfold(card, false);
    card.querySelectorAll("mark.on").forEach((mark) => mark.classList.remove("on"));
    const cite = (lastCite && find(lastCite)) || document.querySelector(`a.cite[data-marks^="${CSS.escape(card.id)}-"]`);
    if (cite) cite.focus();
  }

  const tip = {
    box: null,
    timer: 0,
    show(cite) {
      const found = marks(cite);
      if (!found.length || found[0].closest("details.on[open]")?.querySelector("mark.on") === found[0]) return;
      this.box ??= document.body.appendChild(Object.assign(document.createElement("div"), { id: "tip" }));
      this.box.setAttribute("role", "tooltip");
      const card = found[0].closest("details");
      const title = document.createElement("p");
      title.className = "title";
      title.append(...card.querySelector(".title").cloneNode(true).childNodes);
      const said = document.createElement("p");
      found.forEach((mark, i) => said.append(i ? " … " : "", ...mark.cloneNode(true).childNodes));
      this.box.replaceChildren(said, title);
      this.box.hidden = false;
      const at = cite.getClientRects()[0];
      const width = Math.min(440, innerWidth - 24);
      this.box.style.width = width + "px";
      this.box.style.left = Math.max(12, Math.min(at.left + at.width / 2 - width / 2, innerWidth - width - 12)) + "px";
      const tall = this.box.offsetHeight;
      this.box.style.top = (at.top - tall - 8 > 8 ? at.top - tall - 8 : at.bottom + 8) + "px";
      cite.setAttribute("aria-describedby", "tip");
    },
    hide() {
      clearTimeout(this.timer);
      if (this.box) this.box.hidden = true;
    },
    later(work, wait) {
      clearTimeout(this.timer);
      this.timer = setTimeout(work, wait);
    },
  };

  document.addEventListener("mouseover", (event) => {
    const cite = event.target.closest?.("a.cite");
    if (cite) tip.later(() => tip.show(cite), 150);
    else if (tip.box && !tip.box.hidden) event.target.closest?.("#tip") ? clearTimeout(tip.timer) : tip.later(() => tip.hide(), 200);
    else clearTimeout(tip.timer);
  });
  document.addEventListener("focusin", (event) => {
    const cite = event.target.closest?.("a.cite");
    if (cite?.matches(":focus-visible")) tip.show(cite);
    else if (!event.target.closest?.("#tip")) tip.hide();
  });
  addEventListener("scroll", () => tip.hide(), { passive: true, capture: true });
  // --- what a person does -------------------------------------------------------------------------------------------------------------

  const DO = {
    toggle: () => drawer(!document.body.classList.contains("sided")),
    new: () => go(""),
    open: (link) => go(link.dataset.id),
    more: () => {
      listed = Number(document.querySelector("nav.side").dataset.listed) + 200;
      tell("side");
    },
    rename,
    delete: remove,
    export: (button) => tell("export", { id: button.dataset.id, form: button.dataset.form, token: random() }),
    stop,
    keep: () => {
      editing(0);
      typed(find("question"), "");
    },
    again: (button) => ask(button.dataset.question, Number(button.dataset.turn || 0)),
    edit: (button) => editing(Number(button.dataset.turn || 0), button.dataset.question),
    copy: async (button) => {
      await copy(button.dataset.copy);
      say("Copied, with its sources.");
    },
    rate: (button) =>
      tell("rate", {
        token: [...ours][0],
        turn: Number(button.dataset.turn),
        liked: button.getAttribute("aria-pressed") === "true" ? "" : button.dataset.liked,
      }),
    back: (button) => back(button.closest("details")),
  };
  const SUBMIT = {
    ask: submit,
    seek: () => document.querySelector("#side .item a")?.focus(),
    renamed: (form) => {
      tell("rename", { id: form.dataset.id, title: form.querySelector("input").value });
      unrename();
    },
    comment: (form) =>
      tell("rate", { token: [...ours][0], turn: Number(form.dataset.turn), liked: form.dataset.liked, comment: form.elements.comment.value.trim() || " " }),
  };

  document.addEventListener("click", (event) => {
    const at = event.target;
    if (!at.closest) return;
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      if (!menu.contains(at) || at.closest("[data-do]")) menu.open = false;
    });
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const folded = at.closest("summary")?.parentElement;
    if (folded?.id) folded.open ? open.delete(folded.id) : open.add(folded.id); // it has not happened yet
    const cite = at.closest("a.cite");
    const asked = at.closest("[data-ask]");
    const shown = at.closest("[data-view]");
    const done = at.closest("[data-do]");
    if (cite) {
      event.preventDefault();
      cited(cite, event.detail === 0);
    } else if (asked) ask(asked.dataset.ask);
    else if (shown) view(shown.dataset.view);
    else if (done && done.tagName !== "FORM" && DO[done.dataset.do]) {
      event.preventDefault();
      DO[done.dataset.do](done);
    } else if (at.closest("a[href='#talk-box']")) find("question")?.focus();
    else if (!roomy.matches && document.body.classList.contains("sided") && !at.closest("#side, #seek, #top")) drawer(false);
  });

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-do]");
    if (!form) return;
    event.preventDefault();
    SUBMIT[form.dataset.do]?.(form);
  });

  document.addEventListener("input", (event) => {
    if (event.target.id === "question") fit(event.target);
    if (event.target.id === "sought") seek();
  });

  document.addEventListener("keydown", (event) => {
    const at = event.target;
    if (at.id === "question" && event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      submit();
    } else if (event.key === "Escape") {
      const menu = document.querySelector("details.menu[open]");
      const card = at.closest?.("details.source[open]");
      if (tip.box && !tip.box.hidden) tip.hide();
      else if (menu) {
        menu.open = false;
        menu.querySelector("summary").focus();
      } else if (at.closest?.("form.renaming")) unrename();
      else if (at.id === "sought" && at.value) {
        event.preventDefault();
        at.value = "";
        tell("side");
      }
      else if (card) back(card);
      else if (token) stop();
      else if (replaces) DO.keep();
      else if (!roomy.matches && document.body.classList.contains("sided")) {
        drawer(false);
        find("toggle")?.focus();
      }
    }
  });
  document.addEventListener("focusout", (event) => {
    if (event.target.closest?.("form.renaming") && !event.relatedTarget) unrename();
  });

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
    const label = { chat: "Chat", library: "Library", about: "About" }[name];
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

  // --- what the server has shown ------------------------------------------------------------------------------------------------------

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
})();
