'use strict';
// Merge files whose lines are sorted into one that is, as sort -m does; with -u, each line once.
//
//     node node.js [-n] [-u] FILE...
//
// -n: by the number that a line begins with.

const fs = require('fs');
const { Readable } = require('stream');
const { pipeline } = require('stream/promises');

async function* linesOf(path) {
  let rest = '';
  for await (const chunk of fs.createReadStream(path, 'utf8')) {
    rest += chunk;
    let from = 0;
    for (let end; (end = rest.indexOf('\n', from)) !== -1; from = end + 1) {
      yield rest.slice(from, end);
    }
    rest = rest.slice(from);
  }
  if (rest) yield rest;
}

async function* inOrder(path, key) {
  let number = 0;
  let last;
  for await (const line of linesOf(path)) {
    number++;
    const value = key(line);
    if (last !== undefined && value < last) {
      throw new RangeError(`${path}: line ${number} is out of order`);
    }
    last = value;
    yield { value, line };
  }
}

async function* merge(sources) {
  const heads = [];
  for (const source of sources) {
    const { value, done } = await source.next();
    if (!done) heads.push({ source, head: value });
  }
  while (heads.length > 0) {
    let least = 0;
    for (let i = 1; i < heads.length; i++) {
      if (heads[i].head.value < heads[least].head.value) least = i;
    }
    const { source, head } = heads[least];
    yield head.line;
    const { value, done } = await source.next();
    if (done) heads.splice(least, 1);
    else heads[least].head = value;
  }
}

async function* unique(lines) {
  let last = null;
  for await (const line of lines) {
    if (line !== last) yield line;
    last = line;
  }
}

async function main(args) {
  const flags = new Set();
  while (/^-[nu]$/.test(args[0])) flags.add(args.shift());
  const key = flags.has('-n') ? (line) => parseInt(line, 10) || 0 : (line) => line;
  const merged = merge(args.map((path) => inOrder(path, key)));
  const lines = flags.has('-u') ? unique(merged) : merged;
  await pipeline(
    Readable.from(lines),
    async function* (source) {
      for await (const line of source) yield line + '\n';
    },
    process.stdout,
  );
}

main(process.argv.slice(2)).catch((err) => {
  console.error(err.message);
  process.exitCode = 1;
});
