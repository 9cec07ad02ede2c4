'use strict';
// Print the last lines of a log, and what is added to it while a command runs.
//
//     node node.js LINES FILE [COMMAND [ARGUMENT]...]
//
// It ends with the command, and with its status. A log that is cut short is read from its start.
const { spawn } = require('child_process');
const fs = require('fs');
const { Readable, pipeline } = require('stream');

const LOOK_EVERY = 20; // milliseconds

class Tail extends Readable {
  constructor(path, lines, options) {
    super(options);
    this.path = path;
    this.lines = lines;
    this.fd = null;
    this.position = 0;
    this.timer = null;
    this.stopping = false;
  }

  _construct(callback) {
    fs.open(this.path, 'r', (err, fd) => {
      if (err) return callback(err);
      this.fd = fd;
      this.position = startOfLast(fd, this.lines);
      callback();
    });
  }

  _read(size) {
    if (fs.fstatSync(this.fd).size < this.position) this.position = 0;
    fs.read(this.fd, Buffer.alloc(size), 0, size, this.position, (err, count, data) => {
      if (err) return this.destroy(err);
      if (count > 0) {
        this.position += count;
        this.push(data.subarray(0, count));
      } else if (this.stopping) {
        this.push(null);
      } else {
        this.timer = setTimeout(() => this._read(size), LOOK_EVERY);
        this.emit('waiting');
      }
    });
  }

  _destroy(err, callback) {
    clearTimeout(this.timer);
    if (this.fd === null) return callback(err);
    fs.close(this.fd, (failure) => callback(err || failure));
  }

  // Read what there is by now, and no more.
  stop() {
    this.stopping = true;
  }
}

function startOfLast(fd, lines) {
  const block = Buffer.alloc(4096);
  const { size } = fs.fstatSync(fd);
  let found = 0;
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - block.length);
    fs.readSync(fd, block, 0, end - start, start);
    for (let i = end - 1; i >= start; i--) {
      if (block[i - start] === 10 && i !== size - 1 && ++found === lines) return i + 1;
    }
    end = start;
  }
  return 0;
}

const [lines, path, command, ...args] = process.argv.slice(2);
const tail = new Tail(path, Number(lines));
tail.once('waiting', () => {
  if (!command) return tail.stop();
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  child.on('error', (err) => tail.destroy(err));
  child.on('exit', (code) => {
    process.exitCode = code === null ? 1 : code;
    tail.stop();
  });
});
pipeline(tail, process.stdout, (err) => {
  if (!err) return;
  console.error(`${err.path}: ${err.code}`);
  process.exitCode = 2;
});
