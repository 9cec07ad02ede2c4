// The page: knobs and programs on one side, what happened on the other.

import { read, write } from "./address.js";
import { makeEditor } from "./editor.js";
import { showVerdict } from "./exercises.js";
import { makeKnobs } from "./knobs.js";
import { startPython } from "./python.js";

const SLOW_MS = 1000;
// A program is stopped by Python itself, if it comes to lines of its own: two of them may take a while.
const PATIENCE_MS = { turn: 20000, check: 10000 };

const byId = (id) => document.getElementById(id);
const root = document.documentElement;
const frame = byId("recording");
const start = JSON.parse(byId("start").textContent);

const fresh = (name, program) => ({ name, program, edited: false, problem: null, printed: "" });

// Of each half its program, whether somebody has edited it, and what became of it.
let halves = start.programs.map((program, index) => fresh(start.names[index], program));
let exercise = null; // the one that is open; then it is the only half
let selected = 0;
let step = 0;
let wantedStep = 0; // where the next page that loads is to begin
let wished = null; // what to ask Python next
let asking = false;
let page = frame.srcdoc; // of the recording that is shown: it needs nothing else

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
  // Their address would be that of the page around it.
  for (const link of shown.querySelectorAll('a[href^="#"]')) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const target = shown.querySelector(link.getAttribute("href"));
      target.tabIndex = -1;
      target.focus();
    });
  }
  new MutationObserver(moved).observe(shown.documentElement, { attributeFilter: ["data-step"] });
  // As high as what is in it: then the page has one scroll bar, and not two.
  new ResizeObserver(() => {
    frame.style.height = `${Math.ceil(shown.body.getBoundingClientRect().height) + 2}px`;
  }).observe(shown.body);
}

function showPage(html, at) {
  page = html;
  frame.hidden = html === null;
  if (html === null) return;
  const shown = frame.contentWindow.recording;
  // To load a page anew takes several times as long.
  if (shown) shown.become(new DOMParser().parseFromString(html, "text/html"), at);
  else {
    wantedStep = at;
    frame.srcdoc = html;
  }
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
  wished = exercise
    ? ["check", { number: exercise.number, program: halves[0].program }]
    : ["turn", { knobs: knobs.values(), programs: editedPrograms(), step }];
  askNext();
}

async function askNext() {
  if (asking || wished === null || !python.isReady()) return;
  const [method, request] = wished;
  wished = null;
  asking = true;
  root.dataset.busy = "true";
  delete root.dataset.took;
  const slow = setTimeout(() => { byId("stop").hidden = false; say("It is still running"); }, SLOW_MS);
  const patience = PATIENCE_MS[method];
  const late = setTimeout(python.stop, patience, `had not come to an end after ${patience / 1000} seconds`);
  const began = performance.now();
  try {
    const answer = await python.ask(method, request);
    if (method === "check") showChecked(answer, request);
    else show(answer);
    root.dataset.took = Math.round(performance.now() - began);
    say(`Recorded in ${root.dataset.took} ms`);
  } catch (error) {
    showStopped(method, error);
  }
  clearTimeout(slow);
  clearTimeout(late);
  byId("stop").hidden = true;
  asking = false;
  delete root.dataset.busy;
  askNext();
}

function show(answer) {
  // What was turned, typed or opened meanwhile is asked next, and stays as it is.
  if (wished !== null || exercise) return;
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

function showChecked(answer, { number, exact }) {
  if (wished !== null || exercise?.number !== number) return;
  Object.assign(halves[0], { problem: answer.problem, printed: answer.printed });
  showPrograms();
  showVerdict(byId("said"), answer, goTo);
  const first = /step (\d+)/.exec(answer.passed ? "" : answer.sentences[0]);
  showPage(answer.page, exact ?? Number(first?.[1] ?? 0));
}

function showStopped(method, error) {
  if (error.stopped) delete root.dataset.ready;
  const message = error.stopped ? `Your program ${error.message}.` : error.message;
  if (method === "check") {
    showVerdict(byId("said"), { passed: false, sentences: [message] }, goTo);
    showPage(null, 0);
    return;
  }
  byId("problem").hidden = false;
  byId("problem").textContent = message;
  byId("said").textContent = "Below is the recording from before.";
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
  // What is wrong with an exercise, the verdict says.
  byId("problem").hidden = !problem || exercise !== null;
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

// -- exercises -----------------------------------------------------------------------------------

// An exercise, or what the knobs make.
function open(number) {
  exercise = start.exercises.find((one) => one.number === number) ?? null;
  byId("exercise").value = exercise?.number ?? 0;
  byId("turned").hidden = exercise !== null;
  byId("solution").hidden = exercise === null;
  byId("solution").open = false;
  byId("solution").querySelector("pre").textContent = exercise?.solution ?? "";
  byId("run").textContent = exercise ? "Check" : "Run";
  byId("run").title = `${byId("run").textContent} (Ctrl-Enter)`;
  editor.wrap(exercise !== null);
  step = selected = 0;
  if (exercise === null) {
    delete root.dataset.exercise;
    return;
  }
  root.dataset.exercise = exercise.number;
  halves = [fresh(`exercise ${exercise.number}`, exercise.program)];
  byId("said").textContent =
    "Mend the program, and press Check: it runs under the recorder, and here is said what was seen.";
  if (python.isReady()) say("Python is ready");
  showPage(null, 0);
  showPrograms();
  tellAddress();
}

// -- what can be done ----------------------------------------------------------------------------

const knobs = makeKnobs(start, remake, (number) => {
  open(number);
  if (exercise === null) remake();
});

// A knob makes the programs anew. What was edited comes back with undo.
function remake() {
  for (const half of halves) half.edited = false;
  wish();
}

function tellAddress() {
  write(start.standing, knobs.values(), exercise?.number, editedPrograms(), step);
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
byId("stop").addEventListener("click", () => python.stop("had no end, and was stopped"));
byId("save-program").addEventListener("click", () => {
  save(exercise ? `exercise-${exercise.number}.py` : "program.py", editor.text(), "text/x-python");
});
byId("save-page").addEventListener("click", () => {
  if (page === null) say("There is no recording yet");
  else save("recording.html", page, "text/html");
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
  if (exercise) {
    open(exercise.number);
    return;
  }
  knobs.set(start.standing);
  step = 0;
  remake();
});
addEventListener("hashchange", () => restore({ anew: true }));
frame.addEventListener("load", pageLoaded);

// What the address says. If there is another page already, Python has to say what belongs there.
function restore({ anew = false } = {}) {
  const asked = read(start.standing);
  knobs.set({ ...start.standing, ...asked.knobs });
  wantedStep = asked.step ?? 0;
  const edited = asked.programs.some((text) => text !== null);
  open(asked.exercise);
  if (exercise) {
    const program = asked.programs[0];
    if (edited) {
      Object.assign(halves[0], { program, edited: true });
      wished = ["check", { number: exercise.number, program, exact: asked.step }];
    }
  } else if (anew || edited || Object.keys(asked.knobs).length > 0) {
    // How many halves there are, and what their programs are, Python says.
    wished = ["turn", { knobs: knobs.values(), programs: asked.programs, step: wantedStep, exact: true }];
  }
  showPrograms();
  askNext();
}

if (matchMedia("(max-width: 700px)").matches) byId("numbers-box").open = false;
restore();
if (frame.contentDocument?.readyState === "complete") pageLoaded();

// For tests, and for whoever wants to look closer.
window.laboratory = { events: (request = null) => python.ask("events", request) };
