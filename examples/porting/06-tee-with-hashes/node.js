'use strict';
// Copy standard input to standard output and to files, and tell what its hashes are.
//
//     node node.js [-a] [--hash sha256,md5] [FILE...] < INPUT
//
// -a appends to the files.

const crypto = require('crypto');
const fs = require('fs');
const { Transform } = require('stream');

class Hashing extends Transform {
  constructor(algorithms, options) {
    super(options);
    this.hashes = new Map(algorithms.map((name) => [name, crypto.createHash(name)]));
    this.bytes = 0;
  }

  _transform(chunk, encoding, callback) {
    this.bytes += chunk.length;
    for (const hash of this.hashes.values()) hash.update(chunk);
    this.push(chunk);
    callback();
  }

  _flush(callback) {
    for (const [name, hash] of this.hashes) this.emit('digest', name, hash.digest('hex'));
    callback();
  }
}

let append = false;
let algorithms = ['sha256'];
const files = [];
for (const args = process.argv.slice(2); args.length > 0; ) {
  const arg = args.shift();
  if (arg === '-a') append = true;
  else if (arg === '--hash') algorithms = args.shift().split(',');
  else files.push(arg);
}

let hashing;
try {
  hashing = new Hashing(algorithms);
} catch (err) {
  console.error(`no such hash among ${algorithms.join(', ')}`);
  process.exit(2);
}

const digests = [];
hashing.on('digest', (name, value) => digests.push(`${name} ${value}`));
process.stdin.pipe(hashing);

let open = files.length;
function closed() {
  if (--open >= 0) return;
  console.error(`${hashing.bytes} bytes`);
  for (const line of digests.sort()) console.error(line);
}

for (const name of files) {
  const file = fs.createWriteStream(name, { flags: append ? 'a' : 'w' });
  // A destination that fails is unpiped; the others go on.
  file.on('error', (err) => {
    console.error(`tee: ${name}: ${err.code}`);
    process.exitCode = 1;
  });
  file.on('close', closed);
  hashing.pipe(file);
}
hashing.pipe(process.stdout);
hashing.on('end', closed);
