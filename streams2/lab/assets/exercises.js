// What the check of an exercise has seen: in words, with the steps that they are about.

const STEP = /step (\d+)/;

// The sentence, in which "step 61" is a button.
function withSteps(sentence, goTo) {
  return sentence.split(/(step \d+)/).map((part) => {
    const found = STEP.exec(part);
    if (found === null) return part;
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: part });
    button.addEventListener("click", () => goTo(Number(found[1])));
    return button;
  });
}

export function showVerdict(where, { passed, sentences }, goTo) {
  const verdict = document.createElement("strong");
  verdict.className = passed ? "verdict passed" : "verdict failed";
  verdict.textContent = passed ? "Right." : "Not yet.";
  const list = document.createElement("ul");
  for (const sentence of sentences) {
    const entry = document.createElement("li");
    entry.append(...withSteps(sentence, goTo));
    list.append(entry);
  }
  where.replaceChildren(verdict, list);
}
