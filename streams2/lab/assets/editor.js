// The editor: CodeMirror with Python. npm brings it; esbuild makes one file of it and this.

import { basicSetup } from "codemirror";
import { python } from "@codemirror/lang-python";
import { Compartment } from "@codemirror/state";
import { HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import { EditorView, keymap } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--machine)" },
  { tag: [tags.string, tags.number], color: "var(--channel)" },
  { tag: tags.comment, color: "var(--soft)", fontStyle: "italic" },
  { tag: tags.definition(tags.variableName), fontWeight: "600" },
]);

export function makeEditor(parent, { onRun, onEdit }) {
  let quiet = false;
  const wrapping = new Compartment();
  const view = new EditorView({
    parent,
    extensions: [
      // Before the others: Ctrl-Enter means a new line to them.
      keymap.of([{ key: "Mod-Enter", run: () => { onRun(); return true; } }]),
      basicSetup,
      python(),
      indentUnit.of("    "),
      syntaxHighlighting(colours),
      lintGutter(),
      wrapping.of([]),
      EditorView.contentAttributes.of({ "aria-label": "Program" }),
      EditorView.updateListener.of((update) => {
        if (update.docChanged && !quiet) onEdit();
      }),
    ],
  });

  // Who has no mouse scrolls it, too.
  view.scrollDOM.tabIndex = 0;

  return {
    text: () => view.state.doc.toString(),
    // As one change: undo brings back what was there.
    setText(text) {
      if (text === view.state.doc.toString()) return;
      quiet = true;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
      quiet = false;
    },
    // A text that is read as much as it is written needs no sideways scrolling.
    wrap(wanted) {
      view.dispatch({ effects: wrapping.reconfigure(wanted ? EditorView.lineWrapping : []) });
    },
    showProblem(problem) {
      const found = [];
      if (problem?.line && problem.line <= view.state.doc.lines) {
        const line = view.state.doc.line(problem.line);
        const from = Math.min(line.to, line.from + Math.max(0, (problem.column ?? 1) - 1));
        found.push({ from, to: line.to, severity: "error", message: problem.kind ? `${problem.kind}: ${problem.message}` : problem.message });
      }
      view.dispatch(setDiagnostics(view.state, found));
    },
  };
}
