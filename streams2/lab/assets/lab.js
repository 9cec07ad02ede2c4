// The page: knobs and programs on one side, what happened on the other.

import { read, write } from "./address.js";
import { makeEditor } from "./editor.js";
import { makeKnobs } from "./knobs.js";
import { startPython } from "./python.js";

const SLOW_MS = 1000;
const PATIENCE_MS = 10000;

const byId = (id) => document.getElementById(id);
const root = document.documentElement;
const frame = byId("recording");
const start = JSON.parse(byId("start").textContent);

// Of each half its program, whether somebody has edited it, and what became of it.
let halves = start.programs.map((program, index) => (
  { name: start.names[index], program, edited: false, problem: null, printed: "" }
));
let selected = 0;
let step = 0;
let wantedStep = 0; // where the next page that loads is to begin
let page = null; // the recording's, as text; null is the first
let wished = null; // what to ask Python next
let asking = false;

// -- the recording -------------------------------------------------------------------------------

function goTo(wanted) {
  const scrub = frame.contentDocument.getElementById("scrub");
  scrub.value = wanted;
  scrub.dispatchEvent(new Event("input", { bubbles: true }));
}

function pageLoaded() {
  const shown = frame.contentDocument;
  if (!shown?.getElementById("scrub")) return;
  const moved = () => {
    step = Number(shown.documentElement.dataset.step);
    root.dataset.step = step;
    tellAddress();
  };
  goTo(wantedStep);
  moved();
  new MutationObserver(moved).observe(shown.documentElement, { attributeFilter: ["data-step"] });
  // As high as what is in it: then the page has one scroll bar, and not two.
  new ResizeObserver(() => {
    frame.style.height = `${Math.ceil(shown.body.getBoundingClientRect().height) + 2}px`;
  }).observe(shown.body);
}

function showPage(html, at) {
  page = html;
  wantedStep = at;
  const before = frame.src;
  frame.src = URL.createObjectURL(new Blob([html], { type: "text/html" }));
  if (before.startsWith("blob:")) URL.revokeObjectURL(before);
}

// -- asking Python -------------------------------------------------------------------------------

const python = startPython({
  onProgress(loaded) {
    const part = Math.min(99, Math.round((100 * loaded) / start.size));
    byId("progress").value = part;
    say(`Python is on its way: ${part} %`);
  },
  onReady() {
    byId("progress").hidden = true;
    root.dataset.ready = "true";
    say("Python is ready");
    askNext();
  },
  onBroken: (why) => say(`Python cannot run here: ${why}`),
});

function say(text) {
  byId("state").textContent = text;
}

// The latest wish is the one that counts.
function wish() {
  wished = { knobs: knobs.values(), programs: editedPrograms(), step };
  askNext();
}

async function askNext() {
  if (asking || wished === null || !python.isReady()) return;
  const request = wished;
  wished = null;
  asking = true;
  root.dataset.busy = "true";
  delete root.dataset.took;
  const slow = setTimeout(() => { byId("stop").hidden = false; say("It is still running"); }, SLOW_MS);
  const late = setTimeout(python.stop, PATIENCE_MS);
  const began = performance.now();
  try {
    show(await python.ask("turn", request));
    root.dataset.took = Math.round(performance.now() - began);
    say(`Recorded in ${root.dataset.took} ms`);
  } catch (error) {
    showStopped(error.message === "stopped" ? "The program had no end, and was stopped." : error.message);
  }
  clearTimeout(slow);
  clearTimeout(late);
  byId("stop").hidden = true;
  asking = false;
  delete root.dataset.busy;
  askNext();
}

function show(answer) {
  // What was turned or typed meanwhile is asked next, and stays as it is.
  if (wished !== null) return;
  knobs.set(answer.knobs);
  halves = answer.halves;
  selected = Math.min(selected, halves.length - 1);
  showPrograms();
  if (answer.page === null) {
    byId("said").textContent = "This is no Python: below is the recording from before.";
    return;
  }
  const kept = answer.kept ? ` You are still at the ${answer.kept}.` : "";
  byId("said").textContent = answer.said + kept;
  showPage(answer.page, answer.step);
}

function showStopped(message) {
  byId("problem").hidden = false;
  byId("problem").textContent = message;
  byId("said").textContent = "Below is the recording from before.";
  delete root.dataset.ready;
}

// -- programs ------------------------------------------------------------------------------------

const editor = makeEditor(byId("editor"), { onRun: () => wish(), onEdit: edit });

function edit() {
  Object.assign(halves[selected], { edited: true, program: editor.text() });
  tellAddress();
}

const editedPrograms = () => halves.map(({ edited, program }) => (edited ? program : null));

function showPrograms() {
  byId("tabs").replaceChildren(...halves.map(makeTab));
  byId("panel").setAttribute("aria-labelledby", `tab-${selected}`);
  const { program, problem, printed } = halves[selected];
  editor.setText(program);
  editor.showProblem(problem);
  byId("problem").hidden = !problem;
  byId("problem").textContent = problem ? inWords(problem) : "";
  byId("printed").hidden = !printed;
  byId("printed").textContent = printed;
}

function makeTab({ name, problem }, index) {
  const tab = document.createElement("button");
  const chosen = index === selected;
  Object.assign(tab, { type: "button", id: `tab-${index}`, tabIndex: chosen ? 0 : -1 });
  tab.textContent = problem ? `${name} ⚠` : name;
  tab.setAttribute("role", "tab");
  tab.setAttribute("aria-selected", chosen);
  tab.setAttribute("aria-controls", "panel");
  tab.addEventListener("click", () => select(index));
  tab.addEventListener("keydown", ({ key }) => {
    if (key === "ArrowLeft" || key === "ArrowRight") select((index + 1) % halves.length);
  });
  return tab;
}

function select(index) {
  selected = index;
  showPrograms();
  byId(`tab-${index}`).focus();
}

const inWords = ({ kind, message, line }) => `${line ? `line ${line}: ` : ""}${kind}: ${message}`;

// -- what can be done ----------------------------------------------------------------------------

const knobs = makeKnobs(start, () => {
  // A knob makes the programs anew. What was edited comes back with undo.
  for (const half of halves) half.edited = false;
  wish();
});

function tellAddress() {
  write(start.standing, knobs.values(), editedPrograms(), step);
}

function save(name, text, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

byId("knobs").addEventListener("submit", (event) => event.preventDefault());
byId("run").addEventListener("click", () => wish());
byId("stop").addEventListener("click", python.stop);
byId("save-program").addEventListener("click", () => save("program.py", editor.text(), "text/x-python"));
byId("save-page").addEventListener("click", async () => {
  save("recording.html", page ?? (await (await fetch("first.html")).text()), "text/html");
});
byId("copy").addEventListener("click", async () => {
  tellAddress();
  try {
    await navigator.clipboard.writeText(location.href);
    say("The link is copied: it holds the knobs, the programs and the step");
  } catch {
    say("The address of this page is the link");
  }
});
byId("reset").addEventListener("click", () => {
  knobs.set(start.standing);
  for (const half of halves) half.edited = false;
  step = 0;
  wish();
});
addEventListener("hashchange", () => location.reload());
frame.addEventListener("load", pageLoaded);

function restore() {
  const asked = read(start.standing);
  knobs.set({ ...start.standing, ...asked.knobs });
  wantedStep = asked.step ?? 0;
  const edited = asked.programs.some((text) => text !== null);
  if (edited || Object.keys(asked.knobs).length > 0) {
    // How many halves there are, and what their programs are, Python says.
    wished = { knobs: knobs.values(), programs: asked.programs, step: wantedStep, exact: true };
  }
  showPrograms();
  if (frame.contentDocument?.readyState === "complete") pageLoaded();
}

if (matchMedia("(max-width: 700px)").matches) byId("numbers-box").open = false;
restore();

// For tests, and for whoever wants to look closer.
window.laboratory = { events: () => python.ask("events") };
