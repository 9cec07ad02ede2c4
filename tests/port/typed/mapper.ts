import { Transform } from 'stream'
interface Opts<T> { map?: (x: T) => T; readonly max: number }
class Mapper<T extends object> extends Transform {
  readonly #opts: Opts<T>
  private n?: number
  accessorless: string | null = null
  constructor (opts: Readonly<Opts<T>>) { super({ objectMode: true }); this.#opts = opts }
  public _transform (x: T, _: string, cb: (e?: Error | null, d?: T) => void) {
    const { map = (y: T) => y, max } = this.#opts
    this.n = (this.n ?? 0) + 1
    if (this.n > max) return cb(new Error('too many'))
    cb(null, map(x))
  }
}
const m = new Mapper<{ v: number }>({ max: 1, map: (x) => ({ v: x.v * 2 }) })
m.on('data', (d: { v: number }) => console.log(d.v)).on('error', (e: Error) => console.log(e.message))
m.write({ v: 2 }); m.write({ v: 3 })
