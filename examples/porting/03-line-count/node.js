// Count the lines, words and bytes of files, as wc does.
//
//     node node.js [FILE...]

var fs = require('fs');
var stream = require('stream');
var util = require('util');

var NEWLINE = 10;

function Counter(options) {
  if (!(this instanceof Counter)) return new Counter(options);
  stream.Writable.call(this, options);
  this.lines = 0;
  this.words = 0;
  this.bytes = 0;
  this._inWord = false;
}
util.inherits(Counter, stream.Writable);

Counter.prototype._write = function (chunk, encoding, callback) {
  this.bytes += chunk.length;
  for (var i = 0; i < chunk.length; i++) {
    var byte = chunk[i];
    if (byte === NEWLINE) this.lines++;
    var isSpace = byte === 32 || (byte >= 9 && byte <= 13);
    if (!isSpace && !this._inWord) this.words++;
    this._inWord = !isSpace;
  }
  callback();
};

var total = { lines: 0, words: 0, bytes: 0 };
var names = process.argv.slice(2);

function show(count, name) {
  var columns = [count.lines, count.words, count.bytes].map(function (n) {
    return String(n).padStart(8);
  });
  console.log(columns.join('') + (name ? ' ' + name : ''));
}

function countNext(index) {
  if (index === names.length) {
    if (names.length > 1) show(total, 'total');
    return;
  }
  var name = names[index];
  var counter = Counter();
  var source = fs.createReadStream(name);
  stream.pipeline(source, counter, function (err) {
    if (err) {
      console.error('wc: ' + err.message);
      process.exitCode = 1;
    } else {
      for (var key in total) total[key] += counter[key];
      show(counter, name);
    }
    countNext(index + 1);
  });
}

if (names.length === 0) {
  var input = Counter({ highWaterMark: 1024 });
  process.stdin.pipe(input).on('finish', function () {
    show(input);
  });
} else {
  countNext(0);
}
