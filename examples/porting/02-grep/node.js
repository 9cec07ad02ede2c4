'use strict';
// Print the lines of files that match a pattern.
//
//     node node.js [-i] [-n] [-v] [-c] PATTERN [FILE...]
//
// -i: whatever the case; -n: with numbers; -v: those that do not match; -c: only how many.
// Exits with 0 if there were any, with 1 if not, and with 2 if something went wrong.

const fs = require('node:fs');
const readline = require('node:readline');
const { once } = require('node:events');

const options = { ignoreCase: false, numbers: false, invert: false, count: false };
const letters = { i: 'ignoreCase', n: 'numbers', v: 'invert', c: 'count' };

async function print(text) {
  if (!process.stdout.write(`${text}\n`)) await once(process.stdout, 'drain');
}

async function grep(pattern, name, prefix) {
  const input = name === '-' ? process.stdin : fs.createReadStream(name);
  const lines = readline.createInterface({ input, crlfDelay: Infinity });
  let number = 0;
  let found = 0;
  for await (const line of lines) {
    number++;
    if (pattern.test(line) === options.invert) continue;
    found++;
    if (!options.count) await print(prefix + (options.numbers ? `${number}:` : '') + line);
  }
  if (options.count) await print(`${prefix}${found}`);
  return found;
}

async function main() {
  const args = process.argv.slice(2);
  while (args.length && /^-[invc]+$/.test(args[0])) {
    for (const letter of args.shift().slice(1)) options[letters[letter]] = true;
  }
  const [text, ...names] = args;
  if (text === undefined) {
    console.error('usage: grep [-i] [-n] [-v] [-c] PATTERN [FILE...]');
    return 2;
  }
  const pattern = new RegExp(text, options.ignoreCase ? 'i' : '');
  if (names.length === 0) names.push('-');

  let found = 0;
  let failed = false;
  for (const name of names) {
    try {
      found += await grep(pattern, name, names.length > 1 ? `${name}:` : '');
    } catch (err) {
      console.error(`grep: ${name}: ${err.code}`);
      failed = true;
    }
  }
  if (failed) return 2;
  return found > 0 ? 0 : 1;
}

process.stdout.on('error', (err) => process.exit(err.code === 'EPIPE' ? 0 : 2));

main().then((code) => {
  process.exitCode = code;
});
