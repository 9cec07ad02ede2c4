"use strict";
// Shows one moment of each recording. The data says what each moment changes: a lane applies the
// changes up to the moment that is shown, and remembers what they replaced, to go back.
(() => {
  const byId = (id) => document.getElementById(id);
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const small = matchMedia("(max-width: 700px)");
  const MOVE_MS = 320;
  const TOLD_AFTER_MS = 400;
  // A recording is played in two minutes, but nobody has to wait long for a step.
  const WHOLE_MS = 120_000;
  const [SHORTEST_MS, LONGEST_MS] = [30, 900];
  // More than so many are not drawn one by one: nobody could tell them apart.
  const MOST_IN_TANK = 100;
  const MOST_ON_PAPER = 60;
  const MOST_IN_LOG = 200;
  const MOST_AT_DOOR = 2;
  // Of the recordings that are shown.
  let data, last, lanes, jumps, pace, stride;
  let step = -1;
  let timer = null;
  let tellTimer = null;

  // -- what there is to see at a moment ----------------------------------------------------------

  function makeState(moments) {
    const state = {
      slots: new Map(), levels: {}, machines: {}, tasks: {}, counters: {}, counts: {},
      line: null, lastLine: null, started: false, why: "", waiting: [],
    };
    const keyed = ["levels", "machines", "tasks", "counters", "counts"];
    const whole = ["line", "lastLine", "started", "why", "waiting"];
    const undo = [];

    function forward(changes) {
      const before = { keyed: [], whole: [], slots: [] };
      for (const part of keyed) {
        for (const [key, value] of Object.entries(changes[part] || {})) {
          before.keyed.push([part, key, state[part][key]]);
          state[part][key] = value;
        }
      }
      for (const part of whole) {
        if (part in changes) {
          before.whole.push([part, state[part]]);
          state[part] = changes[part];
        }
      }
      for (const [slot, [left, came]] of Object.entries(changes.slots || {})) {
        if (!state.slots.has(slot)) state.slots.set(slot, []);
        const line = state.slots.get(slot);
        before.slots.push([slot, line.splice(0, left), came.length]);
        for (const number of came) line.push(number);
      }
      undo.push(before);
    }

    function back() {
      const before = undo.pop();
      for (const [part, key, value] of before.keyed) {
        if (value === undefined) delete state[part][key];
        else state[part][key] = value;
      }
      for (const [part, value] of before.whole) state[part] = value;
      for (const [slot, gone, came] of before.slots) {
        const line = state.slots.get(slot);
        line.length -= came;
        if (gone.length) state.slots.set(slot, gone.concat(line));
      }
    }

    return (index) => {
      while (undo.length <= index) forward(moments[undo.length]);
      while (undo.length > index + 1) back();
      return state;
    };
  }

  // -- a lane ----------------------------------------------------------------------------------

  function makeLane(root, lane) {
    const all = (selector) => [...root.querySelectorAll(selector)];
    const stateAt = makeState(lane.moments);
    const slots = all("[data-slot]");
    const lines = new Map(all("[data-line]").map((line) => [line.dataset.line, line]));
    const tanks = all(".tank");
    const cards = all(".card");
    const field = root.querySelector(".tanks");
    const now = root.querySelector(".now");
    const why = root.querySelector(".why");
    const about = root.querySelector(".about");
    const code = root.querySelector(".code");
    const logList = root.querySelector(".log");
    const log = logList.querySelector("ol");
    let chunks = new Map();
    let shown = 0;

    // How much a chunk is in a tank.
    function weight(slot, number) {
      const unit = lane.units[slot];
      if (unit !== "bytes" && unit !== "characters") return 1;
      return lane.weights[slot]?.[number] ?? lane.chunks[number - 1][0];
    }

    function chunkElement(slot, number) {
      const element = document.createElement("span");
      element.className = "chunk";
      element.dataset.chunk = number;
      const text = lane.chunks[number - 1][1];
      element.title = text;
      element.append(Object.assign(document.createElement("b"), { textContent: text }));
      return element;
    }

    function many(numbers, most, slot, where) {
      if (numbers.length <= most) return [numbers, null];
      const rest = document.createElement("span");
      rest.className = "rest";
      const left = numbers.length - most;
      rest.textContent = where === "done" ? `… ${left} before` : `+${left}`;
      rest.title = `${left} more`;
      return [where === "done" ? numbers.slice(-most) : numbers.slice(0, most), rest];
    }

    function placeChunks(state, moment, animated) {
      const before = new Map();
      if (animated) {
        for (const [key, element] of chunks) {
          const box = element.getBoundingClientRect();
          before.set(key, box);
          before.set(Number(element.dataset.chunk), box);
        }
      }
      const present = new Map();
      for (const slot of slots) {
        const key = slot.dataset.slot;
        const side = key.slice(key.lastIndexOf("|") + 1);
        const numbers = state.slots.get(key) || [];
        const held = slot.classList.contains("held");
        const door = field.classList.contains("bars") ? 1 : MOST_AT_DOOR;
        const most = held ? MOST_IN_TANK : side === "done" ? MOST_ON_PAPER : door;
        const [drawn, rest] = many(numbers, most, key, side);
        const flying = (state.levels[key] || [0, 0, 0])[2];
        const seen = new Map();
        const elements = drawn.map((number, index) => {
          // One object may be in a place more than once.
          seen.set(number, (seen.get(number) || 0) + 1);
          const id = `${key}#${number}#${seen.get(number)}`;
          const element = chunks.get(id) || chunkElement(key, number);
          present.set(id, element);
          element.classList.toggle("flying", held && index < flying);
          element.classList.toggle("moving", number === moment.chunk);
          if (held) element.style.setProperty("--part", part(slot, weight(key, number)));
          return element;
        });
        if (rest && held) {
          const sum = numbers.slice(most).reduce((total, number) => total + weight(key, number), 0);
          rest.style.setProperty("--part", part(slot, sum));
        }
        if (rest && side === "done") elements.unshift(rest);
        else if (rest) elements.push(rest);
        slot.replaceChildren(...elements);
      }
      chunks = present;
      labelChunks();
      for (const [key, element] of animated ? chunks : []) {
        const from = before.get(key) || before.get(Number(element.dataset.chunk));
        if (from) glide(element, from);
      }
    }

    const part = (slot, size) => `${(100 * size) / slot.closest(".tank").dataset.full}%`;

    // A chunk that is too low or too narrow for its words has none; its tank then says how many.
    function labelChunks() {
      const across = field.classList.contains("bars");
      for (const tank of tanks) {
        const glass = tank.querySelector(".glass");
        const held = glass.querySelector(".held");
        const extent = across ? glass.clientWidth : glass.clientHeight;
        const least = across ? 16 : 13;
        let thin = false;
        for (const element of held.children) {
          const size = (parseFloat(element.style.getPropertyValue("--part")) / 100) * extent;
          element.classList.toggle("thin", size < least);
          thin ||= size < least;
        }
        const { length } = stateAt(shown).slots.get(held.dataset.slot) || [];
        tank.classList.toggle("crowded", thin);
        glass.querySelector(".count").textContent = thin ? count(length, "chunk") : "";
      }
    }

    function showTanks(state) {
      for (const tank of tanks) {
        const { owner, side, unit } = tank.dataset;
        const [length, mark] = state.levels[`${owner}|${side}`] || [0, null];
        let text = mark === null ? `${length} ${unit}` : `${length} of ${mark} ${unit}`;
        let full = mark !== null && length >= mark && length > 0;
        if (side === "values") {
          const puts = (state.levels[`${owner}|putting`] || [0])[0];
          const takes = (state.levels[`${owner}|taking`] || [0])[0];
          const waiting = puts ? `${count(puts, "put")} waiting` : takes ? `${count(takes, "take")} waiting` : "nobody waits";
          text = mark === 0 ? waiting : `${mark === null ? length : `${length} of ${mark}`}, ${waiting}`;
          full = puts > 0;
        }
        tank.classList.toggle("full", full);
        const level = tank.querySelector(".level");
        level.textContent = text;
        level.title = text;
        const meter = tank.querySelector("[role=meter]");
        meter.setAttribute("aria-valuenow", length);
        meter.setAttribute("aria-valuetext", text);
      }
      for (const place of all("[data-task-state]")) {
        const text = state.tasks[place.dataset.taskState] || "not started";
        place.textContent = text;
        place.title = text;
      }
    }

    function showCounters(state) {
      const held = ["bytes", "characters"].reduce((sum, unit) => sum + (state.counts[`held ${unit}`] || 0), 0);
      for (const counter of all("[data-counter]")) {
        const { counter: key } = counter.dataset;
        counter.textContent = key === "buffered_bytes" ? held : state.counters[key] || 0;
      }
      for (const counter of all("[data-count]")) {
        const number = state.counts[counter.dataset.count] || 0;
        counter.textContent = number;
        const unit = counter.parentElement.querySelector("[data-one]");
        if (unit) unit.textContent = number === 1 ? unit.dataset.one : unit.dataset.many;
      }
    }

    function showStates(state, moment) {
      for (const card of cards) {
        const { machine, task } = card.dataset;
        const [at] = machine ? state.machines[machine] || [""] : [state.tasks[task] || ""];
        const [, arrow, event] = moment.machines?.[machine] || [];
        const name = card.querySelector(".state-name");
        name.textContent = at || "not started";
        name.title = name.textContent;
        for (const element of card.querySelectorAll("[data-state]")) {
          element.classList.toggle("lit", element.dataset.state === at);
        }
        for (const element of card.querySelectorAll("[data-arrow]")) {
          element.classList.toggle("lit", element.dataset.arrow === arrow);
          for (const label of element.querySelectorAll("[data-event]")) {
            label.classList.toggle("lit", element.dataset.arrow === arrow && label.dataset.event === event);
          }
        }
      }
    }

    function showLines(state) {
      for (const line of lines.values()) {
        line.classList.remove("lit", "ran", "waits");
        line.removeAttribute("aria-current");
        for (const who of line.querySelectorAll(".who")) {
          who.previousSibling.remove();
          who.remove();
        }
      }
      for (const [place, task] of state.waiting) {
        const line = lines.get(place);
        if (line) {
          line.classList.add("waits");
          label(line, `${task} waits`);
        }
      }
      const lit = lines.get(state.line);
      const marked = lit || lines.get(state.lastLine);
      if (lit) {
        lit.classList.add("lit");
        lit.setAttribute("aria-current", "step");
      } else if (marked) {
        marked.classList.add("ran");
        label(marked, state.started ? "last ran" : "not started");
      }
      if (marked) scrollWithin(code, marked);
    }

    function label(line, text) {
      const who = Object.assign(document.createElement("span"), { className: "who", textContent: text });
      // The space is for those who hear or copy the line.
      line.firstElementChild.append(" ", who);
    }

    function showLog(index) {
      const first = Math.max(0, index + 1 - MOST_IN_LOG);
      const entries = [];
      for (let at = first; at <= index; at += 1) entries.push(logEntry(at));
      if (first) {
        const rest = document.createElement("li");
        rest.textContent = `… ${first} before`;
        entries.unshift(rest);
      }
      log.replaceChildren(...entries);
      entries.at(-1).classList.add("lit");
      scrollWithin(logList, entries.at(-1));
    }

    function logEntry(at) {
      const { ms, log: said } = lane.moments[at];
      const entry = document.createElement("li");
      entry.dataset.moment = at;
      entry.append(Object.assign(document.createElement("span"), { className: "ms", textContent: shortTime(ms) }));
      said.forEach((text, index) => entry.append(index ? document.createElement("br") : " ", text));
      return entry;
    }

    // -- about a state -------------------------------------------------------------------------

    function tellAbout(element) {
      const card = element.closest(".card");
      const { machine, task } = card.dataset;
      const name = element.dataset.state;
      const title = card.querySelector("figcaption span").textContent;
      const led = whatLedTo(machine, task, name);
      const parts = [`<b>${escaped(title)}: ${escaped(name)}</b>`];
      const rules = machine ? data.machines[machine.slice(machine.lastIndexOf("|") + 1)]?.[name] : null;
      if (rules?.note) parts.push(escaped(rules.note));
      parts.push(led ? `<b>What led here</b> ${led}` : "<b>What led here</b> Nothing yet: it has not been there.");
      parts.push(`<b>What ends it</b> ${whatEnds(rules, task, name)}`);
      about.innerHTML = `${parts.map((text) => `<p>${text}</p>`).join("")}<button type="button" class="close">Close</button>`;
      about.hidden = false;
      about.querySelector(".close").addEventListener("click", () => {
        about.hidden = true;
        element.focus();
      });
      for (const link of about.querySelectorAll("[data-go]")) {
        link.addEventListener("click", () => user(Number(link.dataset.go)));
      }
    }

    function whatLedTo(machine, task, name) {
      for (let at = shown; at > 0; at -= 1) {
        const moment = lane.moments[at];
        const change = machine ? moment.machines?.[machine] : moment.tasks?.[task];
        const [after, arrow, event] = machine ? change || [] : [change];
        if (after !== name || (machine && !arrow)) continue;
        const why = moment.why ? ` ${escaped(moment.why)}` : "";
        const how = machine ? `<code>${escaped(event)}</code> from ${escaped(arrow.split("|")[0])}.` : `${escaped(moment.log.join(" · "))}.`;
        return `${stepLink(at)}: ${how}${why}`;
      }
      const [begins] = machine ? lane.moments[0].machines?.[machine] || [] : [];
      return begins === name ? "It began so." : "";
    }

    function stepLink(at) {
      const tick = data.clock.findIndex((moments) => moments[lanes.findIndex((one) => one.root === root)] === at);
      return `<button type="button" class="link" data-go="${tick}">step ${tick}</button>`;
    }

    function whatEnds(rules, task, name) {
      if (rules) {
        const ends = rules.ends.map(([event, after]) => `<code>${escaped(event)}</code> → ${escaped(after)}`);
        return ends.length ? `${ends.join(", ")}.` : "Nothing: here it is over.";
      }
      if (["done", "cancelled", "interrupted", "failed"].includes(name)) return "Nothing: it is over.";
      return name === "running" ? "An await that has to wait, or its end." : `<code>${escaped(name)}</code> has its answer, or the task is cancelled.`;
    }

    for (const card of cards) {
      const states = [...card.querySelectorAll("[data-state]")];
      // One of them is a stop for the tab key, the others are reached from it.
      states[0]?.setAttribute("tabindex", "0");
      states.forEach((element, index) => {
        element.addEventListener("click", () => tellAbout(element));
        element.addEventListener("keydown", (event) => {
          const other = states[index + { ArrowUp: -1, ArrowDown: 1 }[event.key]];
          if (event.key === "Enter") tellAbout(element);
          if (other) {
            event.preventDefault();
            element.setAttribute("tabindex", "-1");
            other.setAttribute("tabindex", "0");
            other.focus();
          }
        });
      });
    }

    // -- where everything stands -----------------------------------------------------------------

    const nodes = new Map(all("[data-node]").map((node) => [node.dataset.node, node]));
    const layers = all(".layer");

    // Columns if they fit; if not, bars below each other.
    function layOut() {
      const needed = layers.reduce((sum, layer) => sum + (layer.querySelector(".tank") ? 96 : 72) + 28, -28);
      const deepest = Math.max(0, ...layers.map((layer) => layer.children.length));
      const bars = small.matches || needed > field.clientWidth || deepest > 3;
      field.classList.toggle("bars", bars);
      drawWires(bars);
      labelChunks();
    }

    function drawWires(bars) {
      const outer = field.getBoundingClientRect();
      const boxes = new Map();
      for (const [name, node] of nodes) {
        const box = (node.querySelector(".glass") || node).getBoundingClientRect();
        const whole = node.getBoundingClientRect();
        boxes.set(name, {
          left: (bars ? whole : box).left - outer.left, right: whole.right - outer.left,
          middle: (box.top + box.bottom) / 2 - outer.top, bottom: whole.bottom - outer.top,
        });
      }
      for (const wire of root.querySelectorAll(".wire")) {
        const [from, to] = [boxes.get(wire.dataset.from), boxes.get(wire.dataset.to)];
        const [shaft, tip] = bars ? arc(from, to) : curve(from, to, outer);
        wire.querySelector(".shaft").setAttribute("d", shaft);
        wire.querySelector(".tip").setAttribute("d", tip);
      }
    }

    return {
      root,
      moments: lane.moments,
      layOut,
      show(index, animated) {
        const moment = lane.moments[index];
        shown = index;
        const state = stateAt(index);
        now.textContent = moment.log.join(" · ");
        now.title = now.textContent;
        why.textContent = state.why;
        why.title = state.why;
        showCounters(state);
        placeChunks(state, moment, animated);
        showTanks(state);
        showStates(state, moment);
        showLines(state);
        showLog(index);
      },
    };
  }

  const count = (number, what) => `${number} ${what}${number === 1 ? "" : "s"}`;
  const shortTime = (ms) => String(Number(ms.toPrecision(3)));
  const escaped = (text) => text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);

  // From the right of one to the left of the other; back again below.
  function curve(from, to, outer) {
    const [x, y] = [to.left - 2, to.middle];
    if (to.left > from.right) {
      const bend = (x - from.right) / 2;
      return [`M${from.right + 2},${from.middle}C${from.right + bend},${from.middle} ${x - bend},${y} ${x - 5},${y}`, tipAt(x, y)];
    }
    const low = Math.min(Math.max(from.bottom, to.bottom), outer.height) - 4;
    const [right, left] = [Math.min(from.right, outer.width - 3), Math.max(x - 24, 3)];
    const turn = Math.min(right + 24, outer.width - 3);
    return [`M${right},${from.middle}C${turn},${low} ${left},${low} ${x - 5},${y}`, tipAt(x, y)];
  }

  // Along the left side, the further out the further it goes.
  function arc(from, to) {
    const [x, y] = [to.left - 1, to.middle];
    const out = Math.max(2, x - 8 - Math.min(12, Math.abs(y - from.middle) / 12));
    return [`M${from.left - 1},${from.middle + 4}C${out},${from.middle + 4} ${out},${y - 4} ${x - 4},${y - 4}`, tipAt(x, y - 4)];
  }

  const tipAt = (x, y) => `M${x},${y}l-6,-3.5v7z`;

  function glide(element, from) {
    const to = element.getBoundingClientRect();
    const [x, y] = [from.left - to.left, from.top - to.top];
    if (Math.abs(x) + Math.abs(y) < 1) return;
    element.animate(
      [{ transform: `translate(${x}px, ${y}px)`, zIndex: 5 }, { transform: "none", zIndex: 5 }],
      { duration: MOVE_MS, easing: "ease-in-out" },
    );
  }

  // Not scrollIntoView: that would move the page, too.
  function scrollWithin(pane, element) {
    const [outer, inner] = [pane.getBoundingClientRect(), element.getBoundingClientRect()];
    const margin = Math.min(24, outer.height / 4);
    if (inner.top < outer.top + margin) pane.scrollTop -= outer.top + margin - inner.top;
    if (inner.bottom > outer.bottom - margin) pane.scrollTop += inner.bottom - outer.bottom + margin;
  }

  // -- one clock for all lanes -----------------------------------------------------------------

  function read() {
    data = JSON.parse(byId("data").textContent);
    last = data.clock.length - 1;
    lanes = [...document.querySelectorAll("[data-lane]")].map((root, index) => makeLane(root, data.lanes[index]));
    jumps = whereToJump();
    pace = Math.min(LONGEST_MS, WHOLE_MS / Math.max(1, last));
    // So long that a step would be too short to see: several at once.
    stride = Math.ceil(SHORTEST_MS / pace);
  }

  function go(wanted, { quietly = false } = {}) {
    const next = Math.max(0, Math.min(last, wanted));
    if (next === step) return;
    const animated = !calm.matches && Math.abs(next - step) === 1;
    step = next;
    lanes.forEach((lane, index) => lane.show(data.clock[step][index], animated));
    const ms = Math.max(...lanes.map((lane, index) => lane.moments[data.clock[step][index]].ms));
    const time = ms > 0 ? `${ms} ms` : "0 ms";
    byId("position").textContent = `step ${step} of ${last} · ${time}`;
    byId("scrub").value = step;
    byId("scrub").setAttribute("aria-valuetext", `step ${step} of ${last}, ${time}`);
    for (const id of ["first", "back"]) setDisabled(byId(id), step === 0);
    for (const id of ["forward", "last"]) setDisabled(byId(id), step === last);
    for (const button of jumpButtons) setDisabled(button, jump(button) === null);
    if (!quietly) showInAddress();
    if (timer === null) tellSoon();
    document.documentElement.dataset.step = step;
  }

  // Not the attribute "disabled": a button that loses the focus loses its user's place, too.
  function setDisabled(button, disabled) {
    button.setAttribute("aria-disabled", disabled);
  }

  // A screen reader hears of the last of several quick steps, and of none while it plays.
  function tellSoon() {
    clearTimeout(tellTimer);
    tellTimer = setTimeout(() => {
      const told = lanes.map((lane, index) => {
        const { log } = lane.moments[data.clock[step][index]];
        const why = lane.root.querySelector(".why").textContent;
        return `${data.lanes[index].name}: ${log.join(", ")}${why ? `. ${why}` : ""}`;
      });
      byId("told").textContent = `Step ${step}. ${told.join(". ")}.`;
    }, TOLD_AFTER_MS);
  }

  // -- playing ---------------------------------------------------------------------------------

  const speed = () => Number(byId("speed").value);

  function tick() {
    go(step + stride);
    if (step === last) pause();
    else timer = setTimeout(tick, (pace * stride) / speed());
  }

  function play() {
    if (timer !== null) return;
    if (step === last) go(0);
    timer = setTimeout(tick, (pace * stride) / speed() / 4);
    showPlaying(true);
  }

  function pause() {
    clearTimeout(timer);
    timer = null;
    showPlaying(false);
    tellSoon();
  }

  function showPlaying(playing) {
    byId("play").setAttribute("aria-label", playing ? "Pause" : "Play");
    document.documentElement.dataset.playing = playing;
  }

  function user(wanted) {
    if (timer !== null) pause();
    go(wanted);
  }

  function changeSpeed(by) {
    const select = byId("speed");
    select.selectedIndex = Math.max(0, Math.min(select.length - 1, select.selectedIndex + by));
  }

  // -- jumping ---------------------------------------------------------------------------------

  // For each kind, the steps at which it happens in any lane.
  function whereToJump() {
    const found = new Map();
    data.clock.forEach((moments, tick) => {
      moments.forEach((index, lane) => {
        if (tick > 0 && data.clock[tick - 1][lane] === index) return;
        for (const kind of lanes[lane].moments[index].jumps || []) {
          if (!found.has(kind)) found.set(kind, []);
          if (found.get(kind).at(-1) !== tick) found.get(kind).push(tick);
        }
      });
    });
    return found;
  }

  const jumpButtons = [...document.querySelectorAll("[data-jump]")];

  function jumpTo(kind, way) {
    const steps = jumps.get(kind) || [];
    const found = way > 0 ? steps.find((at) => at > step) : steps.findLast((at) => at < step);
    return found ?? null;
  }

  const jump = (button) => jumpTo(button.dataset.jump, Number(button.dataset.way));

  function userJumps(wanted) {
    if (wanted !== null) user(wanted);
  }

  for (const button of jumpButtons) button.addEventListener("click", () => userJumps(jump(button)));

  byId("first").addEventListener("click", () => user(0));
  byId("back").addEventListener("click", () => user(step - 1));
  byId("forward").addEventListener("click", () => user(step + 1));
  byId("last").addEventListener("click", () => user(last));
  byId("play").addEventListener("click", () => (timer === null ? play() : pause()));
  byId("scrub").addEventListener("input", (event) => user(Number(event.target.value)));

  const keys = {
    " ": () => (timer === null ? play() : pause()),
    ArrowLeft: () => user(step - 1),
    ArrowRight: () => user(step + 1),
    Home: () => user(0),
    End: () => user(last),
    "+": () => changeSpeed(1),
    "-": () => changeSpeed(-1),
  };
  for (const kind of ["pause", "refusal", "drain", "wait"]) {
    keys[kind[0]] = () => userJumps(jumpTo(kind, 1));
    keys[kind[0].toUpperCase()] = () => userJumps(jumpTo(kind, -1));
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys)) return;
    const { target } = event;
    // What a control does with a key of its own comes first.
    if (target.closest("select, a")) return;
    if (target.closest("button, summary") && event.key === " ") return;
    if (target.closest("input") && event.key !== " " && event.key.startsWith("Arrow")) return;
    if (target.closest("input") && ["Home", "End"].includes(event.key)) return;
    event.preventDefault();
    keys[event.key]();
  });

  // Null if the address names another part of the page. What is no step is `otherwise`.
  function stepInAddress(otherwise) {
    const found = /^#t=(.*)$/.exec(location.hash);
    if (!found) return null;
    return /^-?\d+$/.test(found[1]) ? Number(found[1]) : otherwise;
  }

  function showInAddress() {
    try {
      history.replaceState(null, "", `#t=${step}`);
    } catch {
      // A page inside of another one, a notebook's, may have no address of its own.
    }
  }

  addEventListener("hashchange", () => {
    const wanted = stepInAddress(step);
    if (wanted === null) return;
    user(wanted);
    // The step may be the same, and what the address says not.
    showInAddress();
  });

  // -- colours ---------------------------------------------------------------------------------

  const THEMES = ["auto", "light", "dark"];
  byId("theme").addEventListener("click", () => {
    const root = document.documentElement;
    const next = THEMES[(THEMES.indexOf(root.dataset.theme || "auto") + 1) % THEMES.length];
    if (next === "auto") delete root.dataset.theme;
    else root.dataset.theme = next;
    byId("theme").querySelector("span").textContent = next;
    const text = next === "auto" ? "as the system has them" : next;
    byId("theme").setAttribute("aria-label", `Colours: ${text}`);
  });

  // -- begin -----------------------------------------------------------------------------------

  // A small screen shows first what is the same for all lanes; the rest is there to be opened.
  const foldAll = () => {
    for (const more of document.querySelectorAll(".more")) more.open = !small.matches;
  };
  small.addEventListener("change", foldAll);
  foldAll();

  // Other recordings, of another page like this one: what was folded, and the colours, stay.
  function become(other, wanted) {
    if (timer !== null) pause();
    const folded = [...document.querySelectorAll(".more")].map((more) => !more.open);
    document.title = other.title;
    document.querySelector("h1").textContent = other.querySelector("h1").textContent;
    byId("data").textContent = other.getElementById("data").textContent;
    document.querySelector(".lanes").replaceChildren(...other.querySelector(".lanes").childNodes);
    document.querySelectorAll(".more").forEach((more, index) => {
      more.open = !(folded[index] ?? small.matches);
    });
    read();
    byId("scrub").max = last;
    step = -1;
    go(wanted, { quietly: true });
    layOutAll();
  }

  read();
  const wanted = stepInAddress(0);
  go(wanted ?? 0, { quietly: wanted === null });
  clearTimeout(tellTimer);
  const layOutAll = () => lanes.forEach((lane) => lane.layOut());
  layOutAll();
  new ResizeObserver(layOutAll).observe(document.querySelector(".lanes"));
  if (wanted !== null) byId("stepper").scrollIntoView();

  // For a page around this one.
  window.recording = { become };
})();
