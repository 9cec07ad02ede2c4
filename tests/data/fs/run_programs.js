// Runs the programs of programs.json one after the other and prints what each did, as JSON.
// A program is over when nothing keeps the process alive any more.
'use strict'
const fs = require('fs')
const path = require('path')

const [programsFile, workplace] = process.argv.slice(2)
const programs = JSON.parse(fs.readFileSync(programsFile, 'utf8'))
const READ_EVENTS = ['open', 'ready', 'pause', 'resume', 'data', 'end', 'close', 'error']
const WRITE_EVENTS = ['open', 'ready', 'drain', 'prefinish', 'finish', 'close', 'error', 'pipe', 'unpipe']

let program, traces, streams, fd
const results = []

function shown(value) {
  if (value === undefined || value === null) return null
  if (value === Infinity) return 'infinity'
  if (value instanceof Error) return shownError(value)
  if (Buffer.isBuffer(value)) return value.length > 99 ? `<${value.length} bytes>` : `<${value.toString('latin1')}>`
  return value
}

function shownError(error) {
  const { code, message, syscall, errno } = error
  return { code: code ?? null, message, syscall: syscall ?? null, errno: errno === undefined ? null : -errno }
}

const log = (name, ...entry) => traces[name].push(entry.map(shown))

function props(name) {
  const s = streams[name]
  log(name, 'props', {
    path: shown(s.path), hasFd: typeof s.fd === 'number', pending: s.pending,
    bytes: s.bytesRead ?? s.bytesWritten, closed: s.closed, destroyed: s.destroyed,
    start: shown(s.start), end: typeof s.end === 'function' ? null : shown(s.end),
    flags: shown(s.flags), mode: shown(s.mode), autoClose: s.autoClose,
    mark: s.readableHighWaterMark ?? s.writableHighWaterMark, usable: s.readable ?? s.writable,
    flowing: shown(s.readableFlowing), encoding: shown(s.readableEncoding),
    errored: s.errored ? s.errored.code ?? s.errored.message : null
  })
}

function happened(name, event, ...args) {
  log(name, event, ...args)
  if (program.props && program.props[0] === name && program.props.includes(event, 1)) props(name)
  perform(program.on?.[`${name} ${event}`])
}

function later(turns, actions) {
  if (turns === 0) perform(actions)
  else setImmediate(later, turns - 1, actions)
}

const called = (name, label) => label ? (error) => happened(name, label, error) : undefined

const onStream = {
  props,
  write: (name, text, label, encoding) =>
    log(name, 'wrote', streams[name].write(text, encoding ?? undefined, called(name, label))),
  end: (name, text, label, encoding) =>
    streams[name].end(text ?? undefined, encoding ?? undefined, called(name, label)),
  destroy: (name, message) => streams[name].destroy(message && new Error(message)),
  close: (name, label) => streams[name].close(called(name, label)),
  set: (name, property, value) => { streams[name][property] = value },
  setEncoding: (name, encoding) => streams[name].setEncoding(encoding),
  'read all': (name) => {
    for (let chunk; (chunk = streams[name].read()) !== null;) log(name, 'read', chunk)
  },
  pause: (name) => streams[name].pause(),
  resume: (name) => streams[name].resume(),
  cork: (name) => streams[name].cork(),
  uncork: (name) => streams[name].uncork(),
  destroySoon: (name) => streams[name].destroySoon()
}

const others = {
  tick: (actions) => process.nextTick(perform, actions),
  later: (actions) => later(5, actions),
  append: (file, text) => fs.appendFileSync(file, text),
  remove: (file) => fs.unlinkSync(file),
  pipe: () => streams.r.pipe(streams.w),
  'fd is open': () => {
    let open = true
    try { fs.fstatSync(fd) } catch { open = false }
    traces.after.push(['fd is open', open])
    if (open) fs.closeSync(fd)
  }
}

function perform(actions = []) {
  for (const [first, ...rest] of actions) {
    if (first in streams) onStream[rest[0]](first, ...rest.slice(1))
    else others[first](...rest)
  }
}

function prepare(directory) {
  fs.mkdirSync(directory)
  process.chdir(directory)
  fs.writeFileSync('abc', 'abcdefghijklmnopqrstuvwxyz')
  fs.writeFileSync('empty', '')
  fs.writeFileSync('long', Buffer.alloc(200000, '0123456789'))
  fs.writeFileSync('text', 'a\u20ac\u{1f600}z')
  fs.mkdirSync('dir')
  for (const fifo of program.fifos ?? []) require('child_process').execFileSync('mkfifo', [fifo])
}

function start() {
  streams = {}
  traces = { after: [] }
  if (program.fd) {
    const [file, flags, skip] = program.fd
    fd = fs.openSync(file, flags)
    if (skip) fs.readSync(fd, Buffer.alloc(skip))
  }
  for (const [name, [kind, file, options = {}]] of Object.entries(program.streams)) {
    const create = kind === 'read' ? fs.createReadStream : fs.createWriteStream
    const stream = streams[name] = create(file, program.fd ? { ...options, fd } : options)
    traces[name] = []
    const events = new Set(kind === 'read' ? READ_EVENTS : WRITE_EVENTS)
    if (program.on?.[`${name} readable`]) events.add('readable')
    for (const event of events) {
      if (program.silent?.includes(event)) continue
      stream.on(event, (...args) => happened(name, event, ...(event === 'data' || event === 'error' ? args : [])))
    }
    const once = program.on?.[`${name} once data`]
    if (once) stream.once('data', () => perform(once))
  }
  perform(program.do)
}

function finish() {
  perform(program.after)
  for (const file of program.files ?? []) {
    const text = fs.existsSync(file) ? fs.readFileSync(file) : null
    traces.after.push([file, shown(text)])
  }
  for (const file of program.modes ?? []) traces.after.push([file, (fs.statSync(file).mode & 0o777).toString(8)])
  results.push([program.name, traces])
}

process.umask(0o022)
process.on('uncaughtException', (error) => traces.after.push(['uncaught', shown(error)]))
process.on('beforeExit', () => {
  if (program) finish()
  program = programs[results.length]
  if (program) {
    prepare(path.join(workplace, String(results.length)))
    setImmediate(start)
  } else {
    process.stdout.write(JSON.stringify(results))
    process.removeAllListeners('beforeExit')
  }
})
