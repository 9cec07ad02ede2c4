// Runs each of the programs in a list that comes in, and writes what they logged as a list.
const util = require('util')

const wait = () => new Promise((resolve) => setTimeout(resolve, 20))

async function runAll (programs) {
  const said = []
  for (const program of programs) {
    const lines = []
    console.log = (...values) => lines.push(util.format(...values))
    new Function('require', 'module', 'exports', program)(require, module, exports)
    if (/setTimeout|Promise|async|stream|setImmediate/.test(program)) await wait()
    said.push(lines.join('\n') + '\n')
  }
  process.stdout.write(JSON.stringify(said))
}

const pieces = []
process.stdin.on('data', (piece) => pieces.push(piece))
process.stdin.on('end', () => runAll(JSON.parse(Buffer.concat(pieces))))
