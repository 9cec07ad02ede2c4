'use strict';
// Copy a file, and show how far that is.
//
//     node node.js [--every PERCENT] SOURCE TARGET

const fs = require('fs');
const { PassThrough, pipeline } = require('stream');

class ProgressMeter extends PassThrough {
  constructor(total, every, options) {
    super(options);
    this.total = total;
    this.step = every;
    this.transferred = 0;
    this.next = every;
    this.on('data', (chunk) => this.count(chunk.length));
  }

  count(length) {
    this.transferred += length;
    const percentage = this.percentage;
    while (this.next <= percentage) {
      this.emit('progress', { percentage: this.next, total: this.total });
      this.next += this.step;
    }
  }

  get percentage() {
    return this.total === 0 ? 100 : Math.floor((this.transferred * 100) / this.total);
  }
}

const bar = (percentage, width = 20) => {
  const full = Math.round((percentage / 100) * width);
  return `[${'#'.repeat(full)}${'.'.repeat(width - full)}]`;
};

const args = process.argv.slice(2);
const every = args[0] === '--every' ? parseInt(args.splice(0, 2)[1], 10) : 10;
const [source, target] = args;
if (!target) {
  console.error('usage: progress [--every PERCENT] SOURCE TARGET');
  process.exit(2);
}

fs.stat(source, (err, stats) => {
  if (err) {
    console.error(`${err.code}: ${source}`);
    process.exitCode = 1;
    return;
  }
  const meter = new ProgressMeter(stats.size, every, { highWaterMark: 4096 });
  meter.on('progress', ({ percentage, total }) => {
    process.stderr.write(`${bar(percentage)} ${String(percentage).padStart(3)}% of ${total}\n`);
  });
  pipeline(
    fs.createReadStream(source, { highWaterMark: 1000 }),
    meter,
    fs.createWriteStream(target),
    (err) => {
      if (err) {
        console.error(`${err.code} after ${meter.percentage}%`);
        process.exitCode = 1;
      } else {
        console.log(`${meter.transferred} bytes copied`);
      }
    },
  );
});
