const flushWrite = require('flush-write-stream')

const sink = flushWrite((chunk, enc, cb) => {
  console.log('write', chunk.toString())
  cb()
}, (cb) => {
  console.log('flush')
  setTimeout(cb, 2)
})
sink.on('finish', () => console.log('finish'))
sink.write('a')
sink.write('b')
sink.end()
const objects = flushWrite.obj(function (value, enc, cb) {
  console.log(value)
  cb()
})
objects.on('finish', () => console.log('objects finish'))
objects.end({ a: 1 })
const failing = flushWrite((chunk, enc, cb) => cb(new Error('no')))
failing.on('error', (err) => console.log(err.message))
failing.write('x')
