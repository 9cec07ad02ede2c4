'use strict';
// Write standard input to a log, and begin a new one when it is full.
//
//     node node.js [--size BYTES] [--keep N] LOG
//
// LOG.1 is the one before, LOG.2 the one before that; those behind N are removed. No line is cut.

const fs = require('fs');
const { Transform, Writable, pipeline } = require('stream');

class RotatingLog extends Writable {
  constructor(path, { size = 1000, keep = 3 } = {}) {
    super({ decodeStrings: false });
    this.path = path;
    this.size = size;
    this.keep = keep;
    this.written = 0;
    this.file = null;
    this.rotations = 0;
  }

  _construct(callback) {
    fs.stat(this.path, (err, stats) => {
      this.written = err ? 0 : stats.size;
      this.open('a', callback);
    });
  }

  open(flags, callback) {
    const file = fs.createWriteStream(this.path, { flags });
    file.once('error', callback);
    file.once('open', () => {
      file.off('error', callback);
      file.on('error', (err) => this.destroy(err));
      this.file = file;
      callback();
    });
  }

  _write(line, encoding, callback) {
    const length = Buffer.byteLength(line);
    if (this.written > 0 && this.written + length > this.size) {
      this.rotate((err) => (err ? callback(err) : this._write(line, encoding, callback)));
      return;
    }
    this.written += length;
    if (this.file.write(line)) callback();
    else this.file.once('drain', callback);
  }

  rotate(callback) {
    this.file.end(() => {
      const shift = (number) => {
        const from = number === 1 ? this.path : `${this.path}.${number - 1}`;
        if (number === 0) {
          this.written = 0;
          this.rotations++;
          return this.open('w', callback);
        }
        fs.rename(from, `${this.path}.${number}`, (err) => {
          if (err && err.code !== 'ENOENT') return callback(err);
          shift(number - 1);
        });
      };
      shift(this.keep);
    });
  }

  _final(callback) {
    this.file.end(callback);
  }
}

const lines = new Transform({
  readableObjectMode: true,
  construct(callback) {
    this.rest = Buffer.alloc(0);
    callback();
  },
  transform(chunk, encoding, callback) {
    let rest = Buffer.concat([this.rest, chunk]);
    for (let end; (end = rest.indexOf('\n')) >= 0; rest = rest.subarray(end + 1)) {
      this.push(rest.subarray(0, end + 1));
    }
    this.rest = rest;
    callback();
  },
  flush(callback) {
    if (this.rest.length > 0) this.push(this.rest);
    callback();
  },
});

const options = {};
const args = process.argv.slice(2);
while (args.length > 1) options[args.shift().slice(2)] = Number(args.shift());
const log = new RotatingLog(args[0], options);
pipeline(process.stdin, lines, log, (err) => {
  if (err) {
    console.error(`${err.syscall}: ${err.code}`);
    process.exitCode = 1;
  } else {
    console.log(`${log.rotations} rotations, ${log.written} bytes in ${log.path}`);
  }
});
