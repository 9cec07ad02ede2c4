// Runs one program of programs.json on the standard streams it is given.
'use strict'
const fs = require('fs')

const [, , programText, traceFile, askFd] = process.argv
const program = JSON.parse(programText)
const EVENTS = {
  in: ['open', 'ready', 'pause', 'resume', 'data', 'end', 'close', 'error'],
  out: ['open', 'ready', 'drain', 'prefinish', 'finish', 'close', 'error', 'pipe', 'unpipe']
}
const trace = { after: [] }
const streams = {}

function shown(value) {
  if (value === undefined || value === null) return null
  if (value instanceof Error) {
    const { code, message, syscall, errno } = value
    return { code: code ?? null, message, syscall: syscall ?? null, errno: errno === undefined ? null : -errno }
  }
  if (Buffer.isBuffer(value)) return value.length > 99 ? `<${value.length} bytes>` : `<${value.toString('latin1')}>`
  return value
}

function happened(name, event, ...args) {
  trace[name].push([event, ...args.map(shown)])
  perform(program.on?.[`${name} ${event}`])
}

const called = (name, label) => label ? (error) => happened(name, label, error) : undefined

const onStream = {
  props(name) {
    const s = streams[name]
    trace[name].push(['props', {
      fd: s.fd, isTTY: s.isTTY ?? false, destroyed: s.destroyed, closed: s.closed, pending: s.pending,
      bytes: s.bytesRead, mark: s.readableHighWaterMark, readable: s.readable,
      flowing: shown(s.readableFlowing), encoding: shown(s.readableEncoding)
    }])
  },
  write: (name, text, label) => streams[name].write(text, called(name, label)),
  'write much': (name, length, label) => streams[name].write('x'.repeat(length), called(name, label)),
  end: (name, text, label) => streams[name].end(text, called(name, label)),
  destroy: (name, message) => streams[name].destroy(message && new Error(message)),
  setEncoding: (name, encoding) => streams[name].setEncoding(encoding),
  pause: (name) => streams[name].pause(),
  resume: (name) => streams[name].resume(),
  ref: (name) => streams[name].ref(),
  unref: (name) => streams[name].unref()
}

function later(turns, actions) {
  if (turns === 0) perform(actions)
  else setImmediate(later, turns - 1, actions)
}

const others = {
  later: (actions) => later(5, actions),
  ask: () => fs.writeSync(Number(askFd), 'x'),
  pipe: () => streams.in.pipe(streams.out),
  'fd is open': (fd) => {
    let open = true
    try { fs.fstatSync(fd) } catch { open = false }
    trace.after.push([`${fd} is open`, open])
  }
}

function perform(actions = []) {
  for (const [first, ...rest] of actions) {
    if (first in streams) onStream[rest[0]](first, ...rest.slice(1))
    else others[first](...rest)
  }
}

process.on('uncaughtException', (error) => trace.after.push(['uncaught', shown(error)]))
process.on('exit', () => fs.writeFileSync(traceFile, JSON.stringify(trace)))
for (const name of program.streams) {
  const stream = streams[name] = { in: process.stdin, out: process.stdout, err: process.stderr }[name]
  trace[name] = []
  for (const event of EVENTS[name === 'in' ? 'in' : 'out']) {
    if (program.silent?.includes(event)) continue
    stream.on(event, (...args) => happened(name, event, ...(event === 'data' || event === 'error' ? args : [])))
  }
}
perform(program.do)
