// Sends files to the HTTP API of the same server and tells how far they are. What came of it goes to Python, which shows it.
const field = element.querySelector('input[type="file"]');
const bar = element.querySelector(".adding");
const view = element.closest("#library, #welcome") || element;
const megabytes = (bytes) => Math.round((bytes / 2 ** 20) * 10) / 10;
const PHASES = { reading: "Reading", embedding: "Embedding", indexing: "Indexing" };
let busy = false;

const tell = (text, done, total) => {
  bar.hidden = !text;
  bar.querySelector("span").textContent = text;
  const progress = bar.querySelector("progress");
  if (total) Object.assign(progress, { max: total, value: done });
  else progress.removeAttribute("value");
};

// One request for all files; gives the report or throws {problem, remedy, type}.
const send = (files) =>
  new Promise((done, fail) => {
    const form = new FormData();
    for (const file of files) form.append("files", file, file.name);
    const request = new XMLHttpRequest();
    let read = 0;
    let last = null;
    request.open("POST", new URL("api/index", document.baseURI));
    request.setRequestHeader("Accept", "text/event-stream");
    request.upload.onprogress = ({ loaded, total }) => tell(`Sending · ${megabytes(loaded)} of ${megabytes(total)} MB`, loaded, total);
    request.upload.onload = () => tell("Reading …");
    request.onprogress = () => {
      for (let end; (end = request.responseText.indexOf("\n\n", read)) >= 0; read = end + 2) {
        const [, name, data] = /^event: (\w+)\ndata: (.*)$/s.exec(request.responseText.slice(read, end)) || [];
        if (name) last = [name, JSON.parse(data)];
        if (name === "progress") {
          const { phase, done: so, total } = last[1];
          const doing = PHASES[phase] || "Working";
          tell(total ? `${doing} · ${so} of ${total}` : `${doing} · ${so} papers`, so, total);
        }
      }
    };
    request.onload = () => {
      request.onprogress();
      if (last?.[0] === "done") return done(last[1]);
      let told = last?.[0] === "error" ? last[1] : null;
      try {
        told ??= JSON.parse(request.responseText);
      } catch {
        told = { title: request.status === 413 ? "The files are too large." : `The server answered ${request.status}.` };
      }
      fail({ problem: told.detail || told.title || "The files could not be added.", remedy: told.remedy || "", type: told.type || "" });
    };
    request.onerror = () => fail({ problem: "The server could not be reached, or broke off.", remedy: "See that it runs, and add the files again.", type: "" });
    request.send(form);
  });

// Where no file gave a paper, the server's error names the first only; sent one by one, each says why.
const unread = (error) => error.type.endsWith("InputError");
const each = async (files, first) => {
  const report = { added: 0, updated: 0, unchanged: 0, skipped: [], barren: [] };
  for (const file of files) {
    try {
      if (files.length === 1) throw first;
      const own = await send([file]);
      for (const name of ["added", "updated", "unchanged"]) report[name] += own[name];
      report.skipped.push(...own.skipped);
    } catch (error) {
      if (!unread(error)) throw error;
      const [where, ...why] = `${error.problem} ${error.remedy}`.trim().split(": ");
      report.skipped.push(why.length ? { where, why: why.join(": ") } : { where: file.name, why: where });
    }
  }
  return report;
};

const add = async (files) => {
  if (busy || !files.length) return;
  const size = files.reduce((sum, file) => sum + file.size, 0);
  const most = Number(field.dataset.max);
  if (most && size > most) {
    trigger("failed", {
      problem: `${files.length === 1 ? files[0].name : files.length + " files"}: ${megabytes(size)} MB; at most ${megabytes(most)} MB are taken at once.`,
      remedy: "Add fewer or smaller files, or start the server with a larger --max-upload.",
    });
    return;
  }
  busy = field.disabled = true;
  tell("Sending …");
  try {
    const report = await send(files).catch((error) => (unread(error) ? each(files, error) : Promise.reject(error)));
    trigger("added", { report });
  } catch ({ problem, remedy }) {
    trigger("failed", { problem, remedy });
  }
  busy = field.disabled = false;
  tell("");
};

field.addEventListener("change", () => {
  const files = [...field.files];
  field.value = "";
  add(files);
});
element.addEventListener("click", ({ target }) => {
  if (target.closest("[data-sample]")) trigger("sample", {});
});
const holds = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
for (const kind of ["dragenter", "dragover"])
  view.addEventListener(kind, (event) => {
    if (!holds(event)) return;
    event.preventDefault();
    view.classList.add("dropping");
  });
view.addEventListener("dragleave", (event) => {
  if (!view.contains(event.relatedTarget)) view.classList.remove("dropping");
});
view.addEventListener("drop", (event) => {
  if (!holds(event)) return;
  event.preventDefault();
  view.classList.remove("dropping");
  add([...event.dataTransfer.files]);
});
