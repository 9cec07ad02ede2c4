'use strict';
// Download a file, no faster than so many bytes a second.
//
//     node node.js [--rate BYTES] URL FILE
//
// What is not whole is removed. Redirections are followed, up to five of them.

const fs = require('fs');
const http = require('http');
const { Transform, pipeline } = require('stream');

function throttle(rate) {
  let due = 0;
  return new Transform({
    transform(chunk, encoding, callback) {
      const now = Date.now();
      const wait = Math.max(0, due - now);
      due = Math.max(due, now) + (chunk.length / rate) * 1000;
      setTimeout(callback, wait, null, chunk);
    },
  });
}

function get(url, redirections, callback) {
  const request = http.get(url, { agent: false }, (response) => {
    const { statusCode, headers } = response;
    if (statusCode >= 300 && statusCode < 400 && headers.location) {
      response.resume();
      if (redirections === 0) return callback(new Error('too many redirections'));
      return get(new URL(headers.location, url), redirections - 1, callback);
    }
    if (statusCode !== 200) {
      response.resume();
      return callback(new Error(`status ${statusCode}`));
    }
    callback(null, response);
  });
  request.on('error', callback);
}

function download(url, path, rate, done) {
  get(url, 5, (err, response) => {
    if (err) return done(err);
    let received = 0;
    const expected = response.headers['content-length'];
    response.on('data', (chunk) => {
      received += chunk.length;
    });
    pipeline(response, throttle(rate), fs.createWriteStream(path), (err) => {
      if (!err) return done(null, received, expected);
      fs.unlink(path, () => done(err));
    });
  });
}

const args = process.argv.slice(2);
const rate = args[0] === '--rate' ? Number(args.splice(0, 2)[1]) : Infinity;
const [url, path] = args;
download(url, path, rate, (err, received, expected) => {
  if (err) {
    console.error(`failed: ${err.code || err.message}`);
    process.exitCode = 1;
    return;
  }
  console.log(`${received} bytes of ${expected || 'any number'}`);
});
