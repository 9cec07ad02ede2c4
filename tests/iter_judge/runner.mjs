// Runs programs on node:stream/iter: a line of JSON each, an answer each. See __init__.py.
import * as iter from 'node:stream/iter';
import { createInterface } from 'node:readline';

process.on('unhandledRejection', () => {});
const immediate = () => new Promise((resolve) => setImmediate(resolve));
const settle = async () => { await immediate(); await immediate(); };
const chunk = ([letter, length]) => Buffer.alloc(length, letter);
const told = (bytes) => [bytes.length ? String.fromCharCode(bytes[0]) : '', bytes.length];

function value(v) {
  if (v instanceof Uint8Array) return told(v);
  if (Array.isArray(v)) return v.map(value);
  if (v === undefined) return null;
  return v;
}

function failure(e) {
  if (e === undefined) return ['error', 'none'];
  if (e.name === 'AbortError') return ['error', 'abort'];
  if (e.code) return ['error', e.code];
  if (e instanceof TypeError) return ['error', 'ERR_INVALID_RETURN_VALUE'];
  return ['error', e.message];
}

class Run {
  constructor() { this.step = 0; this.number = 0; this.parties = {}; this.things = {}; this.busy = {}; }
  say(party, number, outcome) { (this.parties[party] ??= []).push([this.step, number, outcome]); }
  answer(party, call, done = (v) => value(v)) {
    const number = this.number;
    try {
      const result = call();
      if (result && typeof result.then === 'function') {
        return result.then((v) => this.say(party, number, ['ok', done(v)]), (e) => this.say(party, number, failure(e)));
      }
      this.say(party, number, ['ok', done(result)]);
    } catch (e) { this.say(party, number, failure(e)); }
  }
  options(given) {
    const options = { ...given };
    if (given.signal) options.signal = this.signal(given.signal);
    for (const end of ['a', 'b']) if (given[end]) options[end] = { ...given[end] };
    return options;
  }
  signal(name) { return (this.things[name] ??= new AbortController()).signal; }
  thing(name) { if (!(name in this.things)) throw new Error('missing'); return this.things[name]; }
}

function item(spec) { // A value that a source or a transform gives.
  const [kind, given] = spec;
  if (kind === 'chunk') return chunk(given);
  if (kind === 'text') return given[0].repeat(given[1]);
  if (kind === 'batch') return given.map(chunk);
  if (kind === 'nested') return given.map(item);
  if (kind === 'streamable') return { [iter.toStreamable]: () => item(given) };
  return 5; // bad
}

function source(run, name, kind, values, failAt) {
  const closed = () => run.say(name, -1, ['ok', 'closed']);
  const gates = (run.things[`gate ${name}`] = []);
  if (kind === 'list') return values.map(item);
  if (kind === 'text') return item(['text', values]);
  if (kind === 'streamable') return { [iter.toStreamable]: () => values.map(item) };
  if (kind === 'asyncStreamable') return { [iter.toAsyncStreamable]: async () => values.map(item) };
  if (kind === 'gen') {
    return (function* () {
      try {
        for (let i = 0; i < values.length; i++) { if (i === failAt) throw new Error('source'); yield item(values[i]); }
        if (failAt === values.length) throw new Error('source');
      } finally { closed(); }
    })();
  }
  return (async function* () {
    try {
      for (let i = 0; i < values.length; i++) {
        if (kind === 'gated') await new Promise((resolve) => gates.push(resolve));
        if (i === failAt) throw new Error('source');
        yield item(values[i]);
      }
      if (failAt === values.length) throw new Error('source');
    } finally { closed(); }
  })();
}

const last = Buffer.alloc(2, 'F');
const transforms = {
  same: () => (b) => b,
  none: () => () => null,
  double: () => (b) => (b ? [...b, ...b] : null),
  text: () => (b) => (b ? 'tt' : 'F'),
  first: () => (b) => (b ? b[0] : null),
  empty: () => (b) => (b ? [] : last),
  blank: () => (b) => (b ? '' : null),
  later: () => async (b) => b,
  laterNone: () => async () => null,
  gen: () => function* (b) { if (b) { yield b; yield 'g'; } else yield last; },
  agen: () => async function* (b) { if (b) { yield b; yield 'gg'; } else yield last; },
  nested: () => (b) => (b ? [b, ['x', [b[0]]]] : ['F']),
  count: () => { let n = 0; return (b) => (b ? (n++, b) : 'n'.repeat(n)); },
  throws: () => { let n = 0; return (b) => { if (b && ++n === 2) throw new Error('transform'); return b; }; },
  throwsAtEnd: () => (b) => { if (!b) throw new Error('flush'); return b; },
  rejects: () => async (b) => { if (!b) throw new Error('late'); return b; },
  bad: () => () => 5,
  badInside: () => (b) => (b ? [5] : null),
  oSame: () => ({ async *transform(s) { for await (const b of s) if (b) yield b; } }),
  oFlush: () => ({ async *transform(s) { for await (const b of s) yield b ?? 'O'; } }),
  oSplit: () => ({ async *transform(s) { for await (const b of s) if (b) for (const c of b) yield c; } }),
  oNested: () => ({ async *transform(s) { for await (const b of s) if (b) { yield [b, 'k']; yield ''; yield null; } } }),
  oOnce: () => ({ async *transform(s) { for await (const b of s) { yield b ?? 'O'; return; } } }),
  oThrows: () => ({ async *transform(s) { let n = 0; for await (const b of s) { if (++n === 2) throw new Error('object'); if (b) yield b; } } }),
  oNever: () => ({ transform() { return ['p', 'q']; } }),
  oSource: () => ({ transform(s) { return s; } }),
  oBad: () => ({ transform() { return 5; } }),
  oBadInside: () => ({ async *transform(s) { for await (const b of s) yield 5; } }),
  sSame: () => ({ *transform(s) { for (const b of s) if (b) yield b; } }),
  sFlush: () => ({ *transform(s) { for (const b of s) yield b ?? 'O'; } }),
  sSplit: () => ({ *transform(s) { for (const b of s) if (b) for (const c of b) yield c; } }),
  sOnce: () => ({ *transform(s) { for (const b of s) { yield b ?? 'O'; return; } } }),
  sThrows: () => ({ *transform(s) { let n = 0; for (const b of s) { if (++n === 2) throw new Error('object'); if (b) yield b; } } }),
};

function made(run, names) {
  const { number } = run;
  return names.map((name, place) => {
    if (name === 'tap') return iter.tap((b) => run.say(`tap ${number}.${place}`, 0, value(b)));
    if (name === 'tapSync') return iter.tapSync((b) => run.say(`tap ${number}.${place}`, 0, value(b)));
    if (name === 'watch') {
      const party = `watch ${number}.${place}`;
      let known = false;
      return (b, { signal }) => {
        if (!known) { known = true; signal.addEventListener('abort', () => run.say(party, 0, failure(signal.reason))); }
        return b;
      };
    }
    return transforms[name]();
  });
}

class Sink { // A writer of the user's own.
  constructor(run, name, has, failAt) {
    let calls = 0;
    const say = (what, ...rest) => {
      run.say(name, 0, [what, ...rest.map(value)]);
      if (calls++ === failAt) throw new Error('sink');
    };
    const all = {
      write: async (c) => say('write', c),
      writev: async (cs) => say('writev', cs),
      writeSync: (c) => { say('writeSync', c); return calls % 3 !== 0; },
      writevSync: (cs) => { say('writevSync', cs); return calls % 2 !== 0; },
      end: async () => { say('end'); return 7; },
      endSync: () => { say('endSync'); return calls % 2 ? -1 : 9; },
      fail: (e) => { run.say(name, 0, ['fail', failure(e)]); },
    };
    for (const method of has) this[method] = all[method];
  }
}

const operations = {
  source(run, name, kind, values, failAt) { run.things[name] = source(run, name, kind, values, failAt); },
  sink(run, name, has, failAt) { run.things[name] = new Sink(run, name, has, failAt); },
  push(run, writer, readable, options, names) {
    const made_ = iter.push(...made(run, names), run.options(options));
    run.things[writer] = made_.writer; run.things[readable] = made_.readable;
  },
  from(run, name, from) { run.answer(name, () => { run.things[name] = iter.from(run.thing(from)); return 'made'; }); },
  pull(run, name, from, names, options) {
    run.answer(name, () => { run.things[name] = iter.pull(run.thing(from), ...made(run, names), run.options(options)); return 'made'; });
  },
  merge(run, name, froms, options) {
    run.answer(name, () => { run.things[name] = iter.merge(...froms.map((from) => run.thing(from)), run.options(options)); return 'made'; });
  },
  broadcast(run, writer, name, options) {
    const made_ = iter.broadcast(run.options(options));
    run.things[writer] = made_.writer; run.things[name] = made_.broadcast;
  },
  broadcastFrom(run, name, from, options) {
    run.answer(name, () => { run.things[name] = iter.Broadcast.from(run.thing(from), run.options(options)).broadcast; return 'made'; });
  },
  consumer(run, name, of, method, names, options) {
    run.answer(name, () => { run.things[name] = run.thing(of)[method](...made(run, names), run.options(options)); return 'made'; });
  },
  share(run, name, from, options) {
    run.answer(name, () => { run.things[name] = iter.share(run.thing(from), run.options(options)); return 'made'; });
  },
  cancel(run, name, message) { run.answer(name, () => run.thing(name).cancel(...(message ? [new Error(message)] : []))); },
  count(run, name) { run.answer(name, () => run.thing(name).consumerCount); },
  duplex(run, a, b, options) {
    const ends = iter.duplex(run.options(options));
    [a, b].forEach((name, place) => {
      run.things[name] = ends[place]; run.things[`${name}.w`] = ends[place].writer; run.things[`${name}.r`] = ends[place].readable;
    });
  },
  close(run, name) { run.answer(`${name} close`, () => run.thing(name).close()); },
  iter(run, name, of) {
    if (of in run.things) run.things[name] = run.thing(of)[Symbol.asyncIterator]();
  },
  next(run, name, many) {
    const it = run.things[name];
    if (!it) return;
    if (run.busy[name] && !many) return run.say(name, run.number, ['busy']);
    run.busy[name] = (run.busy[name] ?? 0) + 1;
    const promise = run.answer(name, () => it.next(), (r) => (r.done ? 'done' : value(r.value)));
    promise?.then(() => run.busy[name]--);
  },
  return(run, name, many) {
    const it = run.things[name];
    if (!it) return;
    if (run.busy[name] && !many) return run.say(name, run.number, ['busy']);
    run.answer(name, () => it.return(), () => 'left');
  },
  write(run, w, c, options) { run.answer(`${w} write`, () => run.thing(w).write(chunk(c), run.options(options))); },
  writev(run, w, cs, options) { run.answer(`${w} write`, () => run.thing(w).writev(cs.map(chunk), run.options(options))); },
  writeSync(run, w, c) { run.answer(`${w} sync`, () => run.thing(w).writeSync(chunk(c))); },
  writevSync(run, w, cs) { run.answer(`${w} sync`, () => run.thing(w).writevSync(cs.map(chunk))); },
  end(run, w, options) { run.answer(`${w} end`, () => run.thing(w).end(run.options(options))); },
  endSync(run, w) { run.answer(`${w} sync`, () => run.thing(w).endSync()); },
  fail(run, w, message) { run.answer(`${w} sync`, () => run.thing(w).fail(new Error(message))); },
  canWrite(run, w) { run.answer(`${w} sync`, () => run.thing(w).canWrite); },
  ondrain(run, w) { run.answer(`${w} drain`, () => iter.ondrain(run.thing(w))); },
  unlessOver(run, name, [verb, ...rest]) {
    const over = (run.parties[name] ?? []).some(([, , o]) => o[0] === 'error' || o[1] === 'done' || o[1] === 'left');
    if (!over) operations[verb](run, ...rest);
  },
  abort(run, name, message) { run.signal(name); run.things[name].abort(...(message ? [new Error(message)] : [])); },
  release(run, name) { run.things[`gate ${name}`]?.shift()?.(); },
  consume(run, kind, from, options) {
    run.answer(`consume ${run.number}`, () => iter[kind](run.thing(from), run.options(options)));
  },
  consumeSync(run, kind, from, names, options) {
    run.answer(`consume ${run.number}`, () => iter[`${kind}Sync`](iter.pullSync(run.thing(from), ...made(run, names)), options));
  },
  batchesSync(run, from, names, most) {
    run.answer(`batches ${run.number}`, () => {
      const found = [];
      try { for (const b of iter.pullSync(run.thing(from), ...made(run, names))) { found.push(value(b)); if (found.length === most) break; } } catch (e) { found.push(failure(e)); }
      return found;
    });
  },
  shareSync(run, name, from, options) {
    run.answer(name, () => { run.things[name] = iter.shareSync(run.thing(from), options); return 'made'; });
  },
  iterSync(run, name, of, names) { if (of in run.things) run.things[name] = run.thing(of).pull(...made(run, names))[Symbol.iterator](); },
  nextSync(run, name) { if (run.things[name]) run.answer(name, () => run.thing(name).next(), (r) => (r.done ? 'done' : value(r.value))); },
  returnSync(run, name) { if (run.things[name]) run.answer(name, () => run.thing(name).return(), () => 'left'); },
  pipe(run, from, names, writer, options) {
    run.answer(`pipe ${run.number}`, () => iter.pipeTo(run.thing(from), ...made(run, names), run.thing(writer), run.options(options)));
  },
  pipeSync(run, from, names, writer, options) {
    run.answer(`pipe ${run.number}`, () => iter.pipeToSync(run.thing(from), ...made(run, names), run.thing(writer), options));
  },
};

async function runProgram(program) {
  const run = new Run();
  for (const [step, operation] of program.entries()) {
    run.step = step;
    for (const [verb, ...rest] of operation[0] === 'burst' ? operation[1] : [operation]) {
      operations[verb](run, ...rest);
      run.number++;
    }
    await settle();
  }
  return run.parties;
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try { answer = await runProgram(JSON.parse(line)); } catch (e) { answer = { broken: [[0, 0, String(e.stack)]] }; }
  process.stdout.write(JSON.stringify(answer) + '\n');
}
