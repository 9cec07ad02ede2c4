'use strict';
// Records what the streams of a Node program do, as `streams2.trace` does for one in Python.
//
//   STREAMS2_TRACE=node.json node --require recorder.js program.js
//
// The JSON is what `Trace.to_json` writes; `streams2 trace-diff` compares the two. It is written when
// the process ends, to $STREAMS2_TRACE, or to trace.json. A stream is called as the variable that it
// is first assigned to, or by its class. A name of your own:
//
//   globalThis[Symbol.for('streams2.name')]?.(stream, 'sink');
//
// Methods are wrapped where they are defined, and nothing is scheduled: the program does what it
// does without. What `console` prints is not recorded.

const fs = require('node:fs');
const { resolve } = require('node:path');
const zlib = require('node:zlib');
const { EventEmitter } = require('node:events');
const stream = require('node:stream');
const { isMainThread } = require('node:worker_threads');
const { Stream, Readable, Writable, Duplex, Transform, PassThrough } = stream;

const TOLD = new Set([
  'data', 'end', 'readable', 'pause', 'resume', 'close', 'error',
  'drain', 'finish', 'prefinish', 'pipe', 'unpipe',
]);
// The rows of the machines: [state, event, next state].
const MACHINES = {
  lifecycle: [
    ['constructing', 'constructed', 'open'],
    ['constructing', 'destroy', 'doomed'],
    ['doomed', 'constructed', 'destroying'],
    ['open', 'destroy', 'destroying'],
    ['destroying', 'torn down', 'closed'],
    ['closed', 'close told', 'gone'],
  ],
  flow: [
    ['idle', 'resume', 'flowing'],
    ['idle', 'listen', 'pulled'],
    ['idle', 'pause', 'paused'],
    ['flowing', 'pause', 'paused'],
    ['flowing', 'listen', 'pulled'],
    ['flowing', 'release', 'idle'],
    ['paused', 'resume', 'flowing'],
    ['paused', 'pull', 'pulled'],
    ['paused', 'release', 'parked'],
    ['pulled', 'resume', 'flowing'],
    ['pulled', 'pause', 'paused'],
    ['pulled', 'release', 'idle'],
    ['parked', 'resume', 'flowing'],
    ['parked', 'pull', 'pulled'],
    ['parked', 'pause', 'paused'],
  ],
  supply: [
    ['supplying', 'end', 'ended'],
    ['ended', 'tell', 'end told'],
  ],
  demand: [
    ['accepting', 'refuse', 'refusing'],
    ['refusing', 'drain', 'accepting'],
    ['accepting', 'end', 'ending'],
    ['refusing', 'end', 'ending refused'],
    ['ending', 'refuse', 'ending refused'],
    ['ending', 'finalize', 'finalizing'],
    ['ending refused', 'finalize', 'finalizing'],
    ['finalizing', 'flush', 'flushed'],
    ['flushed', 'finish', 'finished'],
  ],
  pipe: [
    ['flowing', 'refused', 'awaiting drain'],
    ['awaiting drain', 'drained', 'flowing'],
    ['flowing', 'unpipe', 'unpiped'],
    ['awaiting drain', 'unpipe', 'unpiped'],
  ],
};

// --- chunks -------------------------------------------------------------------------------------

const PREVIEW = 24;
const ENOUGH = 4096;

function described(value) {
  if (typeof value === 'string') return about('text', value, Buffer.from(value), [...value].length);
  if (ArrayBuffer.isView(value)) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    return about('bytes', bytes.subarray(0, PREVIEW + 1).toString(), bytes, bytes.length);
  }
  const shown = inPython(value, new Set());
  // Of what has a class of its own, no more than that is known.
  const { crc, ...rest } = about('object', shown, Buffer.from(shown), 1);
  return { ...rest, text: false, crc: shown.includes('<') ? undefined : crc };
}

function about(kind, text, bytes, size) {
  const letters = [...text.slice(0, ENOUGH)];
  const preview = letters.length <= PREVIEW ? text : `${letters.slice(0, PREVIEW).join('')}…`;
  return { size, preview, kind, crc: zlib.crc32(bytes) };
}

// An object as Python's `repr` shows its like.
function inPython(value, outer) {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'bigint') return `${value}`;
  if (typeof value === 'number') return Number.isNaN(value) ? 'nan' : `${value}`.replace('Infinity', 'inf');
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object') return `<${typeof value}>`;
  if (ArrayBuffer.isView(value)) return `b${quoted(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1'), true)}`;
  const kind = Object.getPrototypeOf(value)?.constructor?.name ?? 'Object';
  if (outer.has(value)) return Array.isArray(value) ? '[...]' : '{...}';
  const within = new Set([...outer, value]);
  try {
    if (Array.isArray(value)) return `[${value.map((one) => inPython(one, within)).join(', ')}]`;
    if (kind !== 'Object') return `<${kind}>`;
    const items = Object.entries(value).map(([key, one]) => `${quoted(key)}: ${inPython(one, within)}`);
    return `{${items.join(', ')}}`;
  } catch {
    return `<${kind}>`;
  }
}

function quoted(text, bytes = false) {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  const short = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\', [mark]: `\\${mark}` };
  // eslint-disable-next-line no-control-regex
  const special = bytes ? /[\x00-\x1f\x7f-\xff\\'"]/g : /[\x00-\x1f\x7f-\xa0\xad\\'"]/g;
  const hex = (letter) => `\\x${letter.codePointAt(0).toString(16).padStart(2, '0')}`;
  const escaped = (letter) => short[letter] ?? (`'"`.includes(letter) ? letter : hex(letter));
  return `${mark}${text.replace(special, escaped)}${mark}`;
}

// Which chunk is which, as they move: the object that was handed in keeps its number.
class Chunks {
  constructor() {
    this.all = [];
    // Of those on their way: a chunk that has arrived is not held.
    this.values = new Map();
    this.travellers = new Map();
    this.justLeft = undefined;
    this.forgetNext = false;
  }

  enters(value, anew = false) {
    if (anew && this.forgetNext) this.letGo();
    return this.oldest(value, undefined).number;
  }

  leaves(value, place) {
    const traveller = this.oldest(value, place, undefined);
    traveller.place = undefined;
    if (traveller !== this.justLeft) {
      this.letGo();
      this.justLeft = traveller;
    }
    return traveller.number;
  }

  held(values, place) {
    const here = values.map((value) => this.at(value, place));
    for (const one of here.flat()) one.place = undefined;
    return values.map((value, i) => {
      const same = here[i].find((one) => one.place === undefined && this.at(value).includes(one));
      const traveller = same ?? this.oldest(value, undefined);
      traveller.place = place;
      return traveller.number;
    });
  }

  gone(number) {
    if (this.justLeft?.number === number) this.forgetNext = true;
    else this.forget(number);
  }

  letGo() {
    const { justLeft, forgetNext } = this;
    this.justLeft = undefined;
    this.forgetNext = false;
    if (justLeft !== undefined && forgetNext) this.forget(justLeft.number);
  }

  forget(number) {
    if (!this.values.has(number)) return;
    const value = this.values.get(number);
    const kept = this.at(value).filter((one) => one.number !== number || one.place !== undefined);
    if (kept.length > 0) this.travellers.set(value, kept);
    else this.travellers.delete(value);
    if (!kept.some((one) => one.number === number)) this.values.delete(number);
  }

  at(value, ...places) {
    const all = this.travellers.get(value) ?? [];
    return places.length > 0 ? all.filter((one) => places.includes(one.place)) : all;
  }

  oldest(value, ...places) {
    for (const place of places) {
      const [first] = this.at(value, place);
      if (first !== undefined) return first;
    }
    const number = this.all.length + 1;
    const traveller = { number, place: undefined };
    this.all.push({ number, ...described(value) });
    this.values.set(number, value);
    this.travellers.set(value, [...this.at(value), traveller]);
    return traveller;
  }
}

// --- streams ------------------------------------------------------------------------------------

const BASES = new Set([Readable, Writable, Duplex, Transform, PassThrough]);
const OPTIONAL = ['_construct', '_writev', '_final', '_flush'];

class Known {
  constructor(thing) {
    this.thing = thing;
    this.given = undefined;
    this.variable = undefined;
    this.accepted = [];
    this.leaving = 0;
    this.weights = {};
    this.told = {};
    this.states = {};
    this.seen = false;
  }

  // How much a chunk is here, where that is not its own size: text becomes bytes, or one object.
  weigh(value, number) {
    const state = this.thing._writableState;
    if (typeof value !== 'string' && !(state.objectMode && ArrayBuffer.isView(value))) return;
    const { size } = chunks.all[number - 1];
    const here = state.objectMode ? 1 : state.decodeStrings ? Buffer.byteLength(value) : size;
    if (here !== size) this.weights[number] = here;
  }

  get name() {
    return this.given ?? standard(this.thing) ?? this.variable;
  }

  get kind() {
    if (standard(this.thing)) return this.thing.fd === 0 ? 'readable' : 'writable';
    const reads = this.thing._readableState !== undefined;
    const writes = this.thing._writableState !== undefined;
    if (reads) return writes ? 'duplex' : 'readable';
    return writes ? 'writable' : 'other';
  }

  get objects() {
    return Boolean((this.thing._readableState ?? this.thing._writableState)?.objectMode);
  }

  // What the program defines of what a stream may have; undefined for Node's own kinds of streams.
  get methods() {
    const found = new Set();
    for (let at = this.thing; at !== null; at = Object.getPrototypeOf(at)) {
      const own = Object.hasOwn(at, 'constructor') ? at.constructor : undefined;
      if (BASES.has(own)) return [...found].sort();
      if (own !== undefined && builtIn.has(own)) return undefined;
      for (const name of OPTIONAL) if (Object.hasOwn(at, name) && at[name]) found.add(name);
    }
    return undefined;
  }
}

// What a stream of the process's own is called.
function standard({ fd, _isStdio }) {
  if (fd === 0) return 'stdin';
  return _isStdio ? ['stdin', 'stdout', 'stderr'][fd] : undefined;
}

function* classesOfNode() {
  for (const name of ['fs', 'net', 'tls', 'zlib', 'http', 'crypto', 'tty']) {
    const found = process.getBuiltinModule(name) ?? {};
    // Of crypto and tls, a getter may warn, or load what the program never needs.
    for (const { value } of Object.values(Object.getOwnPropertyDescriptors(found))) {
      if (typeof value === 'function' && value.prototype instanceof Stream) yield value;
    }
  }
}

const builtIn = new Set(classesOfNode());

function statesOf(thing) {
  const read = thing._readableState;
  const write = thing._writableState;
  const states = {};
  const life = read ?? write;
  if (life !== undefined) states.lifecycle = lifecycle(life);
  if (read !== undefined) {
    states.flow = flow(read);
    states.supply = read.endEmitted ? 'end told' : read.ended ? 'ended' : 'supplying';
  }
  if (write !== undefined) states.demand = demand(write);
  return states;
}

function lifecycle(state) {
  if (!state.constructed) return state.destroyed ? 'doomed' : 'constructing';
  if (!state.destroyed) return 'open';
  return state.closeEmitted ? 'gone' : state.closed ? 'closed' : 'destroying';
}

function flow(state) {
  if (state.flowing) return 'flowing';
  if (state.flowing === null) return state.paused ? 'parked' : 'idle';
  return state.paused ? 'paused' : 'pulled';
}

function demand(state) {
  if (state.finished) return 'finished';
  if (state.prefinished) return 'flushed';
  if (state.finalCalled) return 'finalizing';
  if (state.ending) return state.needDrain ? 'ending refused' : 'ending';
  return state.needDrain ? 'refusing' : 'accepting';
}

function pipeState(source, destination) {
  const state = source._readableState;
  if (!state.pipes.includes(destination)) return 'unpiped';
  const awaited = state.awaitDrainWriters;
  return awaited === destination || awaited?.has?.(destination) ? 'awaiting drain' : 'flowing';
}

// How a machine came from one state to another: the shortest way through its rows.
function* way(machine, from, to) {
  const cameFrom = new Map([[from, null]]);
  const open = [from];
  for (let state = open.shift(); state !== undefined && !cameFrom.has(to); state = open.shift()) {
    for (const [before, event, after] of MACHINES[machine]) {
      if (before !== state || cameFrom.has(after)) continue;
      cameFrom.set(after, [before, event]);
      open.push(after);
    }
  }
  const steps = [];
  for (let after = to; cameFrom.get(after); after = cameFrom.get(after)[0]) {
    steps.unshift([...cameFrom.get(after), after]);
  }
  yield* steps;
}

// --- where in the program -----------------------------------------------------------------------

const sources = new Map();

function linesOf(path) {
  if (!sources.has(path)) {
    let lines = [];
    try {
      lines = fs.readFileSync(path.startsWith('file:') ? new URL(path) : path, 'utf8').split('\n');
    } catch {
      // What has no file is not shown.
    }
    sources.set(path, lines);
  }
  return sources.get(path);
}

function frames() {
  const { prepareStackTrace, stackTraceLimit } = Error;
  Error.prepareStackTrace = (_, sites) => sites;
  Error.stackTraceLimit = 40;
  const holder = {};
  Error.captureStackTrace(holder, frames);
  const sites = holder.stack;
  Error.prepareStackTrace = prepareStackTrace;
  Error.stackTraceLimit = stackTraceLimit;
  return sites;
}

// Whose call it is: a line of the program, if the program made it itself.
function caller() {
  const site = frames().find((one) => one.getFileName() !== __filename);
  const file = site?.getFileName();
  if (!file || file.startsWith('node:')) return {};
  return { file, line: site.getLineNumber() };
}

// What is assigned the value that begins at the end of a text: `const NAME = choice ? that : fs.`, or
// `{ NAME: `.
function assigned(text) {
  const property = /[{,]\s*([\w$]+)\s*:\s*(?:await\s+)?(?:[\w$]+\s*\.\s*)*$/.exec(text);
  if (property) return property[1];
  const found = /^.*?([\w$]+)\s*=(?![=>])(.*)$/.exec(text.slice(text.lastIndexOf(';') + 1));
  if (!found || /=>|=[^=]|[{}]/.test(found[2])) return undefined;
  const count = (letter) => found[2].split(letter).length;
  // What stands within parentheses is given to somebody else.
  return count('(') === count(')') && count('[') === count(']') ? found[1] : undefined;
}

// The variable that a new stream is assigned to.
function variable() {
  for (const site of frames()) {
    const file = site.getFileName();
    if (!file || file === __filename || file.startsWith('node:') || site.isConstructor()) continue;
    const line = linesOf(file)[site.getLineNumber() - 1] ?? '';
    const before = line.slice(0, site.getColumnNumber() - 1);
    const name = assigned(before);
    if (name !== undefined) return name;
    if (!/(?:\breturn|=>)\s*(?:[\w$]+\s*\.\s*)*$/.test(before)) return undefined;
  }
  return undefined;
}

// --- what is heard ------------------------------------------------------------------------------

const chunks = new Chunks();
const known = new Map();
const made = new WeakMap();
const pipes = [];
// Those that have not been taken away.
const livePipes = new Set();
const events = [];
const began = performance.now();
let count = 0;
let quiet = 0;

function know(thing) {
  let one = known.get(thing);
  if (one === undefined) {
    one = new Known(thing);
    known.set(thing, one);
  }
  if (!one.seen && (thing._readableState !== undefined || thing._writableState !== undefined)) {
    one.seen = true;
    one.states = firstStates(thing);
    hearWrites(one);
  }
  return one;
}

// A step is what happens after the start, and a stream may be seen late.
function firstStates(thing) {
  const now = statesOf(thing);
  const first = { lifecycle: 'open', flow: 'idle', supply: 'supplying', demand: 'accepting' };
  if (thing._construct) first.lifecycle = 'constructing';
  if (thing.readable === false && now.supply === 'end told') first.supply = now.supply;
  if (thing.writable === false && now.demand === 'finished') first.demand = now.demand;
  return Object.fromEntries(Object.keys(now).map((machine) => [machine, first[machine]]));
}

function hearWrites(one) {
  const state = one.thing._writableState;
  if (typeof state?.onwrite !== 'function') return;
  const { onwrite } = state;
  state.onwrite = function(error) {
    if (state.writing) wrote(one, state, error ?? null);
    return Reflect.apply(onwrite, this, arguments);
  };
}

function wrote(one, state, error) {
  const gone = one.accepted.splice(0, one.accepted.length - queued(state));
  one.leaving = state.writelen;
  for (const number of gone) {
    if (number === undefined) continue;
    if (error === null) write(one, 'written', 'written', { chunk: number });
    else write(one, 'error', 'written', { chunk: number, value: shownError(error) });
    chunks.gone(number);
  }
  one.leaving = 0;
}

// How many chunks wait to be handed to _write.
function queued(state) {
  if (state.writing && state.writelen === state.length) return 0;
  return (state.buffered ?? []).slice(state.bufferedIndex).filter((entry) => entry !== null).length;
}

function levels(one) {
  const { _readableState: read, _writableState: written } = one.thing;
  const found = [];
  if (read !== undefined) {
    const numbers = chunks.held(read.buffer.slice(read.bufferIndex), one);
    const unit = read.objectMode ? 'objects' : read.decoder ? 'characters' : 'bytes';
    found.push(level('readable', read.length, read.highWaterMark, numbers, 0, unit));
  }
  if (written !== undefined) {
    const waiting = queued(written);
    if (!written.writing && one.accepted.length > waiting) {
      one.accepted.splice(0, one.accepted.length - waiting);
    }
    const length = written.length - one.leaving;
    const flying = one.leaving ? 0 : Math.max(one.accepted.length - waiting, 0);
    const unit = written.objectMode ? 'objects' : written.decodeStrings ? 'bytes' : 'characters';
    const numbers = one.accepted.filter((number) => number !== undefined);
    found.push(level('writable', length, written.highWaterMark, numbers, flying, unit));
  }
  return found;
}

function level(side, length, mark, chunks, flying, unit) {
  return { side, length, mark, unit, in_flight: flying || undefined, chunks };
}

// What an event holds, as what has changed since its owner's last event.
function changes(owner, { chunks: now, ...rest }) {
  const before = owner.told[rest.side] ?? [];
  owner.told[rest.side] = now;
  const stays = (left) => before.slice(left).every((number, i) => number === now[i]);
  let left = 0;
  while (!stays(left)) left++;
  const came = now.slice(before.length - left);
  return { ...rest, left: left || undefined, came: came.length > 0 ? came : undefined };
}

function write(owner, kind, name, details = {}) {
  const holds = levels(owner);
  const states = statesOf(owner.thing);
  // Node says that it pauses before it notes it.
  if (name === 'pause' && states.flow === 'pulled') states.flow = 'paused';
  for (const [machine, state] of Object.entries(states)) step(owner, machine, state, holds);
  for (const pipe of livePipes) {
    if (pipe.source === owner.thing || pipe.destination === owner.thing) {
      step(pipe, 'pipe', pipeState(pipe.source, pipe.destination), []);
      if (pipe.states.pipe === 'unpiped') livePipes.delete(pipe);
    }
  }
  add(owner, kind, name, holds, details);
}

// What has happened since a stream's last event.
function lastSteps() {
  for (const one of known.values()) {
    const holds = one.seen ? levels(one) : [];
    for (const [machine, state] of Object.entries(statesOf(one.thing))) step(one, machine, state, holds);
  }
}

function step(owner, machine, now, holds) {
  for (const [before, event, after] of way(machine, owner.states[machine], now)) {
    add(owner, 'step', event, holds, { machine, before, after });
  }
  owner.states[machine] = now;
}

function add(owner, kind, name, holds, details) {
  const seconds = (performance.now() - began) / 1000;
  events.push({ number: events.length, seconds, kind, owner, name, ...details, holds });
}

function called(owner, method, args) {
  const one = know(owner);
  const [value] = args;
  const where = caller();
  if (method === 'read' || value === null || value === undefined || typeof value === 'function') {
    write(one, 'call', method, where);
    return;
  }
  const number = chunks.enters(value, method === 'push');
  write(one, 'call', method, { chunk: number, ...where });
  if (method !== 'push' && takesChunks(owner)) {
    one.accepted.push(number);
    one.weigh(value, number);
  }
}

function takesChunks(owner) {
  return !owner.destroyed && !owner.writableEnded && !owner.errored;
}

function answered(owner, method, answer) {
  const one = know(owner);
  if (method !== 'read') {
    const value = typeof answer === 'boolean' ? inPython(answer) : answer?.constructor?.name;
    write(one, 'answer', method, { value: value ?? 'None' });
  } else if (answer === null) {
    write(one, 'answer', method, { value: 'None' });
  } else {
    const number = chunks.leaves(answer, one);
    write(one, 'answer', method, { chunk: number, value: chunks.all[number - 1].preview });
  }
}

function failed(owner, method, error) {
  const one = know(owner);
  if (method === 'write') one.accepted.pop();
  write(one, 'error', method, { value: shownError(error) });
}

function shownError(error) {
  if (!(error instanceof Error)) return `Error: ${inPython(error, new Set())}`;
  const code = error.code === undefined ? '' : ` [${error.code}]`;
  return `${error.name}${code}: ${error.message}`;
}

function emitting(owner, event, [value]) {
  const one = know(owner);
  if (event === 'data') write(one, 'emit', event, { chunk: chunks.leaves(value, one) });
  else if (event === 'error') write(one, 'emit', event, { value: shownError(value) });
  else if ((event === 'pipe' || event === 'unpipe') && value instanceof Stream) {
    know(value);
    if (event === 'pipe') joined(value, owner);
    write(one, 'emit', event, { value });
  } else write(one, 'emit', event);
}

function joined(source, destination) {
  if (source._readableState === undefined) return;
  const pipe = { source, destination, thing: {}, states: { pipe: 'flowing' } };
  pipes.push(pipe);
  livePipes.add(pipe);
}

// --- wrapping -----------------------------------------------------------------------------------

function wrap(home, name, wrapper) {
  const descriptor = Object.getOwnPropertyDescriptor(home, name);
  if (typeof descriptor?.value !== 'function') return;
  const original = descriptor.value;
  const wrapped = wrapper(original);
  for (const key of ['name', 'length']) {
    Object.defineProperty(wrapped, key, { value: original[key], configurable: true });
  }
  Object.defineProperty(home, name, { ...descriptor, value: wrapped });
}

const telling = (method) => (original) => function(...args) {
  const silent = method === 'read' && (args[0] === 0 || this.readableFlowing);
  if (silent || quiet > 0) {
    if (quiet > 0 && method !== 'read') known.get(this)?.accepted.push(undefined);
    return Reflect.apply(original, this, args);
  }
  called(this, method, args);
  let answer;
  try {
    answer = Reflect.apply(original, this, args);
  } catch (error) {
    failed(this, method, error);
    throw error;
  }
  answered(this, method, answer);
  return answer;
};

function listen() {
  for (const home of [Readable, Writable, Duplex]) {
    for (const method of ['push', 'read', 'write', 'end']) wrap(home.prototype, method, telling(method));
  }
  wrap(EventEmitter.prototype, 'emit', (original) => function(event, ...values) {
    if (quiet === 0 && TOLD.has(event) && this instanceof Stream) emitting(this, event, values);
    return Reflect.apply(original, this, arguments);
  });
  wrap(EventEmitter, 'init', (original) => function(...args) {
    Reflect.apply(original, this, args);
    if (quiet === 0 && this instanceof Stream) {
      made.set(this, ++count);
      const name = variable();
      if (name !== undefined) know(this).variable = name;
    }
  });
  for (const name of Object.keys(console)) {
    wrap(console, name, (original) => function(...args) {
      quiet++;
      try {
        return Reflect.apply(original, this, args);
      } finally {
        quiet--;
      }
    });
  }
  Object.defineProperty(globalThis, Symbol.for('streams2.name'), {
    value: (thing, name) => { know(thing).given = name; },
  });
}

// --- writing it down ----------------------------------------------------------------------------

function named() {
  const names = new Map();
  const taken = new Set();
  const unlike = (name) => {
    let found = name;
    for (let number = 2; taken.has(found); number++) found = `${name} ${number}`;
    taken.add(found);
    return found;
  };
  for (const one of inOrder()) {
    const kind = one.thing.constructor?.name ?? 'stream';
    names.set(one.thing, unlike(one.name ?? kind.toLowerCase()));
  }
  for (const pipe of pipes) {
    names.set(pipe.thing, unlike(`pipe ${names.get(pipe.source)} to ${names.get(pipe.destination)}`));
  }
  return names;
}

// As they were made.
function inOrder() {
  const when = ({ thing }) => made.get(thing) ?? 0;
  return [...known.values()].sort((one, other) => when(one) - when(other));
}

function active() {
  const owners = new Set(events.map(({ owner }) => owner));
  return inOrder().filter((one) => owners.has(one));
}

function subjects(names) {
  const streams = active().map((one) => ({
    name: names.get(one.thing),
    kind: one.kind,
    objects: one.objects,
    methods: one.methods,
    named: one.name === undefined ? false : undefined,
  }));
  const between = pipes.map(({ thing, source, destination }) => (
    { name: names.get(thing), kind: 'pipe', objects: true, ends: [names.get(source), names.get(destination)] }
  ));
  return [...streams, ...between];
}

function counters() {
  const found = { bytes_read: 0, bytes_written: 0, peak_buffered_bytes: 0, pauses: 0, drains: 0 };
  for (const { kind, owner, name, chunk } of events) {
    const size = chunk === undefined || owner.objects ? 0 : chunks.all[chunk - 1].size;
    if (kind === 'call' && name === 'push' && owner.kind === 'readable') {
      found.bytes_read += size;
      const held = found.bytes_read - found.bytes_written;
      found.peak_buffered_bytes = Math.max(found.peak_buffered_bytes, held);
    } else if (kind === 'written' && owner.kind === 'writable') found.bytes_written += size;
    else if (kind === 'emit' && name === 'pause') found.pauses++;
    else if (kind === 'emit' && name === 'drain') found.drains++;
  }
  return found;
}

function recording() {
  const names = named();
  const nameOf = (value) => (typeof value === 'object' ? names.get(value) : value);
  const heavy = active().filter(({ weights }) => Object.keys(weights).length > 0);
  return {
    version: 1,
    subjects: subjects(names),
    chunks: chunks.all,
    weights: Object.fromEntries(heavy.map((one) => [names.get(one.thing), one.weights])),
    sources: [],
    counters: counters(),
    standing: '',
    events: events.map(({ owner, value, holds, ...rest }) => ({
      ...rest,
      owner: names.get(owner.thing),
      value: nameOf(value),
      holds: holds.length > 0 ? holds.map((hold) => changes(owner, hold)) : undefined,
    })),
  };
}

// One line for each event.
function asJson({ events: told, ...rest }) {
  const lines = Object.entries(rest).map(([name, value]) => ` "${name}": ${JSON.stringify(value)},`);
  const all = told.map((event) => JSON.stringify(event)).join(',\n  ');
  return ['{', ...lines, ` "events": [\n  ${all}\n ]`, '}', ''].join('\n');
}

// A process that this one starts, and a thread, has streams of its own: they are not recorded.
if (isMainThread && process.env.STREAMS2_TRACE !== '') {
  const path = resolve(process.env.STREAMS2_TRACE ?? 'trace.json');
  process.env.STREAMS2_TRACE = '';
  listen();
  process.on('exit', () => {
    quiet++;
    lastSteps();
    fs.writeFileSync(path, asJson(recording()));
  });
}
