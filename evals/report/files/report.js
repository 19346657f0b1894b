
"use strict";
// Fills in a question when it is opened, and filters the list. Data become text nodes only: nothing here parses HTML.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const rows = [...document.querySelectorAll("details.question")];
  const form = document.getElementById("filters");
  const count = document.getElementById("count");
  const names = ["show", "kind", "expect", "given", "find"];
  const byId = new Map(data.questions.map((question, n) => [question.id, n]));

  const make = (tag, style, ...children) => {
    const made = document.createElement(tag);
    if (style) made.className = style;
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
  };
  const titled = (heading, ...children) => [make("h5", "", heading), ...children];
  const check = (good, ...children) => {
    const sign = make("i", good ? "right" : "wrong", good ? "✓" : "✗");
    sign.setAttribute("role", "img");
    sign.setAttribute("aria-label", good ? "yes:" : "no:");
    return make("li", "", sign, ...children);
  };
  const title = (paper) => data.titles[paper] || paper;
  const paperOf = (sentence) => sentence.slice(0, sentence.lastIndexOf(":"));
  const cited = (answer) => new Set(answer ? answer.sources.flatMap((s) => s.sentences.map((x) => x[0])) : []);

  // --- one question -------------------------------------------------------------------------------------------------------------------

  const said = (parts) => make("p", "", ...parts.map((part) => (typeof part === "number" ? make("span", "cite", `[${part}]`) : part)));

  const source = (turn, from) => make(
    "li", "", make("span", "number", `[${from.number}]`),
    make("span", "name", from.title), from.year ? ` ${from.year} ` : " ",
    turn.papers.includes(from.paper) ? make("span", "tag right", "gold paper") : null,
    ...from.sentences.map(([id, text]) => make("blockquote", turn.evidence.includes(id) ? "hit" : "",
      text, turn.evidence.includes(id) ? make("span", "tag right", "gold") : null)),
  );

  const answerBlock = (heading, turn, answer, error) => {
    if (!answer) return make("div", "answer", ...titled(heading, make("p", "wrong", error || "No answer.")));
    const head = make("h5", "", heading + " ", make("span", `tag ${answer.right ? "right" : "wrong"}`, answer.outcome));
    const block = make("div", "answer", head, ...answer.text.map(said));
    if (answer.searched) block.append(make("p", "small", `searched for: ${answer.searched}`));
    if (answer.sources.length) block.append(...titled(answer.refused ? "Pointed to" : "Cited sentences", make("ol", "papers", ...answer.sources.map((s) => source(turn, s)))));
    if (answer.withheld.length) {
      const items = answer.withheld.map(([text, reason]) => make("blockquote", "", text, make("small", "", ` withheld: ${reason}`)));
      block.append(...titled("Withheld", ...items));
    }
    return block;
  };

  const facts = (turn, answer) => turn.facts.map((wordings, n) => {
    const told = Boolean(answer && answer.told[n]);
    return check(told, wordings.join(" / "), told ? null : make("span", "muted", " (missed)"));
  });

  const known = (turn) => {
    const answer = turn.now;
    const found = cited(answer);
    const block = make("div", "known", make("h5", "", "Known ", make("span", "tag", `expected: ${turn.expect}`)));
    if (turn.facts.length) block.append(make("ul", "checks", ...facts(turn, answer)));
    const papers = [...new Set([...turn.papers, ...turn.evidence.map(paperOf)])];
    const items = papers.map((paper) => {
      const rank = answer ? answer.ranked.indexOf(paper) + 1 : 0;
      const sentences = turn.evidence.filter((id) => paperOf(id) === paper).map((id) => make(
        "blockquote", found.has(id) ? "hit" : "", data.sentences[id] || id, found.has(id) ? make("span", "tag right", answer.refused ? "shown" : "cited") : null));
      return make("li", "", make("span", "name", title(paper)), make("small", "", rank ? ` ranked ${rank}` : " not in the ranking"), ...sentences);
    });
    if (items.length) block.append(...titled("Gold papers and sentences", make("ul", "papers gold", ...items)));
    if (turn.forbidden.length) {
      const shown = turn.forbidden.map((text, n) => check(!(answer && answer.leaked[n]), text, make("span", "muted", answer && answer.leaked[n] ? " (shown)" : " (not shown)")));
      block.append(...titled("Must not be shown", make("ul", "checks", ...shown)));
    }
    return block;
  };

  const table = (head, lines) => {
    const made = make("table", "");
    if (head.length) {
      const cells = head.map((text) => { const th = make("th", "", text); th.scope = "col"; return th; });
      made.append(make("thead", "", make("tr", "", ...cells)));
    }
    made.append(make("tbody", "", ...lines.map(([first, ...rest]) => {
      const th = make("th", "", first);
      th.scope = "row";
      return make("tr", "", th, ...rest.map((text) => make("td", "", text)));
    })));
    return made;
  };

  const ranking = (heading, turn, answer) => (answer && answer.ranked.length ? make("div", "", ...titled(heading, make(
    "ol", "ranking", ...answer.ranked.map((paper) => make("li", turn.papers.includes(paper) ? "hit" : "", title(paper), turn.papers.includes(paper) ? " ✓" : null))))) : null);

  const turnBlock = (turn, n, many) => {
    const block = make("section", "turn");
    if (many) {
      const well = turn.now && turn.now.well;
      block.append(make("h4", "", make("span", well ? "right" : "wrong", well ? "✓ " : "✗ "), `Turn ${n + 1}. ${turn.question}`));
    }
    const compared = "then" in turn;
    const now = answerBlock(compared ? "After" : turn.same ? "Answer, the same in both runs" : "Answer", turn, turn.now, turn.error);
    block.append(compared ? make("div", "sides", answerBlock("Before", turn, turn.then, turn.then_error), now) : make("div", "sides", now, known(turn)));
    if (compared) block.append(known(turn));
    const more = make("details", "more", make("summary", "", "Ranking and times"));
    const took = turn.now ? make("div", "", ...titled("What it took", table([], turn.now.took))) : null;
    more.append(make("div", "sides", make("div", "", ranking(compared ? "Ranking after" : "Ranking", turn, turn.now), compared ? ranking("Ranking before", turn, turn.then) : null), took));
    if (turn.now) block.append(more);
    return block;
  };

  const moved = (change) => make("ul", "checks", ...change.better.map((text) => check(true, text)), ...change.worse.map((text) => check(false, text)),
    ...change.other.map((text) => make("li", "", text)), change.answer ? make("li", "muted", "the answer is another") : null);

  const fill = (row, question) => {
    const body = row.querySelector(".body");
    if (body.childElementCount) return;
    if (question.change) body.append(...titled("What moved", moved(question.change)));
    body.append(...question.turns.map((turn, n) => turnBlock(turn, n, question.turns.length > 1)));
    const pairs = question.scores.some((line) => line.length > 2);
    const scores = make("details", "more", make("summary", "", "Scores"), table(pairs ? ["", "after", "before"] : [], question.scores));
    const link = make("a", "", `Link to ${question.id}`);
    link.href = "#" + new URLSearchParams({ open: question.id });
    body.append(scores, make("p", "foot", link));
  };

  // --- filters --------------------------------------------------------------------------------------------------------------------------

  const strings = (value) => (typeof value === "string" ? [value] : value && typeof value === "object" ? Object.values(value).flatMap(strings) : []);
  const haystacks = [];
  const haystack = (n) => (haystacks[n] ??= strings([data.questions[n].id, data.questions[n].kind, data.questions[n].notes, data.questions[n].turns]).join("\n").toLowerCase());
  const shows = {
    all: () => true,
    failures: (q) => q.level === "wrong" || q.level === "partly",
    unscored: (q) => q.level === "unscored",
    drafts: (q) => q.draft,
    changed: (q) => Boolean(q.change),
    worse: (q) => Boolean(q.change && q.change.worse.length),
    better: (q) => Boolean(q.change && q.change.better.length),
  };

  const chosen = () => Object.fromEntries(names.map((name) => [name, String(new FormData(form).get(name) ?? "")]));
  let opened = "";

  const filter = () => {
    const want = chosen();
    const words = want.find.toLowerCase().split(/\s+/).filter(Boolean);
    let visible = 0;
    rows.forEach((row, n) => {
      const q = data.questions[n];
      const keep = (shows[want.show] || shows.all)(q) && (!want.kind || q.kind === want.kind) && (!want.expect || q.expect.includes(want.expect))
        && (!want.given || q.given.includes(want.given)) && words.every((word) => haystack(n).includes(word));
      row.hidden = !keep;
      visible += keep;
    });
    count.textContent = `${visible} of ${rows.length} questions shown`;
  };

  const remember = () => {
    const state = Object.entries(chosen()).filter(([name, value]) => value && !(name === "show" && value === "all"));
    if (opened) state.push(["open", opened]);
    history.replaceState(null, "", "#" + new URLSearchParams(state));
  };

  const restore = () => {
    const state = new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");
    form.reset();
    for (const name of names) {
      const value = state.get(name);
      if (value === null) continue;
      const field = form.elements.namedItem(name);
      field.value = value;
      if (field.tagName === "SELECT" && field.selectedIndex < 0) field.value = "";
    }
    if (!new FormData(form).get("show")) form.elements.namedItem("show").value = "all";
    opened = state.get("open") ?? "";
    filter();
    const row = rows[byId.get(opened)];
    if (!row) return;
    row.hidden = false;
    row.open = true;
    fill(row, data.questions[byId.get(opened)]);
    row.scrollIntoView();
    row.querySelector("summary").focus({ preventScroll: true });
  };

  rows.forEach((row, n) => {
    row.addEventListener("toggle", () => { if (row.open) fill(row, data.questions[n]); });
    row.querySelector("summary").addEventListener("click", () => {
      opened = row.open ? "" : data.questions[n].id; // it is about to change
      remember();
    });
  });
  let waiting = 0;
  form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(() => { filter(); remember(); }, 100); });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => { opened = ""; filter(); remember(); }));
  document.getElementById("open-all").addEventListener("click", () => rows.filter((row) => !row.hidden).forEach((row) => { row.open = true; }));
  document.getElementById("close-all").addEventListener("click", () => rows.forEach((row) => { row.open = false; }));
  addEventListener("hashchange", () => { if (location.hash.includes("=")) restore(); });
  restore();
})();
