// Functions, classes and errors in all the ways to write them.
const util = require('util')
const EventEmitter = require('events')

console.log(hoisted(2))
function hoisted (x) { return x + 1 }

function count () {
  let n = 0
  return function () { return ++n }
}
const next = count()
console.log(next(), next(), count()())

const calls = []
for (let i = 0; i < 3; i++) calls.push(() => i)
for (const name of ['a', 'b']) calls.push(() => name)
console.log(calls.map((f) => f()))

function variadic () {
  const args = Array.prototype.slice.call(arguments)
  return arguments.length + ':' + args.join('+')
}
console.log(variadic(1, 2, 3), variadic.apply(null, [4, 5]), ((...all) => all.length)(1, 2))
function defaults (a, b = a + 1, c) { return [a, b, c === undefined] }
console.log(defaults(1), defaults(1, 5, 6), [1, 2, 3].map(String), ['1', '2'].map(Number), [0, 1].filter(Boolean))

function Old (name) {
  if (!(this instanceof Old)) return new Old(name)
  EventEmitter.call(this)
  this.name = name
  this.heard = 0
}
util.inherits(Old, EventEmitter)
Old.prototype.hear = function (what) {
  const self = this
  this.on(what, function (n) {
    self.heard += n
  })
  return this
}
Old.prototype.twice = function () { return this.heard * 2 }
Old.create = function (name) { return new Old(name) }
const old = Old('x').hear('add')
old.emit('add', 4)
old.emit('add', 1)
console.log(old.name, old.heard, old.twice(), old instanceof EventEmitter, Old.create('y').name)

class Shape {
  #secret = 7
  static made = 0
  sides = 0

  constructor (name) {
    this.name = name
    Shape.made++
  }

  get secret () { return this.#secret }
  set secret (value) { this.#secret = value * 2 }
  describe () { return `${this.name} has ${this.sides} sides` }
  static square () { return new Square(4) }
  toString () { return `<${this.name}>` }
  * [Symbol.iterator] () { yield this.name; yield this.sides }
}

class Square extends Shape {
  constructor (size) {
    super('square')
    this.sides = size
  }

  describe () { return super.describe() + '!' }
}
const square = Shape.square()
square.secret = 5
console.log(square.describe(), square.secret, Shape.made, `${square}`, [...square], square instanceof Shape)

class Broken extends Error {
  constructor (message, code) {
    super(message)
    this.name = 'Broken'
    this.code = code
  }
}
function fails (kind) {
  try {
    if (kind === 1) throw new Broken('it broke', 'E_BROKEN')
    if (kind === 2) throw new TypeError('wrong type')
    if (kind === 3) JSON.parse('{"a":')
    return 'fine'
  } catch (err) {
    return `${err.name} ${err.message.length > 0} ${err.code || 'none'} ${err instanceof Broken}`
  } finally {
    console.log('finally', kind)
  }
}
console.log(fails(0), fails(1), fails(2), fails(3))
console.log(String(new Error('plain')), String(new RangeError('far')), new Broken('x', 1).toString())

function kinds (x) {
  switch (typeof x) {
    case 'string':
    case 'number': {
      return 'simple'
    }
    case 'undefined':
      return 'nothing'
    default:
      break
  }
  switch (x) {
    case null:
      return 'null'
    case true: x = 'yes'
    // falls through
    case false:
      return String(x)
  }
  return 'other'
}
console.log(kinds(1), kinds('a'), kinds(true), kinds(false), kinds([]))

function * numbers (n) {
  for (let i = 0; i < n; i++) {
    if (i === 1) continue
    yield i
  }
  yield * [10, 11]
}
console.log([...numbers(4)], Math.max(...numbers(3)))

const bound = square.describe.bind(square)
const obj = { n: 2, double () { return this.n * 2 }, triple: function () { return this.n * 3 } }
console.log(bound(), obj.double(), obj.triple(), Shape.prototype.describe.call({ name: 'fake', sides: 1 }))
let i = 0
do { i += 2 } while (i < 5)
outer: for (const x of [1, 2, 3]) {
  if (x === 2) continue outer
  i += x
}
while (true) { if (i-- < 3) break }
console.log(i, (() => { let s = 0; for (let j = 10; j > 0; j -= 3) { if (j === 4) continue; s += j } return s })())
var late
if (i) { var late = 'set' }
console.log(late, i > 0 ? 'more' : 'less', (i, 5), void 0 === undefined)

const taken = ['first', 'second']
const placed = {}
placed[taken.shift()] = taken.shift()
console.log(placed, `${i} is ${i > 0 ? '"more"' : 'less'}${''}`, `${'a' + 1}${{}}:${[1, 2]}`)
const steps = numbers(2)
console.log(steps.next(), steps.next().value, steps.next().value, steps.next().done)
console.log(Buffer.from('abcdef').toString('utf-8', 1, 3), [Buffer.from('xyz')].map((b) => b.toString('utf8', 1))[0])
