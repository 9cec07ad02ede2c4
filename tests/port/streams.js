// Streams made in the usual ways, and what their events say.
const { Readable, Transform, Writable, pipeline, finished } = require('stream')

let lines = 0
const upper = new Transform({
  transform (chunk, enc, cb) {
    lines++
    cb(null, chunk.toString().toUpperCase())
  }
})
upper.on('data', function (d) { console.log(`got ${d}`, d.length) })
upper.on('end', () => console.log('end', lines))
upper.write('a')
upper.end('b', () => console.log('finished'))

class Counter extends Writable {
  constructor (opts) {
    super({ ...opts, objectMode: true })
    this.total = 0
  }

  _write (n, enc, cb) {
    this.total += n
    cb()
  }

  _final (cb) {
    console.log('total', this.total)
    cb()
  }
}

pipeline(Readable.from([1, 2, 3]), new Counter(), (err) => {
  if (err) console.log(err.message)
  else console.log('done')
})

const failing = new Readable({ read () { this.destroy(new Error('no')) } })
finished(failing, (err) => console.log(err.message))
failing.resume()
