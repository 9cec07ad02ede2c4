// The knobs: made from what Python says there is to turn.

export function makeKnobs(start, onTurn, onOpen) {
  const inputs = new Map();

  function place(where, name, label, input, shown) {
    input.id = name;
    const row = Object.assign(document.createElement("label"), { className: "knob", htmlFor: name });
    row.append(Object.assign(document.createElement("span"), { textContent: label }), input);
    if (shown) row.append(shown);
    document.getElementById(where).append(row);
    inputs.set(name, input);
    if (name !== "exercise") input.addEventListener("input", () => onTurn(name));
  }

  function choice(name, label, options) {
    const select = document.createElement("select");
    select.append(...Object.entries(options).map(([value, text]) => new Option(text, value)));
    place("choices", name, label, select);
  }

  function number({ name, label, unit, least, most }) {
    const range = document.createElement("input");
    Object.assign(range, { type: "range", min: least, max: most, step: 1 });
    const shown = document.createElement("span");
    shown.className = "value";
    shown.setAttribute("aria-hidden", "true");
    range.show = () => {
      shown.textContent = unit ? `${range.value} ${unit}` : range.value;
      range.setAttribute("aria-valuetext", shown.textContent);
    };
    range.addEventListener("input", range.show);
    place("numbers", name, label, range, shown);
  }

  const opened = document.createElement("select");
  opened.append(new Option("made by the knobs", 0));
  for (const { number, title } of start.exercises) {
    opened.append(new Option(`exercise ${number}: ${title}`, number));
  }
  place("opened", "exercise", "program", opened);
  inputs.delete("exercise");
  opened.addEventListener("input", () => onOpen(Number(opened.value)));

  choice("left", "left runs", start.left);
  choice("right", "right runs", start.right);
  choice("mistake", "mistake", start.mistake);
  start.numbers.forEach(number);

  function values() {
    const now = {};
    for (const [name, input] of inputs) now[name] = input.type === "range" ? Number(input.value) : input.value;
    return now;
  }

  function set(wanted) {
    for (const [name, input] of inputs) {
      const before = input.value;
      input.value = wanted[name] ?? start.standing[name];
      // A select takes no value that it does not know.
      if (input.value === "") input.value = before;
      input.show?.();
    }
  }

  set(start.standing);
  return { values, set };
}
