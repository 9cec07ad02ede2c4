class Parser {
  private buffer: Buffer = Buffer.alloc(0)
  private state: 'header' | 'body' = 'header'
  private size = 0
  constructor (private readonly onMessage: (message: string) => void) {}
  feed (chunk: Buffer): void {
    this.buffer = Buffer.concat([this.buffer, chunk])
    for (;;) {
      if (this.state === 'header') {
        if (this.buffer.length < 1) return
        this.size = this.buffer.readUInt8(0)
        this.buffer = this.buffer.subarray(1)
        this.state = 'body'
      } else {
        if (this.buffer.length < this.size) return
        this.onMessage(this.buffer.subarray(0, this.size).toString('utf8'))
        this.buffer = this.buffer.subarray(this.size)
        this.state = 'header'
      }
    }
  }
}
const p = new Parser((m) => console.log(m))
p.feed(Buffer.from([3, 97, 98]))
p.feed(Buffer.from([99, 1, 100]))
