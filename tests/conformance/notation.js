'use strict';
// How values and errors are written in a trace. notation.py is the same in Python.

const { crc32 } = require('node:zlib');

const LONGEST = 48;

// Messages that name JavaScript's or Python's own types and options: only their code is compared.
const CODE_ONLY = new Set(['ERR_INVALID_ARG_TYPE', 'ERR_INVALID_ARG_VALUE', 'ERR_OUT_OF_RANGE']);

// What the program calls each of its streams.
const names = new WeakMap();

class Recorder {
  // Before each line, `breakdown` may answer one more, the first time that there is one.
  constructor(linesAtMost, breakdown) {
    this.lines = [];
    this.breakdown = breakdown;
    this.broken = false;
    this.linesAtMost = linesAtMost;
    this.full = false;
  }

  write(line) {
    if (this.full) return;
    if (this.lines.length === this.linesAtMost) {
      this.truncate();
      return;
    }
    if (!this.broken) {
      const broken = this.breakdown();
      this.broken = broken !== undefined;
      if (this.broken) this.lines.push(broken);
    }
    this.lines.push(line);
  }

  truncate() {
    if (this.full) return;
    this.full = true;
    this.lines.push('TRUNCATED');
  }

  // Writes `what`, does `action`, and writes its outcome: on the same line if none came between.
  call(what, action) {
    this.write(what);
    const before = this.lines.length;
    const outcome = (text) => {
      if (text === '' || this.full) return;
      if (this.lines.length === before) this.lines[before - 1] += ` ${text}`;
      else this.write(`${what.split(' ', 1)[0]} ${text}`);
    };
    let returned;
    try {
      returned = action();
    } catch (error) {
      outcome(`threw ${showError(error)}`);
      throw error;
    }
    if (returned !== undefined) outcome(`-> ${returned}`);
  }
}

function show(value) {
  if (value === null || value === undefined) return 'none';
  if (typeof value === 'string') return showText(value);
  if (ArrayBuffer.isView(value)) return showBytes(value);
  if (value instanceof Error) return showError(value);
  if (names.has(value)) return names.get(value);
  return ascii(JSON.stringify(value));
}

function showText(text) {
  if (text.length <= LONGEST) return ascii(JSON.stringify(text));
  const start = ascii(JSON.stringify(text.slice(0, 8)));
  return `${start}...${text.length} ${crc32(text).toString(16)}`;
}

function showBytes(view) {
  const bytes = Buffer.from(view.buffer, view.byteOffset, view.byteLength);
  if (bytes.length <= LONGEST) return `<${bytes.toString('hex')}>`;
  return `<${bytes.toString('hex', 0, 8)}...${bytes.length} ${crc32(bytes).toString(16)}>`;
}

function showError(error) {
  if (!(error instanceof Error)) return `thrown ${show(error)}`;
  const code = error.code ?? error.name;
  if (CODE_ONLY.has(code)) return code;
  const because = error.cause?.name === 'Error' ? ` because ${showError(error.cause)}` : '';
  return `${code}: ${error.message}${because}`;
}

function ascii(text) {
  return text.replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

module.exports = { Recorder, names, show, showError };
