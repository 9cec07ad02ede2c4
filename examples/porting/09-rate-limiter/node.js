'use strict';
// Copy standard input to standard output, no faster than so many bytes a second.
//
//     node node.js [--burst BYTES] RATE
//
// A bucket of tokens: it holds a burst, fills up at the rate, and each byte takes one.

var stream = require('stream');
var util = require('util');

function RateLimiter(rate, burst, options) {
  if (!(rate > 0)) throw new RangeError('the rate must be above 0');
  stream.Transform.call(this, options);
  this.rate = rate;
  this.burst = burst || rate;
  this.tokens = this.burst;
  this.filledAt = Date.now();
  this.timer = null;
  this.passed = 0;
}
util.inherits(RateLimiter, stream.Transform);

RateLimiter.prototype.fill = function () {
  var now = Date.now();
  var more = ((now - this.filledAt) / 1000) * this.rate;
  this.tokens = Math.min(this.burst, this.tokens + more);
  this.filledAt = now;
};

RateLimiter.prototype._transform = function (chunk, encoding, callback) {
  this.fill();
  var some = Math.min(chunk.length, Math.floor(this.tokens));
  if (some > 0) {
    this.tokens -= some;
    this.passed += some;
    this.push(chunk.slice(0, some));
    chunk = chunk.slice(some);
  }
  if (chunk.length === 0) return callback();
  var self = this;
  var wanted = Math.min(chunk.length, this.burst) - this.tokens;
  this.timer = setTimeout(function () {
    self.timer = null;
    self._transform(chunk, encoding, callback);
  }, Math.ceil((wanted / this.rate) * 1000));
};

RateLimiter.prototype._destroy = function (err, callback) {
  clearTimeout(this.timer);
  callback(err);
};

var args = process.argv.slice(2);
var burst = args[0] === '--burst' ? Number(args.splice(0, 2)[1]) : undefined;
var limiter;
try {
  limiter = new RateLimiter(Number(args[0]), burst, { highWaterMark: 16 * 1024 });
} catch (err) {
  console.error(err.message);
  process.exit(2);
}

stream.pipeline(process.stdin, limiter, process.stdout, function (err) {
  console.error(err ? 'broken off: ' + err.code : limiter.passed + ' bytes');
  if (err) process.exitCode = 1;
});
