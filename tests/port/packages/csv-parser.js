const csv = require('csv-parser')

function show (name, parser, ...chunks) {
  parser.on('headers', (headers) => console.log(name, headers))
  parser.on('data', (row) => console.log(name, row))
  parser.on('error', (err) => console.log(name, err.message))
  parser.on('end', () => console.log(name, 'end'))
  for (const chunk of chunks) parser.write(chunk)
  parser.end()
}
show('plain', csv(), 'a,b\n1,"x,y"\n2,z', 'z\n')
show('named', csv(['first', 'second']), '1,2\r\n3,4\r\n')
show('typed', csv({ separator: ';', mapValues: ({ value }) => Number(value) }), 'n;m\n1;2.5\n')
show('strict', csv({ strict: true }), 'a,b\n1,2,3\n')
show('numbered', csv({ headers: false, skipLines: 1 }), 'skip,me\nx,"he said ""hi"""\n')
show('renamed', csv({ mapHeaders: ({ header, index }) => index === 1 ? null : header.toUpperCase() }), 'a,b\n1,2\n')
