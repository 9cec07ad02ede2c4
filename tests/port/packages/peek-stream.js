const peek = require('peek-stream')
const { PassThrough, Transform } = require('stream')

const upper = () => new Transform({
  transform (chunk, enc, cb) { cb(null, chunk.toString().toUpperCase()) }
})
function show (name, parser, ...chunks) {
  parser.on('data', (chunk) => console.log(name, chunk.toString()))
  parser.on('end', () => console.log(name, 'end'))
  parser.on('error', (err) => console.log(name, err.message))
  for (const chunk of chunks) parser.write(chunk)
  parser.end()
}
show('first', peek((line, swap) => {
  console.log('peeked', line.toString())
  swap(null, upper())
}), 'ab', 'c\nde', 'f')
show('refused', peek((line, swap) => swap(new Error('not this'))), 'x\n')
show('long', peek({ maxBuffer: 2 }, (line, swap) => swap(null, new PassThrough())), 'abc')
