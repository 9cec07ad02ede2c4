'use strict';
// Run programs, each reading what the one before writes, as a shell does, and tell how each ended.
//
//     node node.js CMD [ARG...] [@ CMD [ARG...]]...
//
// Exits with the status of the last one that failed, or with 0.

const { spawn } = require('child_process');

function splitAt(args, separator) {
  const parts = [[]];
  for (const arg of args) {
    if (arg === separator) parts.push([]);
    else parts[parts.length - 1].push(arg);
  }
  return parts;
}

function start([program, ...args], input, output) {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => {
    child.once('error', (err) => resolve({ text: err.code, status: 127 }));
    child.once('close', (code, signal) => {
      resolve({ text: signal || `status ${code}`, status: signal ? 128 : code });
    });
  });
  child.stdin.on('error', (err) => {
    // A program that has read enough is no failure.
    if (err.code !== 'EPIPE' && err.code !== 'ECONNRESET') throw err;
  });
  // Nobody reads what the one before writes any more.
  child.stdin.on('close', () => input.destroy());
  input.pipe(child.stdin);
  if (output) child.stdout.pipe(output);
  return { child, ended };
}

async function main() {
  const commands = splitAt(process.argv.slice(2), '@');
  const running = [];
  let input = process.stdin;
  commands.forEach((command, index) => {
    const isLast = index === commands.length - 1;
    const { child, ended } = start(command, input, isLast ? process.stdout : null);
    running.push(ended);
    input = child.stdout;
  });

  let exitStatus = 0;
  const results = await Promise.all(running);
  results.forEach(({ text, status }, index) => {
    console.error(`${commands[index][0]}: ${text}`);
    if (status !== 0) exitStatus = status;
  });
  return exitStatus;
}

main().then((status) => process.exit(status));
