// The same works for Node: node programs.js NAME SIZE [ARGUMENTS...]; prints [seconds, result].
'use strict'
const { Readable, Writable, PassThrough, Transform } = require('stream')
const fs = require('fs')

const [name, given, ...args] = process.argv.slice(2)
const size = Number(given)

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

const works = {
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
  async iterate (done) {
    let total = 0
    for await (const value of count()) total += value
    done(total)
  },
  async map (done) {
    const source = Readable.from((function * () { for (let n = 0; n < size; n++) yield n })())
    done((await source.map(n => n * 2).toArray()).reduce((a, b) => a + b, 0))
  },
  copy (done) {
    const [from, to] = args
    fs.createReadStream(from).pipe(fs.createWriteStream(to)).on('close', () => done(size))
  }
}

const start = performance.now()
works[name](result => console.log(JSON.stringify([(performance.now() - start) / 1000, result])))
