'use strict';
// A store of names and values, to talk to.
//
//     node node.js [FILE]
//
// FILE is loaded first. `help` tells the commands.
const fs = require('fs');
const readline = require('readline');
const { Readable } = require('stream');
const { pipeline } = require('stream/promises');

const COMMANDS = {
  async help() {
    return Object.keys(COMMANDS).join(' ');
  },

  async set(store, name, ...words) {
    if (!name) throw new Error('set what?');
    store.set(name, words.join(' '));
  },

  async get(store, name = '') {
    if (!store.has(name)) throw new Error(`there is no ${name}`);
    return store.get(name);
  },

  async del(store, ...names) {
    return names.filter((name) => store.delete(name)).length;
  },

  async list(store) {
    return [...store].map(([name, value]) => `${name} = ${value}`).join('\n') || 'nothing';
  },

  async load(store, file) {
    if (!file) throw new Error('load what?');
    const input = fs.createReadStream(file);
    let count = 0;
    for await (const line of readline.createInterface({ input, crlfDelay: Infinity })) {
      const [name, ...words] = line.split(' ');
      store.set(name, words.join(' '));
      count++;
    }
    return `${count} loaded`;
  },

  async save(store, file) {
    if (!file) throw new Error('save where?');
    const lines = Readable.from(store).map(([name, value]) => `${name} ${value}\n`);
    await pipeline(lines, fs.createWriteStream(file));
    return `${store.size} saved`;
  },
};

async function evaluate(store, line) {
  const [command, ...args] = line.trim().split(/\s+/);
  if (!Object.hasOwn(COMMANDS, command)) throw new Error(`${command}? Try help.`);
  const answer = await COMMANDS[command](store, ...args);
  if (answer !== undefined) console.log(answer);
}

async function main(file) {
  const store = new Map();
  let failures = 0;
  if (file) await evaluate(store, `load ${file}`);
  process.stdout.write('> ');
  for await (const line of readline.createInterface({ input: process.stdin })) {
    if (line === 'exit') return failures;
    try {
      if (line.trim()) await evaluate(store, line);
    } catch (err) {
      failures++;
      console.log(`! ${err.code || err.message}`);
    }
    process.stdout.write('> ');
  }
  console.log();
  return failures;
}

main(process.argv[2]).then(
  (failures) => process.exit(failures ? 1 : 0),
  (err) => {
    console.error(err.code || err.message);
    process.exit(2);
  },
);
