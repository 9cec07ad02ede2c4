'use strict';
// Keep what a command prints, unless it takes too long.
//
//     node node.js MS FILE COMMAND [ARGUMENT]...
//
// It exits as timeout(1) does: with the status of the command; with 124 when the time is over, and
// then there is no FILE; with 127 if there is no such command.
const { spawn } = require('child_process');
const { once } = require('events');
const fs = require('fs');
const { pipeline } = require('stream/promises');

async function keep(file, command, args, signal) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], signal });
  await once(child, 'spawn');
  const [[code]] = await Promise.all([
    once(child, 'close'),
    pipeline(child.stdout, fs.createWriteStream(file), { signal }),
  ]);
  return code;
}

async function main(ms, file, command, ...args) {
  if (!command) {
    console.error('usage: node.js MS FILE COMMAND [ARGUMENT]...');
    return 125;
  }
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), Number(ms));
  try {
    const code = await keep(file, command, args, controller.signal);
    console.log(`${fs.statSync(file).size} bytes in ${file}`);
    return code;
  } catch (err) {
    if (err.name === 'AbortError') {
      console.error(`${command}: not done after ${ms} ms`);
      fs.rmSync(file, { force: true });
      return 124;
    }
    console.error(`${command}: ${err.code}`);
    return err.code === 'ENOENT' && err.syscall.startsWith('spawn') ? 127 : 126;
  } finally {
    clearTimeout(timer);
  }
}

main(...process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
