const merge = require('merge2')
const { Readable, PassThrough } = require('stream')

const found = []
const all = merge([Readable.from([1, 2]), Readable.from([3])], Readable.from([4, 5]))
all.on('data', (n) => found.push(n))
all.on('queueDrain', () => console.log('drain'))
all.on('end', () => {
  console.log(found.slice().sort().join(), found.slice(-2))
  const open = merge({ end: false })
  open.add(Readable.from(['a']))
  open.on('data', (x) => console.log(x))
  open.once('queueDrain', () => open.end())
  open.on('end', () => console.log('end'))
})
const failing = new PassThrough()
const merged = merge(failing, { pipeError: true })
merged.on('error', (err) => console.log(err.message))
failing.emit('error', new Error('bad'))
