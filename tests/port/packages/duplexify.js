const duplexify = require('duplexify')
const { PassThrough, Writable, Readable } = require('stream')

const written = []
const sink = new Writable({
  write (chunk, enc, cb) {
    written.push(chunk.toString())
    cb()
  },
  final (cb) {
    console.log('sink has', written.join())
    cb()
  }
})
const source = Readable.from(['from ', 'source'], { objectMode: false })
const dup = duplexify()
dup.write('early')
dup.on('data', (chunk) => console.log('read', chunk.toString()))
dup.on('end', () => console.log('end'))
dup.on('finish', () => console.log('finish'))
setTimeout(() => {
  dup.setWritable(sink)
  dup.setReadable(source)
  dup.end('late')
}, 5)

const echo = new PassThrough({ objectMode: true })
const both = duplexify.obj(echo, echo)
both.on('data', (value) => console.log(value))
both.on('close', () => console.log('close', echo.destroyed))
both.write({ a: 1 })
setTimeout(() => both.destroy(), 20)
const failing = duplexify(null, new Readable({ read () { this.destroy(new Error('broken')) } }))
failing.on('error', (err) => console.log(err.message))
failing.resume()
