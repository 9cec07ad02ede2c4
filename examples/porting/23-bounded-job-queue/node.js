'use strict';
// Hash the files that standard input names, a few at a time.
//
//     node node.js [-j JOBS] [--fail-fast] < names
//
// A file that cannot be read is told of at the end, or with --fail-fast stops everything.
const crypto = require('crypto');
const fs = require('fs');
const readline = require('readline');
const { Writable, pipeline } = require('stream');
const { parseArgs } = require('util');

// A Writable that works on up to `limit` chunks at once, and takes no more until one is done.
function jobQueue(limit, work) {
  let running = 0;
  let parked = null;
  let finish = null;
  const queue = new Writable({
    objectMode: true,
    highWaterMark: limit,
    write(job, encoding, next) {
      running++;
      work(job, (err) => {
        running--;
        if (err) return queue.destroy(err);
        if (parked) {
          const go = parked;
          parked = null;
          go();
        }
        if (running === 0 && finish) finish();
      });
      if (running < limit) next();
      else parked = next;
    },
    final(callback) {
      if (running === 0) callback();
      else finish = callback;
    },
  });
  return queue;
}

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', short: 'j', default: '2' },
    'fail-fast': { type: 'boolean', default: false },
  },
});
const limit = parseInt(values.jobs, 10);
const results = new Map();
let working = 0;
let most = 0;

function hash(name, done) {
  results.set(name, null);
  most = Math.max(most, ++working);
  const digest = crypto.createHash('sha256');
  pipeline(fs.createReadStream(name), digest, (err) => {
    working--;
    if (err && values['fail-fast']) return done(err);
    results.set(name, err ? err.code : digest.read().toString('hex').slice(0, 16));
    if (err) process.exitCode = 1;
    done();
  });
}

const queue = jobQueue(limit, hash);
pipeline(readline.createInterface({ input: process.stdin }), queue, (err) => {
  if (err) {
    console.error(`stopped: ${err.code} ${err.path}`);
    process.exit(2);
  }
  for (const [name, result] of results) console.log(`${result.padEnd(16)}  ${name}`);
  console.log(most > limit ? 'too many at once' : `${results.size} files`);
});
