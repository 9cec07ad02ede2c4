'use strict';
// A server of keys and values that speaks in lines: SET KEY VALUE, GET KEY, DEL KEY, KEYS, QUIT.
// STOP ends the server when all have left.
//
//     node node.js [PORT]

const net = require('net');
const util = require('util');
const { Transform } = require('stream');

const LONGEST = 1024;

function LineSplitter() {
  Transform.call(this, { readableObjectMode: true });
  this.rest = '';
}
util.inherits(LineSplitter, Transform);

LineSplitter.prototype._transform = function (chunk, encoding, callback) {
  const lines = (this.rest + chunk).split('\n');
  this.rest = lines.pop();
  for (const line of lines) this.push(line.replace(/\r$/, ''));
  if (this.rest.length > LONGEST) return callback(new Error('line too long'));
  callback();
};

const store = new Map();

const commands = {
  SET: (key, value) => {
    if (value === undefined) return 'ERR no value';
    store.set(key, value);
    return 'OK';
  },
  GET: (key) => (store.has(key) ? `VALUE ${store.get(key)}` : 'NONE'),
  DEL: (key) => (store.delete(key) ? 'OK' : 'NONE'),
  KEYS: () => ['KEYS', ...[...store.keys()].sort()].join(' '),
};

const server = net.createServer((socket) => {
  socket.setEncoding('utf8');
  const lines = socket.pipe(new LineSplitter());

  lines.on('data', (line) => {
    const [name, key, ...rest] = line.split(' ');
    if (name === 'QUIT') return socket.end('BYE\n');
    if (name === 'STOP') {
      server.close();
      return socket.end('BYE\n');
    }
    const command = commands[name];
    const answer = command ? command(key, rest.length ? rest.join(' ') : undefined) : `ERR ${name}?`;
    if (!socket.write(answer + '\n')) {
      lines.pause();
      socket.once('drain', () => lines.resume());
    }
  });
  lines.on('error', (err) => socket.end(`ERR ${err.message}\n`));
  socket.on('error', (err) => console.log(`lost: ${err.code}`));
  socket.on('close', (hadError) => console.log(hadError ? 'closed by an error' : 'closed'));
});

server.on('error', (err) => {
  console.error(`cannot listen: ${err.code}`);
  process.exitCode = 1;
});
server.listen(Number(process.argv[2] || 0), '127.0.0.1', () => {
  console.log(`listening on ${server.address().port}`);
});
