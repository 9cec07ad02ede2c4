import { Transform, type TransformCallback, Readable } from 'stream'
import type { TransformOptions } from 'node:stream'
interface Row { id: number; name?: string }
type Maybe<T> = T | undefined
enum Level { Low, High = 5, Top }
enum Color { Red = 'red', Blue = 'blue' }
const enum Bits { A = 1 << 0, B = 1 << 1 }
abstract class Base<T> extends Transform {
  protected count: number = 0
  private readonly seen = new Set<string>()
  declare foo: string
  constructor (protected readonly prefix: string, public limit = 3, opts?: TransformOptions) {
    super({ objectMode: true, ...opts })
  }
  abstract convert (row: T): string
  override _transform (row: T, _enc: BufferEncoding, cb: TransformCallback): void {
    this.count++
    this.seen.add(String(this.count))
    cb(null, this.prefix + this.convert(row))
  }
  get total (): number { return this.count }
}
class Rows extends Base<Row> {
  convert (row: Row): string { return `${row.id}:${row.name ?? 'none'}` }
}
function pick (x: string): string
function pick (x: number): number
function pick (x: any): any { return x }
const rows = new Rows('> ')
rows.on('data', (line: string) => console.log(line))
rows.on('end', () => console.log(rows.total, rows.limit, rows['prefix']))
rows.write({ id: 1, name: 'a' } as Row)
rows.write({ id: 2 } satisfies Row)
rows.end()
console.log(pick('x')!, pick(3) as number, <string>pick('y'))
console.log(Level.Low, Level.High, Level.Top, Level[5], Color.Red, Bits.A | Bits.B)
