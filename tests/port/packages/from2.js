const from = require('from2')

function words (text) {
  return from(function (size, next) {
    if (text.length <= 0) return next(null, null)
    const chunk = text.slice(0, 3)
    text = text.slice(3)
    next(null, chunk)
  })
}
const read = []
words('hello world').on('data', (chunk) => read.push(chunk.toString())).on('end', () => console.log(read))
from.obj([{ a: 1 }, { b: 2 }]).on('data', (x) => console.log(x)).on('end', () => console.log('end'))
from((size, next) => next(new Error('no'))).on('error', (err) => console.log(err.message)).resume()
const Numbers = from.ctor({ objectMode: true }, function (size, next) {
  this.n = (this.n || 0) + 1
  next(null, this.n > 3 ? null : this.n)
})
const numbers = Numbers()
numbers.on('data', (n) => console.log(n))
numbers.on('close', () => console.log('close'))
numbers.on('end', () => numbers.destroy())
