'use strict';
// Runs stream programs on Node's own streams. Programs come in as lines of JSON, each is answered
// by a line with its trace. The language is in language.py; runner.py is the same in Python.

const fs = require('node:fs');
const stream = require('node:stream');
const { Recorder, names, show, showError } = require('./notation.js');
const { PLAIN_VERBS, STREAM_VERBS, VALUES } = require('./verbs.js');

const KINDS = {
  readable: stream.Readable,
  writable: stream.Writable,
  duplex: stream.Duplex,
  transform: stream.Transform,
  passthrough: stream.PassThrough,
};

// Set by the first line of input: what language.py fixes for both runners.
let language;

class Run {
  constructor(program) {
    this.program = program;
    this.recorder = new Recorder(language.linesAtMost, () => this.breakdown());
    this.streams = new Map();
    this.specs = new Map();
    this.snapshots = new Map();
    this.listeners = new Map();
    this.cleanups = new Map();
    this.controllers = new Map();
    this.callbacks = 0;
    this.nexts = 0;
    this.turn = 0;
    this.turnBegun = false;
    this.due = new Map(); // turn -> functions to run before its actions
  }

  // --- the schedule ---------------------------------------------------------------------------

  // Does one macrotask. Answers false when nothing is left to do.
  step() {
    for (;;) {
      if (this.recorder.full) return false;
      const due = this.due.get(this.turn);
      if (due && due.length > 0) {
        this.beginTurn();
        due.shift()();
        return true;
      }
      const actions = this.program.turns[this.turn];
      if (actions && !this.actionsDone) {
        this.beginTurn();
        this.actionsDone = true;
        if (this.turn === 0) this.build();
        for (const action of actions) this.attempt(action);
        return true;
      }
      this.snapshot();
      this.due.delete(this.turn);
      this.turn++;
      this.turnBegun = this.actionsDone = false;
      if (this.turn >= this.program.turns.length && this.due.size === 0) return false;
      if (this.turn >= language.turnsAtMost) {
        this.recorder.truncate();
        return false;
      }
    }
  }

  beginTurn() {
    if (this.turnBegun) return;
    this.turnBegun = true;
    this.recorder.write(`turn ${this.turn}`);
  }

  attempt(action) {
    try {
      this.perform(action, {});
    } catch {
      // The recorder has it: in the schedule an exception ends only its own action.
    }
  }

  snapshot() {
    for (const [name, target] of this.streams) {
      const changes = [];
      const before = this.snapshots.get(name);
      for (const [property, value] of this.properties(name, target)) {
        const known = before.get(property) ?? language.baseline[property] ??
          (property.startsWith('on:') ? '0' : 'false');
        if (value !== known) changes.push(`${property}=${value}`);
        before.set(property, value);
      }
      if (changes.length > 0) this.recorder.write(`= ${name} ${changes.join(' ')}`);
    }
  }

  * properties(name, target) {
    for (const property of language.properties[this.specs.get(name).kind]) {
      yield [property, show(propertyOf(target, property))];
    }
    for (const event of language.events) yield [`on:${event}`, show(target.listenerCount(event))];
  }

  // --- streams --------------------------------------------------------------------------------

  build() {
    const [bytes, objects] = this.program.marks ?? language.marks;
    stream.setDefaultHighWaterMark(false, bytes);
    stream.setDefaultHighWaterMark(true, objects);
    for (const name of this.program.aborted ?? []) this.controller(name).abort();
    for (const [name, spec] of Object.entries(this.program.streams)) {
      try {
        this.recorder.call(`new ${name}`, () => { this.buildStream(name, spec); });
      } catch {
        // The recorder has it; actions on a stream that is not there do nothing.
      }
    }
  }

  buildStream(name, spec) {
    const options = { ...spec.options };
    for (const [method, script] of Object.entries(spec.methods ?? {})) {
      options[method] = this.method(name, method, script);
    }
    if (options.signal !== undefined) options.signal = this.controller(options.signal).signal;
    if (spec.kind === 'pair') {
      const [one, other] = stream.duplexPair(options);
      this.enter(name, spec, one);
      this.enter(spec.other, spec, other);
    } else {
      this.enter(name, spec, new KINDS[spec.kind](options));
    }
  }

  enter(name, spec, made) {
    names.set(made, name);
    if (spec.watch !== false) this.watch(name, made);
    this.streams.set(name, made);
    this.specs.set(name, spec);
    this.snapshots.set(name, new Map());
  }

  controller(name) {
    if (!this.controllers.has(name)) this.controllers.set(name, new AbortController());
    return this.controllers.get(name);
  }

  watch(name, target) {
    const run = this;
    const { emit } = target;
    target.emit = function(event, ...values) {
      if (event === 'data' && values[0]?.length > language.chunkAtMost) run.recorder.truncate();
      // Past the end of the trace, streams piped in a circle would go on for ever.
      if (run.recorder.full) return false;
      if (typeof event === 'string') {
        run.recorder.write([name, 'emit', event, ...run.eventValues(event, values)].join(' '));
      }
      return emit.call(this, event, ...values);
    };
  }

  // The second argument of 'unpipe' is Node's private business.
  eventValues(event, values) {
    return (event === 'unpipe' ? values.slice(0, 1) : values).map(show);
  }

  method(name, method, script) {
    const reactions = new Script(script);
    const run = this;
    return function(...values) {
      const last = values[values.length - 1];
      const callback = typeof last === 'function' ? values.pop() : undefined;
      const shown = values.map((value) => (Array.isArray(value) ? showBatch(value) : show(value)));
      run.recorder.write([`${name}._${method}`, ...shown].join(' '));
      run.react(reactions, { self: name, method, callback, chunk: method === 'writev' ? null : values[0] });
    };
  }

  listener(name, event, id, script) {
    const reactions = new Script(script);
    const watched = this.specs.get(name).watch !== false;
    return (...values) => {
      const shown = watched ? [] : this.eventValues(event, values);
      this.recorder.write([`${name} ${event}#${id}`, ...shown].join(' '));
      this.react(reactions, { self: name, chunk: values[0] });
    };
  }

  callback(label, script, self) {
    const reactions = new Script(script);
    return (...values) => {
      const error = values.length > 0 ? values[0] : null;
      this.recorder.write(`${label} ${show(error)}`);
      this.react(reactions, { self });
    };
  }

  // --- scripts --------------------------------------------------------------------------------

  react(reactions, scope) {
    if (this.recorder.full) return;
    for (const action of reactions.next()) this.perform(action, scope);
  }

  perform(action, scope) {
    if (this.recorder.full) return;
    const [verb, ...rest] = action;
    if (Object.hasOwn(PLAIN_VERBS, verb)) {
      PLAIN_VERBS[verb](this, scope, ...rest);
      return;
    }
    const [named, ...values] = rest;
    const name = named === 'this' ? scope.self : named;
    const target = this.streams.get(name);
    if (target === undefined) return;
    STREAM_VERBS[verb](this, { name, target, scope }, ...values);
  }

  // Less than nothing in a buffer is nothing to be equal to; verdict.py ends the comparison there.
  breakdown() {
    for (const [name, { readableLength, writableLength }] of this.streams) {
      if (readableLength < 0) return `broken ${name} readableLength=${readableLength}`;
      if (writableLength < 0) return `broken ${name} writableLength=${writableLength}`;
    }
    return undefined;
  }

  stream(name, scope) {
    return this.streams.get(name === 'this' ? scope.self : name);
  }

  value(spec, scope) {
    if (spec === null || typeof spec !== 'object') return spec;
    const [[kind, content]] = Object.entries(spec);
    return VALUES[kind](content, spec, this, scope);
  }

  nextLetter() {
    return String.fromCharCode(97 + (this.nexts++ % 26));
  }
}

class Script {
  constructor(reactions) {
    this.reactions = reactions ?? [];
    this.calls = 0;
  }

  next() {
    const { length } = this.reactions;
    if (length === 0) return [];
    return this.reactions[Math.min(this.calls++, length - 1)];
  }
}

function propertyOf(target, property) {
  if (language.methodProperties.includes(property)) return target[property]();
  if (language.functionProperties.includes(property)) return stream[property](target);
  return target[property];
}

function showBatch(entries) {
  return `[${entries.map(({ chunk, encoding }) => `${show(chunk)}/${encoding ?? 'none'}`).join(', ')}]`;
}

// --- one program after another ----------------------------------------------------------------

let running;
let tickFailed = false;

process.on('uncaughtException', (error) => {
  tickFailed = true;
  running.recorder.write(`uncaught ${showError(error)}`);
});

function pump() {
  setImmediate(pump);
  // When a tick throws, Node runs the ticks behind it later than the next immediate. They belong
  // to the turn of the tick that threw, so this immediate gives way to them.
  if (tickFailed) {
    tickFailed = false;
    return;
  }
  if (running !== undefined && running.step()) return;
  try {
    if (running !== undefined) writeLine({ trace: running.recorder.lines });
    const line = readLine();
    if (line === undefined) process.exit();
    running = new Run(JSON.parse(line));
  } catch (error) {
    // The runner's own failure is not the program's: it must not end in a trace.
    fs.writeSync(2, `${error.stack}\n`);
    process.exit(1);
  }
}

function writeLine(answer) {
  let rest = Buffer.from(`${JSON.stringify(answer)}\n`);
  while (rest.length > 0) rest = rest.subarray(patiently(() => fs.writeSync(1, rest)));
}

// Node makes its pipes non-blocking: they can be full, or empty, for a moment.
function patiently(transfer) {
  for (;;) {
    try {
      return transfer();
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

// Input is read without streams, so that none but a program's own are at work.
let input = Buffer.alloc(0);

function readLine() {
  for (;;) {
    const end = input.indexOf(10);
    if (end !== -1) {
      const line = input.toString('utf8', 0, end);
      input = input.subarray(end + 1);
      return line;
    }
    const more = Buffer.alloc(65536);
    const size = patiently(() => fs.readSync(0, more));
    if (size === 0) return undefined;
    input = Buffer.concat([input, more.subarray(0, size)]);
  }
}

language = JSON.parse(readLine());
pump();
