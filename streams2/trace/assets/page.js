"use strict";
// Shows one moment of each recording. Everything that there is to see at a moment is in the data;
// so a step back is as easy as a step forward, and no state is kept but the step.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const last = data.clock.length - 1;
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const STEP_MS = 900;
  const MOVE_MS = 320;
  const TOLD_AFTER_MS = 400;
  let step = -1;
  let timer = null;
  let tellTimer = null;

  // -- a lane ----------------------------------------------------------------------------------

  function makeLane(root, lane) {
    const all = (selector) => [...root.querySelectorAll(selector)];
    const slots = new Map(all("[data-slot]").map((slot) => [slot.dataset.slot, slot]));
    const lines = new Map(all("[data-line]").map((line) => [line.dataset.line, line]));
    const counters = all("[data-counter]");
    const tanks = all(".tank");
    const cards = all(".card");
    const log = all("[data-moment]");
    const now = root.querySelector(".now");
    const code = root.querySelector(".code");
    const logList = root.querySelector(".log");
    const chunks = new Map();

    function chunkElement(number) {
      if (!chunks.has(number)) {
        const [size, text] = lane.chunks[number];
        const element = document.createElement("span");
        element.className = "chunk";
        element.dataset.chunk = number;
        element.style.setProperty("--size", size);
        element.append(Object.assign(document.createElement("b"), { textContent: text }));
        chunks.set(number, element);
      }
      return chunks.get(number);
    }

    function placeChunks(moment, animated) {
      const before = new Map();
      if (animated) {
        for (const [number, element] of chunks) {
          if (element.isConnected) before.set(number, element.getBoundingClientRect());
        }
      }
      const wanted = new Map([...slots.keys()].map((key) => [key, []]));
      for (const [number, [owner, side, index]] of Object.entries(moment.places)) {
        const slot = wanted.get(`${owner}|${side}`);
        if (slot) slot.push([index, chunkElement(number)]);
      }
      for (const [key, found] of wanted) {
        found.sort((one, other) => one[0] - other[0]);
        const flying = (moment.levels[key] || [0, 0, 0])[2];
        found.forEach(([, element], index) => element.classList.toggle("flying", index < flying));
        slots.get(key).replaceChildren(...found.map(([, element]) => element));
      }
      for (const [number, element] of chunks) {
        element.classList.toggle("moving", Number(number) === moment.chunk);
        const from = before.get(number);
        if (from && element.isConnected) glide(element, from);
      }
    }

    function showTanks(moment) {
      for (const tank of tanks) {
        const { owner, side, unit } = tank.dataset;
        const [length, mark] = moment.levels[`${owner}|${side}`] || [0, null];
        let text = mark === null ? `${length}` : `${length} of ${mark} ${unit || ""}`;
        if (side === "values") {
          const puts = (moment.levels[`${owner}|putting`] || [0])[0];
          const takes = (moment.levels[`${owner}|taking`] || [0])[0];
          text = puts ? `${count(puts, "put")} waiting` : takes ? `${count(takes, "take")} waiting` : "nobody waits";
          tank.classList.toggle("full", puts > 0);
        } else {
          tank.classList.toggle("full", mark !== null && length >= mark && length > 0);
        }
        tank.querySelector(".level").textContent = text;
        const meter = tank.querySelector("[role=meter]");
        meter.setAttribute("aria-valuenow", length);
        meter.setAttribute("aria-valuetext", text);
      }
    }

    function showStates(moment) {
      for (const card of cards) {
        const { machine, task } = card.dataset;
        const [state, arrow, event] = machine ? moment.machines[machine] || [""] : [moment.tasks[task] || ""];
        card.querySelector(".state-name").textContent = state || "not started";
        for (const element of card.querySelectorAll("[data-state]")) {
          element.classList.toggle("lit", element.dataset.state === state);
        }
        for (const element of card.querySelectorAll("[data-arrow]")) {
          element.classList.toggle("lit", element.dataset.arrow === arrow);
          for (const label of element.querySelectorAll("[data-event]")) {
            label.classList.toggle("lit", element.dataset.arrow === arrow && label.dataset.event === event);
          }
        }
      }
    }

    function showLines(moment) {
      for (const line of lines.values()) {
        line.classList.remove("lit", "ran", "waits");
        line.removeAttribute("aria-current");
        for (const who of line.querySelectorAll(".who")) {
          who.previousSibling.remove();
          who.remove();
        }
      }
      for (const [place, task] of moment.waiting) {
        const line = lines.get(place);
        if (line) {
          line.classList.add("waits");
          label(line, `${task} waits`);
        }
      }
      const lit = lines.get(moment.line);
      const shown = lit || lines.get(moment.lastLine);
      if (lit) {
        lit.classList.add("lit");
        lit.setAttribute("aria-current", "step");
      } else if (shown) {
        shown.classList.add("ran");
        label(shown, moment.started ? "last ran" : "not started");
      }
      if (shown) scrollWithin(code, shown);
    }

    function label(line, text) {
      const who = Object.assign(document.createElement("span"), { className: "who", textContent: text });
      // The space is for those who hear or copy the line.
      line.firstElementChild.append(" ", who);
    }

    function showLog(index) {
      log.forEach((entry, at) => {
        entry.hidden = at > index;
        entry.classList.toggle("lit", at === index);
      });
      scrollWithin(logList, log[index]);
    }

    return {
      moments: lane.moments,
      show(index, animated) {
        const moment = lane.moments[index];
        now.textContent = moment.log.join(" · ");
        for (const counter of counters) counter.textContent = moment.counters[counter.dataset.counter];
        placeChunks(moment, animated);
        showTanks(moment);
        showStates(moment);
        showLines(moment);
        showLog(index);
      },
    };
  }

  const count = (number, what) => `${number} ${what}${number === 1 ? "" : "s"}`;

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

  const lanes = [...document.querySelectorAll("[data-lane]")].map((root, index) =>
    makeLane(root, data.lanes[index]),
  );

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
        return `${data.lanes[index].name}: ${log.join(", ")}`;
      });
      byId("told").textContent = `Step ${step}. ${told.join(". ")}.`;
    }, TOLD_AFTER_MS);
  }

  const speed = () => Number(byId("speed").value);

  function tick() {
    go(step + 1);
    if (step === last) pause();
    else timer = setTimeout(tick, STEP_MS / speed());
  }

  function play() {
    if (timer !== null) return;
    if (step === last) go(0);
    timer = setTimeout(tick, STEP_MS / speed() / 4);
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

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys)) return;
    const { target } = event;
    // What a control does with a key of its own comes first.
    if (target.closest("select, a")) return;
    if (target.closest("button, summary") && event.key === " ") return;
    if (target.closest("input") && event.key !== " " && !"+-".includes(event.key)) return;
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
    history.replaceState(null, "", `#t=${step}`);
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

  const wanted = stepInAddress(0);
  go(wanted ?? 0, { quietly: wanted === null });
  clearTimeout(tellTimer);
  if (wanted !== null) byId("stepper").scrollIntoView();
})();
