'use strict';
// Put a programme together from several files: some lines of the one, then some of another.
//
//     node node.js NAME=FILE... < plan
//
// A line of the plan is a NAME and a number of lines, or a * for all that are left. A file goes on
// where it was left.
const fs = require('fs');
const util = require('util');
const { Readable, Transform, pipeline } = require('stream');
const { text } = require('stream/consumers');

function Switcher(channels, plan) {
  Readable.call(this, { objectMode: true, highWaterMark: 1 });
  this.channels = channels;
  this.plan = plan;
  for (const name of Object.keys(channels)) {
    channels[name].on('error', (err) => this.destroy(err));
  }
}
util.inherits(Switcher, Readable);

Switcher.prototype._read = function () {
  if (this.plan.length === 0) return this.push(null);
  const step = this.plan[0];
  const channel = this.channels[step.name];
  if (step.count === 0 || channel.readableEnded) {
    this.plan.shift();
    if (step.count > 0 && step.count < Infinity) this.emit('short', step);
    return this._read();
  }
  const line = channel.read();
  if (line !== null) {
    step.count--;
    this.push(line);
    return;
  }
  const again = () => {
    channel.removeListener('readable', again);
    channel.removeListener('end', again);
    this._read();
  };
  channel.on('readable', again);
  channel.on('end', again);
};

Switcher.prototype._destroy = function (err, callback) {
  for (const name of Object.keys(this.channels)) this.channels[name].destroy();
  callback(err);
};

function lines() {
  let rest = '';
  return new Transform({
    decodeStrings: false,
    readableObjectMode: true,
    readableHighWaterMark: 4,
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

function parse(plan, channels) {
  return plan.split('\n').filter(Boolean).map((line, index) => {
    const [name, count = ''] = line.split(' ');
    if (!Object.hasOwn(channels, name)) throw new Error(`line ${index + 1}: there is no ${name}`);
    if (!/^(\*|\d+)$/.test(count)) throw new Error(`line ${index + 1}: how many?`);
    return { name, count: count === '*' ? Infinity : Number(count) };
  });
}

text(process.stdin).then((written) => {
  const channels = {};
  const names = process.argv.slice(2).map((arg) => arg.split('='));
  const plan = parse(written, Object.fromEntries(names));
  for (const [name, file] of names) {
    channels[name] = pipeline(fs.createReadStream(file, 'utf8'), lines(), () => {});
  }
  const switcher = new Switcher(channels, plan);
  switcher.on('short', ({ name, count }) => console.error(`${name} is ${count} short`));
  switcher.on('data', (line) => console.log(line));
  switcher.on('error', (err) => {
    console.error(`${err.path}: ${err.code}`);
    process.exitCode = 2;
  });
}).catch((err) => {
  console.error(err.message);
  process.exitCode = 1;
});
