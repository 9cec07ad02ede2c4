// Promises, async functions, generators that wait, timers, and events.
const { once, EventEmitter } = require('events')
const { Readable, PassThrough } = require('stream')
const { pipeline } = require('stream/promises')
const { setTimeout: sleep } = require('timers/promises')

const wait = (ms, value) => new Promise((resolve) => setTimeout(resolve, ms, value))
const later = (fail) => new Promise((resolve, reject) => {
  setImmediate(() => fail ? reject(new Error('later')) : resolve('well'))
})

async function steps () {
  console.log(await wait(1, 'waited'), await 5, await sleep(1, 'slept'))
  try {
    await later(true)
  } catch (err) {
    console.log('caught', err.message)
  }
  const both = await Promise.all([later(false), Promise.resolve(2), 3])
  console.log(both)
  const [settled] = await Promise.allSettled([later(true)])
  console.log(settled.status, await Promise.race([wait(50, 'slow'), 'fast']))
  return 'steps'
}

async function * letters (n) {
  for (let i = 0; i < n; i++) {
    await null
    yield String.fromCharCode(97 + i)
  }
}

async function streams () {
  for await (const letter of letters(3)) console.log(letter)
  let all = ''
  for await (const chunk of Readable.from(letters(4))) all += chunk
  console.log(all)
  const chunks = []
  await pipeline(
    Readable.from(['x', 'y']),
    async function * (source) {
      for await (const chunk of source) yield chunk.toString().toUpperCase()
    },
    async (source) => {
      for await (const chunk of source) chunks.push(chunk)
    }
  )
  console.log(chunks)
  const emitter = new EventEmitter()
  setTimeout(() => emitter.emit('go', 1, 'two'), 1)
  const [one, two] = await once(emitter, 'go')
  console.log(one, two)
  const through = new PassThrough({ encoding: 'utf8' })
  through.end('text')
  for await (const chunk of through) console.log(chunk, chunk.length)
}

steps()
  .then((name) => { console.log('then', name); return streams() })
  .then(() => Promise.reject(new TypeError('at last')))
  .catch((err) => console.log(err.name, err.message))
  .finally(() => console.log('over'))

let ticks = 0
const timer = setInterval(() => {
  if (++ticks === 3) clearInterval(timer)
}, 1)
process.nextTick((a, b) => console.log('tick', a, b), 1, 2)
process.on('exit', (code) => console.log('exit', code, ticks))
const emitter = new EventEmitter()
const listener = (a) => console.log('heard', a)
emitter.on('x', listener)
emitter.once('x', () => console.log('once'))
console.log(emitter.emit('x', 1, 2), emitter.emit('x', 2), emitter.emit('y'), emitter.listenerCount('x'))
emitter.removeListener('x', listener)
console.log(emitter.emit('x', 3))
console.log('main is done')
