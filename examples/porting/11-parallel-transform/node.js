'use strict';
// Print the SHA-256 of files, several at a time, in the order in which they are named.
//
//     node node.js [-j JOBS] < NAMES

const crypto = require('crypto');
const fs = require('fs');
const { Transform, pipeline } = require('stream');

class ParallelTransform extends Transform {
  constructor(jobs, work) {
    super({ objectMode: true });
    this.jobs = jobs;
    this.work = work;
    this.running = 0;
    this.results = []; // In order; null for what is not done yet.
    this.waiting = null; // The callback of a chunk that had to wait for a job to end.
    this.flushed = null;
  }

  _transform(chunk, encoding, callback) {
    const slot = { done: false, value: undefined };
    this.results.push(slot);
    this.running++;
    this.work(chunk, (err, value) => {
      if (err) return this.destroy(err);
      slot.done = true;
      slot.value = value;
      this.running--;
      this.settle();
    });
    if (this.running < this.jobs) return callback();
    this.waiting = callback;
  }

  settle() {
    while (this.results.length > 0 && this.results[0].done) {
      this.push(this.results.shift().value);
    }
    if (this.waiting && this.running < this.jobs) {
      const callback = this.waiting;
      this.waiting = null;
      callback();
    }
    if (this.flushed && this.results.length === 0) {
      const callback = this.flushed;
      this.flushed = null; // What follows may settle once more.
      callback();
    }
  }

  _flush(callback) {
    this.flushed = callback;
    this.settle();
  }
}

function lines() {
  let rest = '';
  return new Transform({
    readableObjectMode: true,
    transform(chunk, encoding, callback) {
      const found = (rest + chunk).split('\n');
      rest = found.pop();
      found.forEach((line) => this.push(line));
      callback();
    },
    flush(callback) {
      callback(null, rest || undefined);
    },
  });
}

function hashFile(name, done) {
  const hash = crypto.createHash('sha256');
  pipeline(fs.createReadStream(name), hash, (err) => {
    done(err, err ? undefined : `${hash.digest('hex')}  ${name}\n`);
  });
}

const args = process.argv.slice(2);
const jobs = args[0] === '-j' ? Number(args[1]) : 4;
pipeline(process.stdin, lines(), new ParallelTransform(jobs, hashFile), process.stdout, (err) => {
  if (!err) return;
  console.error(err.message);
  process.exitCode = 1;
});
