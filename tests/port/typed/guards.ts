import { Readable, Writable, pipeline } from 'node:stream'
import { promisify } from 'node:util'
type Item = { n: number }
const items: Item[] = [{ n: 1 }, { n: 2 }]
const source: Readable = Readable.from(items)
let sum: number = 0
const sink = new Writable({
  objectMode: true,
  write (item: Item, _encoding: BufferEncoding, done: (error?: Error | null) => void) { sum += item.n; done() }
})
function isItem (x: unknown): x is Item { return typeof x === 'object' && x !== null && 'n' in x }
function must<T> (x: T | undefined, why: string): asserts x is T { if (x == null) throw new Error(why) }
console.log(isItem({ n: 1 }), isItem(4))
must(items[0], 'no')
pipeline(source, sink, (err?: NodeJS.ErrnoException | null) => { console.log(err ? 'bad' : 'ok', sum) })
let later!: string
later = 'set'
console.log(later, items?.[1]!.n)
const tuple: [string, number] = ['a', 1]
const [s, n]: [string, number] = tuple
console.log(s, n, (tuple as const)[0])
