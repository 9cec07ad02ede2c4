const MultiStream = require('multistream')
const { Readable } = require('stream')

const streams = [
  Readable.from(['a', 'b'], { objectMode: false }),
  () => Readable.from(['c'], { objectMode: false }),
  Readable.from(['d'], { objectMode: false })
]
let text = ''
new MultiStream(streams)
  .on('data', (chunk) => { text += chunk })
  .on('end', () => console.log(text))
let n = 0
const made = new MultiStream((cb) => {
  n++
  cb(null, n > 2 ? null : Readable.from(['made ' + n], { objectMode: false }))
})
made.on('data', (chunk) => console.log(chunk.toString()))
made.on('end', () => console.log('made end'))
MultiStream.obj([Readable.from([1, 2]), Readable.from([{ a: 3 }])]).on('data', (x) => console.log(x))
const failing = new Readable({ read () { this.destroy(new Error('one fails')) } })
new MultiStream([failing]).on('error', (err) => console.log(err.message)).resume()
