'use strict';
// What Node has of what docs/porting.md lists. On standard input: the codes of errors.

const fs = require('node:fs');
const events = require('node:events');
const stream = require('node:stream');
const { AbortError, codes } = require('internal/errors');
const { Duplex, PassThrough, Readable, Transform, Writable } = stream;

function optionsRead(Kind) {
  const read = new Set();
  const options = new Proxy({}, {
    get(_, name) { read.add(name); return undefined; },
  });
  new Kind(options);
  return [...read].sort();
}

function fields(state) {
  const names = [state, Object.getPrototypeOf(state)].flatMap(Object.getOwnPropertyNames);
  return [...new Set(names)].filter((name) => name !== 'constructor');
}

function kinds(wanted) {
  const found = {};
  for (const code of wanted) {
    if (code in codes) found[code] = Object.getPrototypeOf(codes[code]).name;
  }
  // It is a class of its own, and in no list.
  found.ABORT_ERR = new AbortError().name;
  return found;
}

// How many arguments each event gives, seen at work.
async function gives() {
  const seen = {};
  const hear = (emitter) => {
    const { emit } = emitter;
    emitter.emit = function(event, ...values) {
      const name = event === events.errorMonitor ? 'events.errorMonitor' : event;
      seen[name] = Math.max(seen[name] ?? 0, values.length);
      return emit.call(this, event, ...values);
    };
    return emitter;
  };
  const file = hear(fs.createReadStream(__filename));
  const write = (chunk, encoding, done) => { setImmediate(done); };
  const sink = hear(new Writable({ highWaterMark: 1, write }));
  file.pipe(sink);
  const gone = () => {};
  sink.on('pipe', gone).off('pipe', gone);
  const pulled = hear(Readable.from(['a']));
  pulled.on('readable', () => { pulled.read(); });
  const failed = hear(new PassThrough());
  failed.on(events.errorMonitor, () => {});
  failed.on('error', () => {});
  failed.resume().pause();
  setTimeout(() => failed.destroy(new Error('x')), 1);
  await stream.promises.finished(sink);
  return seen;
}

(async () => {
  const wanted = JSON.parse(fs.readFileSync(0, 'utf8'));
  const found = {
    options: Object.fromEntries(
      [Readable, Writable, Duplex, Transform].map((Kind) => [Kind.name, optionsRead(Kind)]),
    ),
    state: {
      _readableState: fields(new Readable()._readableState),
      _writableState: fields(new Writable()._writableState),
    },
    errors: kinds(wanted),
    gives: await gives(),
  };
  fs.writeSync(1, JSON.stringify(found));
})();
