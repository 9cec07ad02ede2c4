// The same works for Node: node programs.js NAME SIZE [ARGUMENTS...]; prints [seconds, result].
'use strict'
const { Readable, Writable, Duplex, PassThrough, Transform, compose, finished, pipeline } = require('stream')
const promises = require('stream/promises')
const fs = require('fs')
const net = require('net')
const os = require('os')
const path = require('path')
const zlib = require('zlib')

const [name, asked, ...args] = process.argv.slice(2)
const size = Number(asked)

function count () {
  let next = 0
  return new Readable({ objectMode: true, read () { this.push(next < size ? next++ : null) } })
}

function sum (done, later = false) {
  let total = 0
  return new Writable({
    objectMode: true,
    write (chunk, encoding, callback) {
      total += chunk
      later ? setImmediate(callback) : callback()
    },
    final (callback) { callback(); done(total) }
  })
}

const same = () => new Transform({ objectMode: true, transform (chunk, encoding, callback) { callback(null, chunk) } })

const KIB = Buffer.alloc(1024)
const given = (left, options = {}, chunk = KIB) =>
  new Readable({ ...options, read () { this.push(--left >= 0 ? chunk : null) } })
const swallow = (done, options = {}) => {
  let seen = 0
  return new Writable({
    ...options,
    write (chunk, encoding, callback) { seen++; callback() },
    final (callback) { callback(); done(seen) }
  })
}

function taking (stream, part, done, per = 1) {
  let seen = 0
  stream.on('readable', () => {
    let chunk
    while ((chunk = stream.read(part)) !== null) seen += chunk.length
  })
  stream.on('end', () => done(seen / per))
}

const uneven = (sizes, part) => done => {
  const chunks = []
  let all = 0
  for (let n = 0; n < size; n++) { chunks.push(Buffer.alloc(sizes[n % sizes.length])); all += sizes[n % sizes.length] }
  let next = 0
  const stream = new Readable({ read () { this.push(next < size ? chunks[next++] : null) } })
  taking(stream, part, seen => done(seen === all ? size : seen))
}

function pairs () {
  const kept = []
  const before = (global.gc?.(), process.memoryUsage.rss())
  const begun = performance.now()
  for (let n = 0; n < size; n++) {
    const source = new Source()
    const sink = new Sink()
    source.pipe(sink)
    kept.push(source, sink)
  }
  const seconds = (performance.now() - begun) / 1000
  global.gc?.()
  const held = (process.memoryUsage.rss() - before) / size
  return { seconds, held, made: kept.length / 2 }
}
class Source extends Readable { _read () {} }
class Sink extends Writable { _write (chunk, encoding, callback) { callback() } }

// What Node's own benchmark of streams measures, written anew.
const own = {
  pipe: done => given(size, { highWaterMark: 16384 }).pipe(swallow(done, { highWaterMark: 16384 })),
  'pipe-object-mode': done => given(size, { objectMode: true }, {}).pipe(swallow(done, { objectMode: true })),
  'readable-bigread': done => taking(given(size), 32 * 1024, done, KIB.length),
  'readable-bigunevenread': uneven([1024, 333, 4096, 7], 20000),
  'readable-boundaryread': uneven([4096], 1024),
  'readable-unevenread': uneven([4096], 999),
  'readable-readall' (done) {
    const stream = new Readable({ read () {} })
    for (let n = 0; n < size; n++) stream.push(KIB)
    stream.push(null)
    taking(stream, undefined, done, KIB.length)
  },
  'readable-from' (done) {
    let seen = 0
    Readable.from((function * () { for (let n = 1; n <= size; n++) yield n })())
      .on('data', () => { seen++ }).on('end', () => done(seen))
  },
  async 'readable-async-iterator' (done) {
    let seen = 0
    for await (const _ of given(size, { objectMode: true }, 'x')) seen++
    done(seen)
  },
  'writable-manywrites' (done) {
    const sink = swallow(done)
    let left = size
    const write = () => {
      while (left-- > 0) if (!sink.write(KIB)) return sink.once('drain', write)
      sink.end()
    }
    write()
  },
  creation (done) {
    const made = []
    for (let n = 0; n < size; n++) made.push(new [Readable, Writable, Duplex, Transform][n % 4]())
    done(made.length)
  },
  destroy (done) {
    let closed = 0
    for (let n = 0; n < size; n++) {
      const stream = new [Readable, Writable][n % 2]()
      stream.on('close', () => { if (++closed === size) done(closed) })
      stream.destroy()
    }
  },
  finished (done) {
    let told = 0
    const one = () => {
      if (told === size) return done(told)
      told++
      const stream = told % 2 ? swallow(() => {}) : given(0)
      finished(stream, one)
      told % 2 ? stream.end() : stream.resume()
    }
    one()
  },
  compose (done) {
    let left = size
    let seen = 0
    const one = () => {
      if (left-- === 0) return done(seen)
      const stream = compose(new PassThrough(), new PassThrough(), new PassThrough())
      stream.on('data', chunk => { seen += chunk.length })
      stream.on('end', () => process.nextTick(one))
      stream.end('x')
    }
    one()
  },
  transform: done => given(size).pipe(new Transform({ transform (chunk, encoding, callback) { callback(null, chunk) } })).pipe(swallow(done))
}

const works = {
  ...Object.fromEntries(Object.entries(own).map(([name, work]) => [`own-${name}`, work])),
  pipe: done => count().pipe(sum(done)),
  passthrough: done => count().pipe(new PassThrough({ objectMode: true })).pipe(sum(done)),
  transforms (done) {
    let stream = count()
    for (let n = 0; n < 5; n++) stream = stream.pipe(same())
    stream.pipe(sum(done))
  },
  later: done => count().pipe(sum(done, true)),
  fanout (done) {
    const source = count()
    let left = 8
    let all = 0
    for (let n = 0; n < 8; n++) source.pipe(sum(total => { all += total; if (!--left) done(all) }))
  },
  async bridge (done) {
    const sink = sum(done)
    for await (const value of count()) await new Promise(resolve => sink.write(value, resolve))
    sink.end()
  },
  async iterate (done) {
    let total = 0
    for await (const value of count()) total += value
    done(total)
  },
  async pull (done) {
    const { pull } = require('node:stream/iter')
    const together = Number(args[0])
    async function * batches () {
      for (let n = 0; n < size / together; n++) yield Array(together).fill(KIB)
    }
    const same = batch => batch
    let seen = 0
    for await (const batch of pull(batches(), same, same, same)) seen += batch.length
    done(seen)
  },
  async map (done) {
    const source = Readable.from((function * () { for (let n = 0; n < size; n++) yield n })())
    done((await source.map(n => n * 2).toArray()).reduce((a, b) => a + b, 0))
  },
  copy (done) {
    const [from, to] = args
    fs.createReadStream(from).pipe(fs.createWriteStream(to)).on('close', () => done(size))
  },
  // To standard output, which is a pipe: the figures go to standard error.
  through (done) {
    const [from] = args
    print = console.error
    fs.createReadStream(from).pipe(process.stdout)
    process.stdout.on('unpipe', () => done(size))
  },
  async files (done) {
    const [from, to] = args
    const names = fs.readdirSync(from)
    let next = 0
    const copy = name => promises.pipeline(
      fs.createReadStream(path.join(from, name)), fs.createWriteStream(path.join(to, name)))
    const worker = async () => { while (next < names.length) await copy(names[next++]) }
    await Promise.all(Array.from({ length: 16 }, worker))
    done(names.length)
  }
}

// What prints a figure of another kind, or serves until its input ends.
const others = {
  held () { const { held, made } = pairs(); print(JSON.stringify([held, made])) },
  seconds () { const { seconds, made } = pairs(); print(JSON.stringify([seconds, made])) },
  'held-by-copy' () {
    const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'streams2-benchmarks-')), 'in')
    fs.closeSync(fs.openSync(file, 'w'))
    fs.truncateSync(file, size)
    let seen = 0
    const sink = new Writable({ write (chunk, encoding, callback) { seen += chunk.length; callback() } })
    fs.createReadStream(file).pipe(sink).on('finish', () => {
      fs.rmSync(path.dirname(file), { recursive: true })
      print(JSON.stringify([process.resourceUsage().maxRSS * 1024, seen]))
    })
  },
  compression () {
    const [create, from, to, quality] = args
    const data = fs.readFileSync(from)
    const chunks = []
    for (let at = 0; at < data.length; at += 65536) chunks.push(data.subarray(at, at + 65536))
    const options = quality && create.endsWith('Compress')
      ? { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: Number(quality) } }
      : {}
    const kept = []
    const sink = new Writable({ write (chunk, encoding, callback) { kept.push(chunk); callback() } })
    const begun = performance.now()
    pipeline(Readable.from(chunks), zlib[create](options), sink, error => {
      if (error) throw error
      const seconds = (performance.now() - begun) / 1000
      fs.writeFileSync(to, Buffer.concat(kept))
      print(JSON.stringify([seconds, kept.length]))
    })
  },
  serve () {
    const [port] = args
    const server = net.createServer(socket => {
      socket.on('error', () => {})
      if (!port) return socket.pipe(socket)
      const upstream = net.connect(Number(port), '127.0.0.1')
      upstream.on('error', () => {})
      socket.pipe(upstream).pipe(socket)
    })
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 }, () => print(server.address().port))
    process.stdin.resume().on('end', () => process.exit())
  }
}

let print = console.log
const start = performance.now()
if (others[name]) others[name]()
else works[name](result => print(JSON.stringify([(performance.now() - start) / 1000, result])))
