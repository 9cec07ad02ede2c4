'use strict';
// Use other programs as stages of a pipeline.
//
//     node node.js COMMAND [ARGUMENT]... [:: COMMAND [ARGUMENT]...]... < input > output
//
// One that fails ends the others, and its status is told.
const { spawn } = require('child_process');
const { Duplex, pipeline } = require('stream');

class Program extends Duplex {
  constructor(command, ...args) {
    super();
    this.child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.input = this.child.stdin;
    this.output = this.child.stdout;
    this.child.on('error', (err) => this.destroy(err));
    this.child.on('close', (code, signal) => {
      if (code === 0) this.push(null);
      else this.destroy(new Error(`${command} ended with ${code === null ? signal : code}`));
    });
    this.output.on('data', (chunk) => {
      if (!this.push(chunk)) this.output.pause();
    });
    // A program that has read enough is no failure: its status says whether it is one.
    this.input.on('error', (err) => {
      if (err.code !== 'EPIPE') this.destroy(err);
    });
  }

  _read() {
    this.output.resume();
  }

  _write(chunk, encoding, callback) {
    if (this.input.destroyed || this.input.write(chunk)) return callback();
    const go = () => {
      this.input.off('drain', go).off('close', go);
      callback();
    };
    this.input.on('drain', go).on('close', go);
  }

  _final(callback) {
    this.input.end();
    callback();
  }

  _destroy(err, callback) {
    this.output.destroy();
    this.input.destroy();
    this.child.kill();
    callback(err);
  }
}

const commands = [[]];
for (const arg of process.argv.slice(2)) {
  if (arg === '::') commands.push([]);
  else commands[commands.length - 1].push(arg);
}
const stages = commands.map((command) => new Program(...command));
pipeline([process.stdin, ...stages, process.stdout], (err) => {
  if (!err) return;
  console.error(err.code || err.message);
  process.exitCode = 1;
});
