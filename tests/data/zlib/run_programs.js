'use strict';
// Runs programs of compression: a JSON list on standard input, and what came of each on standard
// output. test_zlib.py says what a program is.

const zlib = require('node:zlib');
const { createHash } = require('node:crypto');

const camel = (name) => name.replace(/_(\w)/g, (_, c) => c.toUpperCase());

// The same bytes as `content` in test_zlib.py.
function content([kind, size]) {
  if (kind === 'zeros') return Buffer.alloc(size);
  const data = Buffer.alloc(size);
  let x = 12345;
  for (let i = 0; i < size; i++) {
    x = (Math.imul(x, 1103515245) + 12345) & 0x7fffffff;
    data[i] = kind === 'noise' ? x >> 16 : 97 + ((x >> 16) % 5) * ((i >> 3) % 3);
  }
  return data;
}

function options(given) {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [
    camel(name), name === 'dictionary' ? Buffer.from(value) : value,
  ]));
}

const told = (error) => ({ code: error.code, errno: error.errno ?? null, message: error.message });
const summary = (data) => [data.length, createHash('sha256').update(data).digest('hex')];

// [kind, options, [packed chunk in hex, ...]]: what a decompressor makes of it.
function unpack(program, done) {
  const stream = new zlib[program.kind](options(program.options));
  const sizes = [], chunks = [];
  let error = null, ended = false;
  stream.on('data', (chunk) => { sizes.push(chunk.length); chunks.push(chunk); });
  stream.on('error', (e) => { error = told(e); });
  stream.on('end', () => { ended = true; });
  stream.on('close', () => done({
    sizes, data: summary(Buffer.concat(chunks)), error, ended, used: stream.bytesWritten,
  }));
  const left = program.chunks.map((hex) => Buffer.from(hex, 'hex'));
  (function next() {
    if (left.length === 0) stream.end();
    else stream.write(left.shift(), (e) => e || next());
  })();
}

function unpackSync(program, done) {
  const data = Buffer.concat(program.chunks.map((hex) => Buffer.from(hex, 'hex')));
  try {
    const name = program.kind[0].toLowerCase() + program.kind.slice(1) + 'Sync';
    done({ data: summary(zlib[name](data, options(program.options))) });
  } catch (error) {
    done({ error: told(error) });
  }
}

// A compressor is asked for what it makes in each step; its output in hex, step by step.
function pack(program, done) {
  const stream = new zlib[program.kind](options(program.options));
  const steps = program.steps.slice();
  const made = [];
  let chunks = [], error = null;
  stream.on('data', (chunk) => chunks.push(chunk));
  stream.on('error', (e) => { error = told(e); });
  stream.on('close', () => {
    made.push(Buffer.concat(chunks).toString('hex'));
    done({ made, error, used: stream.bytesWritten });
  });
  (function next() {
    const [name, ...args] = steps.shift() ?? ['end'];
    const after = () => setImmediate(() => {
      made.push(Buffer.concat(chunks).toString('hex'));
      chunks = [];
      next();
    });
    if (name === 'end') stream.end();
    else if (name === 'write') stream.write(content(args), after);
    else if (name === 'reset') { stream.reset(); after(); }
    else stream[name](...args, after);
  })();
}

function make({ kind, options: given }, done) {
  try {
    new zlib[kind](options(given));
    done({});
  } catch (error) {
    done({ code: error.code });
  }
}

const programs = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
const answers = [];
(function next() {
  if (answers.length === programs.length) {
    process.stdout.write(JSON.stringify(answers));
    return;
  }
  const program = programs[answers.length];
  const run = { unpack, unpack_sync: unpackSync, pack, make }[program.do];
  run(program, (answer) => { answers.push(answer); setImmediate(next); });
})();
