const pumpify = require('pumpify')
const { Transform } = require('stream')

const mark = (by) => new Transform({
  objectMode: true,
  transform (chunk, enc, cb) { cb(null, chunk.toString() + by) }
})
const pipeline = pumpify.obj(mark('1'), mark('2'), mark('3'))
pipeline.on('data', (chunk) => console.log(chunk))
pipeline.on('end', () => console.log('end'))
pipeline.on('finish', () => console.log('finish'))
pipeline.write('a')
pipeline.write('b')
pipeline.end()

const middle = mark('x')
const failing = pumpify([mark('1'), middle])
failing.on('error', (err) => console.log(err.message))
failing.on('close', () => console.log('close'))
setTimeout(() => middle.destroy(new Error('middle')), 10)
