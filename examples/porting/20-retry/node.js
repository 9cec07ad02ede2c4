'use strict';
// Copy a file from an unreliable place: where the reading breaks off, it goes on.
//
//     node node.js SOURCE TARGET [CHUNKS [BREAKS]]
//
// To try it out, the first BREAKS connections are reset after so many CHUNKS of 1 KiB.
const fs = require('fs');
const util = require('util');
const { Readable, Transform, pipeline } = require('stream');

function Retrying(open, options) {
  if (!(this instanceof Retrying)) return new Retrying(open, options);
  options = Object.assign({ tries: 4, delay: 5 }, options);
  Readable.call(this, { highWaterMark: options.highWaterMark });
  this.open = open;
  this.tries = options.tries;
  this.delay = options.delay;
  this.offset = 0;
  this.failures = 0;
  this.source = null;
  this.timer = null;
}
util.inherits(Retrying, Readable);

Retrying.prototype._read = function () {
  if (this.source) this.source.resume();
  else if (!this.timer) this.connect();
};

Retrying.prototype.connect = function () {
  const self = this;
  this.timer = null;
  this.source = this.open(this.offset);
  this.source.on('data', function (chunk) {
    self.offset += chunk.length;
    self.failures = 0;
    if (!self.push(chunk)) this.pause();
  });
  this.source.on('end', function () {
    self.push(null);
  });
  this.source.on('error', function (err) {
    self.again(err);
  });
};

Retrying.prototype.again = function (err) {
  this.source = null;
  this.failures += 1;
  if (err.code !== 'ECONNRESET' || this.failures === this.tries) return this.destroy(err);
  const delay = this.delay * 2 ** (this.failures - 1);
  this.emit('retry', err, this.offset, delay);
  this.timer = setTimeout(() => this.connect(), delay);
};

Retrying.prototype._destroy = function (err, callback) {
  clearTimeout(this.timer);
  if (this.source) this.source.destroy();
  callback(err);
};

const [source, target, chunks = Infinity, breaks = 0] = process.argv.slice(2);
let connections = 0;

function connect(offset) {
  const file = fs.createReadStream(source, { start: offset, highWaterMark: 1024 });
  const breaksOff = ++connections <= Number(breaks);
  let left = Number(chunks);
  const line = new Transform({
    transform(chunk, encoding, callback) {
      if (!breaksOff || left-- > 0) return callback(null, chunk);
      callback(Object.assign(new Error('connection reset'), { code: 'ECONNRESET' }));
    },
  });
  return pipeline(file, line, () => {});
}

const retrying = Retrying(connect, { tries: 4 });
retrying.on('retry', (err, offset, delay) => {
  console.log(`${err.code} at ${offset}: again in ${delay} ms`);
});
pipeline(retrying, fs.createWriteStream(target), (err) => {
  if (!err) return console.log(`${retrying.offset} bytes by ${connections} connections`);
  console.error(`given up at ${retrying.offset}: ${err.code}`);
  fs.unlinkSync(target);
  process.exit(1);
});
