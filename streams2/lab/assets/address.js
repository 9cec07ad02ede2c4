// The address holds all of it: the knobs that are turned, or the exercise that is open; programs that
// are edited; and the step.

const NAMES = ["program", "program2"];

export function read(standing) {
  const found = new URLSearchParams(location.hash.slice(1));
  const knobs = {};
  for (const [name, value] of found) {
    if (!(name in standing)) continue;
    const isNumber = typeof standing[name] === "number";
    if (!isNumber || /^\d+$/.test(value)) knobs[name] = isNumber ? Number(value) : value;
  }
  const number = (name) => (/^\d+$/.test(found.get(name) ?? "") ? Number(found.get(name)) : null);
  const programs = NAMES.map((name) => found.get(name));
  return { knobs, programs, step: number("step"), exercise: number("exercise") };
}

export function write(standing, knobs, exercise, programs, step) {
  const said = new URLSearchParams();
  if (exercise) said.set("exercise", exercise);
  for (const [name, value] of Object.entries(knobs)) {
    if (!exercise && value !== standing[name]) said.set(name, value);
  }
  programs.forEach((program, index) => {
    if (program !== null) said.set(NAMES[index], program);
  });
  if (step) said.set("step", step);
  history.replaceState(null, "", `#${said}`);
}
