// The address holds all of it: the knobs that are turned, programs that are edited, and the step.

const NAMES = ["program", "program2"];

export function read(standing) {
  const found = new URLSearchParams(location.hash.slice(1));
  const knobs = {};
  for (const [name, value] of found) {
    if (!(name in standing)) continue;
    const isNumber = typeof standing[name] === "number";
    if (!isNumber || /^\d+$/.test(value)) knobs[name] = isNumber ? Number(value) : value;
  }
  const step = /^\d+$/.test(found.get("step") ?? "") ? Number(found.get("step")) : null;
  return { knobs, programs: NAMES.map((name) => found.get(name)), step };
}

export function write(standing, knobs, programs, step) {
  const said = new URLSearchParams();
  for (const [name, value] of Object.entries(knobs)) {
    if (value !== standing[name]) said.set(name, value);
  }
  programs.forEach((program, index) => {
    if (program !== null) said.set(NAMES[index], program);
  });
  if (step) said.set("step", step);
  history.replaceState(null, "", `#${said}`);
}
