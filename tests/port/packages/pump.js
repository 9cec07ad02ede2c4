const pump = require('pump')
const { Readable, Writable, Transform, PassThrough } = require('stream')

const chunks = []
const last = pump(
  Readable.from(['a', 'b']),
  new Transform({ transform (chunk, enc, cb) { cb(null, chunk.toString() + '!') } }),
  new Writable({ write (chunk, enc, cb) { chunks.push(chunk.toString()); cb() } }),
  (err) => {
    console.log('done', err === undefined || err === null, chunks)
    const first = new PassThrough()
    const second = new PassThrough()
    first.on('close', () => console.log('first closed'))
    pump(first, second, (err) => console.log('failed', err.message))
    second.destroy(new Error('second'))
  }
)
console.log(last instanceof Writable)
try {
  pump(new PassThrough())
} catch (err) {
  console.log(err.message)
}
