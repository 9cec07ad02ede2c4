'use strict';
// Runs the programs of test modules: their sources come in as one JSON object, what they said
// goes out as another. Each program has Node to itself until nothing of it is left to do.

const child_process = require('node:child_process');
const events = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const https = require('node:https');
const net = require('node:net');
const readline = require('node:readline');
const stream = require('node:stream');
const promises = require('node:stream/promises');
const tls = require('node:tls');

const TURNS_AT_REST = 25;

// What is in one of the files of tests/data/tls.
const pem = (name) => fs.readFileSync(`${__dirname}/../data/tls/${name}`, 'latin1');

const GIVEN = {
  ...stream,
  child_process,
  readline,
  EventEmitter: events.EventEmitter,
  events,
  http,
  https,
  net,
  pem,
  promises,
  tls,
  nextTick: process.nextTick,
  later: setImmediate,
  turn: () => new Promise(setImmediate),
};

let said;
let crashed;

function shown(value) {
  if (value === undefined || value === null) return null;
  if (value instanceof Error) return { error: value.code || value.message };
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('latin1') };
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shown(one)]));
  }
  return value;
}

function say(...values) {
  if (!crashed) said.push(values.map(shown));
}

function crash(error) {
  say('uncaught', error);
  crashed = true;
}

process.on('uncaughtException', crash);
process.on('unhandledRejection', crash);

// Of what takes longer than some turns, Node knows: a program is over when no socket is left.
function isConnected() {
  const open = process.getActiveResourcesInfo();
  return open.some((kind) => /^(TCP|GetAddrInfo|ConnectWrap|Timeout)/.test(kind));
}

async function tell(source) {
  said = [];
  crashed = false;
  const names = Object.keys(GIVEN);
  const program = new Function('say', ...names, `return (async () => {\n${source}\n})()`);
  await new Promise((resolve) => {
    setImmediate(() => {
      program(say, ...names.map((name) => GIVEN[name])).catch(crash).finally(resolve);
    });
  });
  for (let turn = 0; turn < TURNS_AT_REST || isConnected(); turn++) await GIVEN.turn();
  return said;
}

async function main() {
  const parts = [];
  for await (const part of process.stdin) parts.push(part);
  const answers = {};
  for (const [name, source] of Object.entries(JSON.parse(Buffer.concat(parts)))) {
    answers[name] = await tell(source);
  }
  process.stdout.write(JSON.stringify(answers));
}

main().catch((error) => {
  // A program that is no JavaScript, say.
  process.stderr.write(`${error.stack}\n`, () => process.exit(1));
});
