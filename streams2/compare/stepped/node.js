// A small run on Node, recorded: the job comes as JSON, and what was seen of it goes out so. Time
// passes only when nothing is left to do, as on the loop of loop.py.

'use strict';

const fs = require('node:fs');

const job = JSON.parse(fs.readFileSync(0, 'utf8'));

// -- a clock that jumps -------------------------------------------------------------------------

let now = 0;
const timers = [];

function after(seconds, act) {
  // Whole microseconds: sums of delays come to the same whatever their order.
  const at = Math.round((now + seconds) * 1e6) / 1e6;
  const later = timers.findIndex((timer) => timer.at > at);
  timers.splice(later < 0 ? timers.length : later, 0, { at, act });
}

// What is to happen at once has happened when this comes.
function passTime() {
  const next = timers.shift();
  if (next === undefined) {
    leave('hung');
    return;
  }
  now = next.at;
  setImmediate(passTime);
  next.act();
}

performance.now = () => now * 1000;
require(job.recorder);

const { Readable, Writable } = require('node:stream');
const cats = require(job.module);

// -- what is read and written -------------------------------------------------------------------

const half = Math.floor(job.chunks.join('').length / 2);
const controller = new AbortController();
let read = 0;
let written = '';
let peak = 0;
let atPeak = null;
let pauses = 0;
let drains = 0;

const failure = (code, errno, syscall) => Object.assign(new Error(`${code}: made to fail, ${syscall}`), { code, errno, syscall });

// As of a file, opening takes a moment; but only where something goes wrong is that worth a look.
const opening = (seconds) => (job.fault === null ? {} : { construct: (done) => after(seconds, done) });

const source = new Readable({
  highWaterMark: job.high_water_mark,
  ...opening(0),
  read() { after(job.source_seconds, give); },
});
const sink = new Writable({
  highWaterMark: job.high_water_mark,
  ...opening(job.start_seconds),
  write(chunk, _, done) { after(job.sink_seconds, () => take(chunk, done)); },
});

function give() {
  if (job.fault === 'source' && read >= half) {
    source.destroy(failure('EIO', -5, 'read'));
    return;
  }
  const chunk = job.chunks.shift();
  if (chunk !== undefined && !source.destroyed) {
    read += chunk.length;
    if (read - written.length > peak) {
      peak = read - written.length;
      atPeak = whereabouts(chunk.length);
    }
  }
  source.push(chunk === undefined ? null : Buffer.from(chunk));
}

function whereabouts(size) {
  if (source.destroyed || sink.destroyed) return null;
  const inSource = source.readableLength + size;
  return { source: inSource, way: peak - inSource - sink.writableLength, sink: sink.writableLength };
}

function take(chunk, done) {
  if (sink.destroyed) {
    done();
    return;
  }
  const text = written + chunk;
  if (job.fault === 'sink' && text.length > half) {
    done(failure('ENOSPC', -28, 'write'));
    return;
  }
  written = text;
  if (job.fault === 'abort' && written.length >= half) controller.abort();
  done();
}

source.on('pause', () => { pauses += 1; });
sink.on('drain', () => { drains += 1; });

// -- how it ends --------------------------------------------------------------------------------

const closed = Promise.all([source, sink].map((stream) => new Promise((resolve) => {
  stream.on('close', resolve);
})));

function leave(outcome) {
  fs.writeSync(1, JSON.stringify({
    outcome,
    closed: source.closed && sink.closed,
    held: heldThen ?? read - written.length,
    output: written,
    counters: [read, written.length, peak, pauses, drains],
    at_peak: atPeak,
  }));
  process.exit(0);
}

let heldThen = null;
process.on('uncaughtException', () => leave('uncaught'));

async function call() {
  let outcome = 'completed';
  try {
    await cats[job.function](source, sink, controller.signal);
  } catch {
    outcome = 'raised';
    heldThen = read - written.length;
  }
  await closed;
  leave(outcome);
}

setImmediate(passTime);
call();
