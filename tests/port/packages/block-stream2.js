const Block = require('block-stream2')

function show (name, block, ...chunks) {
  block.on('data', (chunk) => console.log(name, chunk))
  block.on('end', () => console.log(name, 'end'))
  for (const chunk of chunks) block.write(chunk)
  block.end()
}
show('padded', new Block(4), 'abc', 'defgh', 'i')
show('not', new Block({ size: 4, nopad: true }), 'abcde')
show('even', new Block(2), 'abcd')
show('bare', new Block(3, { zeroPadding: false }), Buffer.from([1, 2, 3, 4]))
