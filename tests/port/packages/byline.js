const byline = require('byline')
const { PassThrough } = require('stream')

const source = new PassThrough()
const lines = byline.createStream(source)
lines.on('data', (line) => console.log(line.toString()))
lines.on('end', () => console.log('end'))
source.write('one\ntw')
source.write('o\r')
source.write('\n\nthree\u2028four')
source.end()
const kept = byline(new PassThrough({ encoding: 'utf8' }).end('a\n\nb'), { keepEmptyLines: true, encoding: 'utf8' })
kept.on('data', (line) => console.log([line]))
try {
  byline.createLineStream()
} catch (err) {
  console.log(err.message)
}
