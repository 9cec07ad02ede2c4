// Runs a variant on Node: the same files, at the same speed, measured in the same way as by
// endpoints.py, measurements.py and the Python drivers, and with the same job and answer as JSON.

'use strict';

const fs = require('node:fs');
const { performance } = require('node:perf_hooks');

const SECONDS_BETWEEN_REPORTS = 0.05;
const SECONDS_TO_CLOSE = 1;
const SLOW_START_SECONDS = 0.5;
const BURST_SECONDS = 0.05;
const MOST_CELLS = 256;

const now = () => performance.now() / 1000;

function failure(code, errno, syscall) {
  return Object.assign(new Error(`${code}: made to fail, ${syscall}`), { code, errno, syscall });
}

class TokenBucket {
  constructor(rate) {
    this.rate = rate;
    this.tokens = 0;
    this.countedAt = now();
  }

  spend(size) {
    if (this.rate === null) return 0;
    const time = now();
    const earned = (time - this.countedAt) * this.rate;
    this.countedAt = time;
    this.tokens = Math.min(this.rate * BURST_SECONDS, this.tokens + earned) - size;
    return Math.max(0, -this.tokens / this.rate);
  }
}

class Timeline {
  constructor() {
    this.cells = [];
    this.perCell = 1;
  }

  add(seconds, held) {
    const point = [seconds, held];
    const last = this.cells.at(-1);
    if (last && last.count < this.perCell) {
      Timeline.merge(last, { low: point, high: point, count: 1 });
      return;
    }
    if (this.cells.length === MOST_CELLS) {
      for (let i = 0; i + 1 < MOST_CELLS; i += 2) Timeline.merge(this.cells[i], this.cells[i + 1]);
      this.cells = this.cells.filter((_, i) => i % 2 === 0);
      this.perCell *= 2;
    }
    this.cells.push({ low: point, high: point, count: 1 });
  }

  static merge(cell, other) {
    if (other.low[1] < cell.low[1]) cell.low = other.low;
    if (other.high[1] > cell.high[1]) cell.high = other.high;
    cell.count += other.count;
  }

  points() {
    return this.cells.flatMap(({ low, high }) =>
      low === high ? [low] : [low, high].sort((a, b) => a[0] - b[0]));
  }
}

class Gauge {
  constructor(onWritten, holding) {
    this.holding = holding;
    this.atPeak = null;
    this.started = now();
    this.onWritten = onWritten;
    this.totalRead = 0;
    this.totalWritten = 0;
    this.peak = 0;
    this.timeline = new Timeline();
    this.timeline.add(0, 0);
  }

  get held() { return this.totalRead - this.totalWritten; }

  get seconds() { return now() - this.started; }

  read(size) {
    this.totalRead += size;
    if (this.held > this.peak) {
      this.peak = this.held;
      this.atPeak = this.whereabouts(size);
    }
    this.timeline.add(this.seconds, this.held);
  }

  // Null if nobody knows: what is torn down says no more what it had.
  whereabouts(size) {
    const known = this.holding();
    if (known === null) return null;
    const [inSource, sink] = known;
    const source = inSource + size;
    return { source, way: this.held - source - sink, sink };
  }

  written(size) {
    this.totalWritten += size;
    this.timeline.add(this.seconds, this.held);
    this.onWritten(this.totalWritten);
  }
}

class InputFile extends fs.ReadStream {
  constructor(path, { highWaterMark, chunkSize, rate, failAfter, onRead }) {
    super(path, { highWaterMark });
    this.chunkSize = chunkSize;
    this.bucket = new TokenBucket(rate);
    this.failAfter = failAfter;
    this.onRead = onRead;
  }

  _read() {
    if (this.failAfter !== null && this.bytesRead >= this.failAfter) {
      process.nextTick(() => this.destroy(failure('EIO', -5, 'read')));
      return;
    }
    const delay = this.bucket.spend(this.chunkSize);
    if (delay > 0) this.timer = setTimeout(() => super._read(this.chunkSize), delay * 1000);
    else super._read(this.chunkSize);
  }

  push(chunk, encoding) {
    if (chunk !== null) this.onRead(chunk.length);
    return super.push(chunk, encoding);
  }

  _destroy(error, callback) {
    clearTimeout(this.timer);
    super._destroy(error, callback);
  }
}

class SlowFile extends fs.WriteStream {
  constructor(path, { highWaterMark, rate, startDelay, failAfter, onWritten }) {
    super(path, { highWaterMark });
    this.bucket = new TokenBucket(rate);
    this.startDelay = startDelay;
    this.failAfter = failAfter;
    this.onWritten = onWritten;
    this.timer = null;
  }

  _construct(callback) {
    setTimeout(() => super._construct(callback), this.startDelay * 1000);
  }

  _write(chunk, encoding, callback) {
    if (this.failAfter !== null && this.bytesWritten + chunk.length > this.failAfter) {
      process.nextTick(callback, failure('ENOSPC', -28, 'write'));
      return;
    }
    const writeNow = () => {
      this.timer = null;
      super._write(chunk, encoding, (error) => {
        if (!error) this.onWritten(chunk.length);
        callback(error);
      });
    };
    const delay = this.bucket.spend(chunk.length);
    if (delay > 0) {
      this.waiting = callback;
      this.timer = setTimeout(writeNow, delay * 1000);
    } else {
      writeNow();
    }
  }

  _destroy(error, callback) {
    if (this.timer !== null) {
      clearTimeout(this.timer);
      this.timer = null;
      process.nextTick(this.waiting, error ?? failure('ERR_STREAM_DESTROYED', 0, 'write'));
    }
    super._destroy(error, callback);
  }
}
// One chunk at a time, and never the whole buffer at once.
SlowFile.prototype._writev = null;

function anyOpen(paths) {
  const identity = ({ dev, ino }) => `${dev}:${ino}`;
  const wanted = new Set(paths.filter(fs.existsSync).map((path) => identity(fs.statSync(path))));
  const directory = ['/proc/self/fd', '/dev/fd'].find(fs.existsSync);
  const descriptors = directory ? fs.readdirSync(directory) : Array(4096).keys();
  return [...descriptors].some((descriptor) => {
    try {
      return wanted.has(identity(fs.fstatSync(Number(descriptor))));
    } catch {
      return false;
    }
  });
}

function peakRss() {
  try {
    return Number(/^VmHWM:\s*(\d+)/m.exec(fs.readFileSync('/proc/self/status'))[1]) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}

const tell = (what) => fs.writeSync(1, `${JSON.stringify(what)}\n`);

// What the caller does: see drivers/loop.py. It gives up by the signal.
class Caller {
  constructor(job) {
    const { settings } = job;
    const half = Math.floor(job.size / 2);
    const { fault } = settings;
    this.job = job;
    this.toldAt = 0;
    this.controller = new AbortController();
    this.pauses = 0;
    this.drains = 0;
    this.gauge = new Gauge((total) => {
      this.report(total);
      if (fault === 'abort' && total >= half) this.controller.abort();
    }, () => (this.source.destroyed || this.sink.destroyed
      ? null
      : [this.source.readableLength, this.sink.writableLength]));
    this.cpuStarted = process.cpuUsage();
    this.source = new InputFile(job.source, {
      highWaterMark: settings.high_water_mark,
      chunkSize: settings.chunk_size,
      rate: settings.source_rate,
      failAfter: fault === 'source' ? half : null,
      onRead: (size) => this.gauge.read(size),
    });
    this.sink = new SlowFile(job.sink, {
      highWaterMark: settings.high_water_mark,
      rate: settings.sink_rate,
      startDelay: fault === 'slow-start' ? SLOW_START_SECONDS : 0,
      failAfter: fault === 'sink' ? half : null,
      onWritten: (size) => this.gauge.written(size),
    });
    this.source.on('pause', () => { this.pauses += 1; });
    this.sink.on('drain', () => { this.drains += 1; });
    this.closed = Promise.all([this.source, this.sink].map((stream) =>
      new Promise((resolve) => { stream.on('close', resolve); })));
  }

  report(written) {
    const time = now();
    if (written === this.job.size || time - this.toldAt > SECONDS_BETWEEN_REPORTS) {
      this.toldAt = time;
      tell({ written });
    }
  }

  async call() {
    const { [this.job.function]: cat } = require(this.job.module);
    process.on('uncaughtException', (error) => this.leave('uncaught', error));
    this.watch();
    try {
      await cat(this.source, this.sink, this.controller.signal);
    } catch (error) {
      this.settle('raised', error);
      await Promise.race([this.closed, new Promise((r) => { setTimeout(r, SECONDS_TO_CLOSE * 1000); })]);
      this.leave('raised', error);
    }
    await this.closed;
    this.leave('completed');
  }

  watch() {
    let seen = -1;
    let movedAt = now();
    setInterval(() => {
      const moved = this.gauge.totalRead + this.gauge.totalWritten;
      if (moved !== seen) {
        seen = moved;
        movedAt = now();
      }
      if (now() - movedAt >= this.job.patience) this.leave('hung');
    }, this.job.patience * 100);
  }

  settle(outcome, error) {
    if (this.ending) return;
    const { user, system } = process.cpuUsage(this.cpuStarted);
    this.ending = {
      outcome,
      error: error ? `${error.name}: ${error.message}` : null,
      bytes_held: this.gauge.held,
      bytes_read: this.gauge.totalRead,
      seconds: this.gauge.seconds,
      cpu_seconds: (user + system) / 1e6,
    };
  }

  leave(outcome, error) {
    this.settle(outcome, error);
    tell({
      observed: {
        ...this.ending,
        files_closed: !anyOpen([this.job.source, this.job.sink]),
        peak_buffered_bytes: this.gauge.peak,
        peak_rss_bytes: peakRss(),
        pauses: this.pauses,
        drains: this.drains,
        timeline: this.gauge.timeline.points(),
        at_peak: this.gauge.atPeak,
      },
    });
    process.exit(0);
  }
}

new Caller(JSON.parse(fs.readFileSync(0, 'utf8'))).call();
