const through = require('through2')

const upper = through(function (chunk, enc, cb) {
  this.push(chunk.toString().toUpperCase())
  cb()
}, function (cb) {
  this.push('!')
  cb()
})
upper.setEncoding('utf8')
upper.on('data', (chunk) => console.log(chunk))
upper.on('end', () => console.log('end'))
upper.write('a')
upper.end('b')

const doubled = through.obj((n, enc, cb) => cb(null, n * 2))
doubled.on('data', (n) => console.log(n))
doubled.write(1)
doubled.end(21)
through().on('data', (chunk) => console.log(chunk.toString())).end('as it is')
through((chunk, enc, cb) => cb(new Error('no'))).on('error', (err) => console.log(err.message)).write('x')
const Counter = through.ctor({ objectMode: true }, function (chunk, enc, cb) {
  this.count = (this.count || 0) + 1
  cb(null, [this.count, chunk, this.options.objectMode])
})
const counter = Counter()
counter.on('data', (found) => console.log(found))
counter.write('a')
counter.end('b')
