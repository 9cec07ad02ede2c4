// Truth, equality, arithmetic and what is shown.
const empty = []
const bytes = Buffer.alloc(0)
for (const value of [0, 1, '', 'a', NaN, true, false, [], {}, bytes]) {
  console.log(value ? 'true' : 'false', !value, typeof value)
}
console.log(empty ? 'list' : 'none', bytes ? 'bytes' : 'none', (empty && 1) || 2)

function shuffle (opts, callback) {
  if (typeof opts === 'function') {
    callback = opts
    opts = {}
  }
  opts = opts || {}
  const size = opts.size === undefined ? 3 : opts.size
  return callback(size, opts.missing === undefined, opts.missing == null)
}
console.log(shuffle((a, b) => `${a} ${b}`), shuffle({ size: 5 }, function (a) { return a * 2 }))

const loose = ['1' == 1, 1 == true, '' == 0, 'a' == 'a', [] == '', null == undefined]
console.log(loose)
const strict = [1 === 1, '1' === 1, NaN === NaN, empty === empty, [] === [], true === 1]
console.log(strict)

let n = 0
const list = [1, 2, 3]
console.log(n++, n, ++n, n--, n, list[n++], list[n], list[-1], list[5])
let text = 'n' + 1
text += 2
text += [3, 4]
console.log(text, 1 + 2 + '3', '3' - 1, +'4' + 1, -7 % 3, 7 % -3, 2 ** 10, 7 / 2, 8 / 2)
console.log(1e21, 1e-7, 0.1 + 0.2, 123456789.5, -0.5, 1 / 3, 100, 5e-324)
console.log(5 & 3, 5 | 3, 5 ^ 3, ~5, 1 << 31, -1 >>> 0, -9 >> 1, 2.7 | 0, -2.7 | 0)
console.log(parseInt('12px'), parseInt('ff', 16), parseFloat('1.5e3x'), Number(''), Number('x'), Number('0x10'))
console.log((3.14159).toFixed(2), (255).toString(16), (2.5).toFixed(0), String(12.0))
console.log(Math.max(1, 2, 3), Math.round(2.5), Math.round(-2.5), Math.floor(-1.5), Math.trunc(1.7), Math.abs(-3))

const a = null ?? 'left'
const b = 0 ?? 'never'
const c = 0 || 'or'
const d = '' && 'and'
const user = { name: { first: 'Ada' } }
console.log(a, b, c, d === '', user?.name?.first, user.other?.first === undefined)
let x
x ??= 5
x ||= 6
x &&= 7
console.log(x)
const chain = (n = 3)
console.log(chain, (n += 2), n)

console.log({ a: 1, b: 'two', c: [1, 2, { d: null }], 'e-f': true })
console.log([1.5, 'a', true, [], {}, [[1, [2, [3]]]]], new Map([['k', 1]]), new Set([1, 'b']))
console.log(Buffer.from('hello'), [Buffer.from([1, 255])])
console.log('%s is %d years and %i, %j %%', 'Ada', 36.5, 36.5, { a: [1] }, 'more')
console.log([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 'it\'s', ["it's"], ['a\nb'])
console.log(JSON.stringify({ a: undefined, b: null, c: [undefined, 1.0], d: 'ü"\n', e: () => 1 }))
console.log(JSON.stringify([1, { b: 2 }], null, 2), JSON.parse('{"a":[1,2.5,"x",null]}'))
console.log(typeof undefined, typeof console.log, typeof null === 'object' || true)
