'use strict';
// Stream rows out of a server as they are made, and add them up where they arrive.
//
//     node node.js ROWS [--take N] [--break N]
//
// The server makes rows no faster than the client reads them. With --take the client has enough
// after N rows; with --break the server's source breaks off after N.
const http = require('http');
const { Readable, pipeline } = require('stream');
const { parseArgs } = require('util');

class Rows extends Readable {
  constructor(count, breakAt) {
    super();
    this.count = count;
    this.breakAt = breakAt;
    this.made = 0;
  }

  _read() {
    if (this.made === this.breakAt) return this.destroy(new Error('the source broke off'));
    if (this.made === this.count) return this.push(null);
    this.made++;
    const row = { id: this.made, square: this.made ** 2, note: '-'.repeat(800) };
    this.push(JSON.stringify(row) + '\n');
  }
}

function serve(count, breakAt, told) {
  return http.createServer((req, res) => {
    const rows = new Rows(count, breakAt);
    res.writeHead(200, { 'content-type': 'application/x-ndjson' });
    pipeline(rows, res, (err) => {
      if (!err) return told(`all ${rows.made} rows are sent`);
      told(rows.made === breakAt ? err.message : 'the client has left');
    });
  });
}

function ask(port, take, told) {
  const req = http.get({ port, path: '/rows' }, (res) => {
    let rest = '';
    let taken = 0;
    let sum = 0;
    res.setEncoding('utf8').on('data', (chunk) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop();
      for (const line of lines) {
        if (taken === take) break;
        taken++;
        sum += JSON.parse(line).square;
      }
      if (taken === take) req.destroy();
    });
    res.on('error', (err) => {
      if (taken !== take) told(`${res.statusCode}, and then ${err.code}`);
    });
    res.on('close', () => {
      if (res.complete || taken === take) told(`${taken} rows, sum ${sum}`);
    });
  });
  req.on('error', (err) => {
    if (!req.res) told(err.code);
  });
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { take: { type: 'string', default: '-1' }, break: { type: 'string', default: '-1' } },
});

// What the two have to tell, each when it is done: printed when both are.
const said = {};
function tell(who, what) {
  said[who] = what;
  if (!said.server || !said.client) return;
  console.log(`server: ${said.server}`);
  console.log(`client: ${said.client}`);
  server.close();
}

const server = serve(Number(positionals[0]), Number(values.break), (what) => tell('server', what));
server.listen(0, '127.0.0.1', () => {
  ask(server.address().port, Number(values.take), (what) => tell('client', what));
});
