// Methods of text, lists and bytes, regular expressions, and what is taken apart.
const line = '  Hello, World  '
console.log(line.trim(), line.trim().toLowerCase(), line.length, line.indexOf('o'), line.lastIndexOf('o'))
console.log('abc'.slice(1), 'abc'.slice(-2, -1), 'abc'.substring(2, 0), 'abc'.substr(-2, 1), 'abc'.charAt(1))
console.log('a,b,,c'.split(','), 'abc'.split(''), 'a1b2'.split(/\d/), 'x'.repeat(3), 'a-b'.split('-', 1))
console.log('5'.padStart(3, '0'), 'ab'.padEnd(4, '.'), 'abc'.includes('b'), 'abc'.startsWith('ab'), 'abc'.endsWith('bc'))
console.log('aXbX'.replace('X', '-'), 'aXbX'.replace(/X/g, '-'), 'john smith'.replace(/(\w+) (\w+)/, '$2 $1'))
console.log('a1b22'.replace(/\d+/g, (m) => `<${m.length}>`), 'abc'.replaceAll('b', 'BB'), 'é'.charCodeAt(0))
console.log(/^(\d+)-(?<name>\w+)$/.test('12-ab'), /b/i.exec('ABC').index, 'none'.match(/x/))
const found = '2024-05'.match(/(\d+)-(\d+)/)
console.log(found[1], found[2], found.index, 'a b c'.match(/\w/g), 'line\n'.match(/e$/) === null)

const items = [3, 1, 2]
items.push(10)
items.unshift(0)
console.log(items, items.length, items.slice(1, 3), items.concat([7], 8), items.indexOf(2), items.includes(10))
console.log(items.map((x) => x * 2), items.filter((x) => x % 2), items.find((x) => x > 2), items.findIndex((x) => x > 99))
console.log([...items].sort(), [...items].sort((a, b) => a - b), items.reduce((a, b) => a + b, 0), items.join('-'))
console.log(items.some((x) => x > 9), items.every((x) => x > 0), items.shift(), items.pop(), items, [1, [2, [3]]].flat())
console.log(items.splice(1, 1), items, items.reverse(), Array.isArray(items), Array.from({ length: 3 }, (_, i) => i * i))
items.forEach((item, index) => console.log(index, item))
items.length = 0
console.log(items, [undefined, null, 1].join(','), new Array(2).fill(0), Array.from('ab'), [1, 2, 3].at(-1))

const { a, b: { c = 5, ...others } = {}, ...rest } = { a: 1, b: { d: 2, e: 3 }, f: 4, g: 5 }
const [first, , third = 'none', ...tail] = [1, 2, undefined, 4, 5]
console.log(a, c, others, rest, first, third, tail)
let p = 1
let q = 2
;[p, q] = [q, p]
console.log(p, q)
function options ({ size = 1, names: [one] = ['x'], ...more } = {}, ...list) {
  return `${size} ${one} ${JSON.stringify(more)} ${list.length}`
}
console.log(options(), options({ size: 2, names: ['y'], z: 1 }, 1, 2))

const object = { x: 1, ['y' + 1]: 2, 'z-z': 3 }
object.w = 4
delete object.x
console.log(Object.keys(object), Object.values(object), Object.entries(object), 'w' in object, object['z-z'])
console.log({ ...object, w: 5 }, Object.assign({}, object, { v: 6 }), object.hasOwnProperty('w'), Object.fromEntries([['a', 1]]))
for (const key in object) console.log(key, object[key])
for (const [key, value] of Object.entries({ one: 1 })) console.log(key, value)
const map = new Map([['a', 1]])
map.set('b', 2).set('c', 3)
map.delete('a')
for (const [key, value] of map) console.log(key, value)
console.log(map.size, map.get('b'), map.get('x') === undefined, [...map.keys()], new Set([1, 1, 2]).size)

const buffer = Buffer.from('héllo')
console.log(buffer.length, buffer.toString(), buffer.toString('hex'), buffer[0], buffer[99] === undefined)
console.log(buffer.slice(0, 2).toString('latin1'), Buffer.concat([buffer, Buffer.from('!')]).toString(), Buffer.byteLength('é'))
console.log(buffer.equals(Buffer.from('héllo')), buffer.indexOf('l'), Buffer.from('aGk=', 'base64').toString(), Buffer.isBuffer(buffer))
const head = Buffer.alloc(8)
head.writeUInt32BE(0xdeadbeef, 0)
head.writeUInt16LE(513, 4)
console.log(head, head.readUInt32BE(0), head.readUInt16LE(4), head.readUInt8(0), head.subarray(4, 6))
