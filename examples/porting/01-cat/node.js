'use strict';
// Print files one after the other, as cat does. `-` is standard input; -n numbers the lines.
//
//     node node.js [-n] [FILE...]

const fs = require('fs');
const { Transform } = require('stream');

class NumberLines extends Transform {
  constructor() {
    super();
    this.count = 0;
    this.atStart = true;
  }

  _transform(chunk, encoding, callback) {
    let text = '';
    for (const line of chunk.toString('latin1').split(/(?<=\n)/)) {
      if (this.atStart) text += String(++this.count).padStart(6) + '\t';
      text += line;
      this.atStart = line.endsWith('\n');
    }
    callback(null, Buffer.from(text, 'latin1'));
  }
}

function open(name) {
  return name === '-' ? process.stdin : fs.createReadStream(name);
}

function cat(names, output, done) {
  if (names.length === 0) return done();
  const [name, ...rest] = names;
  const source = open(name);
  source.on('error', (err) => {
    console.error(`cat: ${name}: ${err.code}`);
    process.exitCode = 1;
    cat(rest, output, done);
  });
  source.on('end', () => cat(rest, output, done));
  source.pipe(output, { end: false });
}

const args = process.argv.slice(2);
const numbered = args[0] === '-n';
const names = numbered ? args.slice(1) : args;

let output = process.stdout;
if (numbered) {
  output = new NumberLines();
  output.pipe(process.stdout);
}
process.stdout.on('error', (err) => {
  console.error(`cat: ${err.code}`);
  process.exit(2);
});
cat(names.length > 0 ? names : ['-'], output, () => {
  if (numbered) output.end();
});
