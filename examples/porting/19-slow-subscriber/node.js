'use strict';
// Hand every line of standard input to several files, at the pace of the slowest.
//
//     node node.js FILE[:MS]... < lines
//
// MS is how long one line takes the subscriber that writes FILE. One that fails is left out, and the
// others go on.
const fs = require('fs');
const readline = require('readline');
const { Writable, pipeline } = require('stream');

const AHEAD = 4; // how many lines a subscriber may be behind

class Subscriber extends Writable {
  constructor(path, delay) {
    super({ objectMode: true, highWaterMark: AHEAD });
    this.path = path;
    this.delay = delay;
    this.lines = 0;
    this.furthestBehind = 0;
    this.file = fs.createWriteStream(path);
    this.file.on('error', (err) => this.destroy(err));
  }

  _write(line, encoding, callback) {
    this.furthestBehind = Math.max(this.furthestBehind, this.writableLength);
    setTimeout(() => {
      this.lines++;
      this.file.write(line + '\n', callback);
    }, this.delay);
  }

  _final(callback) {
    this.file.end(callback);
  }

  _destroy(err, callback) {
    this.file.destroy();
    callback(err);
  }
}

class Hub extends Writable {
  constructor(subscribers) {
    super({ objectMode: true, highWaterMark: 1 });
    this.subscribers = new Set(subscribers);
    for (const subscriber of subscribers) {
      subscriber.on('error', (err) => this._leave(subscriber, err));
    }
  }

  _leave(subscriber, err) {
    this.subscribers.delete(subscriber);
    this.emit('left', subscriber, err);
  }

  _write(line, encoding, callback) {
    const full = [...this.subscribers].filter((subscriber) => !subscriber.write(line));
    this._all(full, 'drain', callback);
  }

  _final(callback) {
    const left = [...this.subscribers];
    this._all(left, 'close', callback);
    for (const subscriber of left) subscriber.end();
  }

  // Call back when each of them has emitted the event, or is gone.
  _all(subscribers, event, callback) {
    const waiting = new Set(subscribers);
    if (waiting.size === 0) return callback();
    for (const subscriber of subscribers) {
      const done = () => {
        subscriber.off(event, done).off('close', done);
        if (waiting.delete(subscriber) && waiting.size === 0) callback();
      };
      subscriber.on(event, done).on('close', done);
    }
  }
}

const subscribers = process.argv.slice(2).map((arg) => {
  const [path, delay] = arg.split(':');
  return new Subscriber(path, Number(delay || 0));
});
const hub = new Hub(subscribers);
hub.on('left', (subscriber, err) => {
  console.error(`${subscriber.path}: ${err.code}`);
  process.exitCode = 1;
});
pipeline(readline.createInterface({ input: process.stdin }), hub, (err) => {
  if (err) throw err;
  for (const { path, lines, furthestBehind, errored } of subscribers) {
    const pace = furthestBehind <= AHEAD ? 'kept up with' : 'overrun';
    console.log(errored ? `${path}: left out` : `${path}: ${lines} lines, ${pace}`);
  }
});
