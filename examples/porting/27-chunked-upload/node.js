'use strict';
// Upload a file in pieces. Each has a checksum, and is sent again if it comes out wrong.
//
//     node node.js FILE FOLDER [PIECE_SIZE [GARBLED [TIMES]]]
//
// The server, which stores in FOLDER, is in the same process. To try it out, piece number GARBLED is
// spoilt on its way, the first TIMES it is sent.
const { createHash } = require('crypto');
const { once } = require('events');
const fs = require('fs');
const http = require('http');
const path = require('path');
const { finished } = require('stream/promises');
const { buffer, text } = require('stream/consumers');

const TRIES = 3;
const sha256 = (data) => createHash('sha256').update(data).digest('hex');

// -- the server ---------------------------------------------------------------------------------

async function receive(folder, req, res) {
  const { pathname, searchParams } = new URL(req.url, 'http://localhost');
  const file = path.join(folder, path.basename(pathname));
  if (req.method === 'POST') {
    const whole = await buffer(fs.createReadStream(file));
    return res.end(`${whole.length} bytes, sha256 ${sha256(whole)}\n`);
  }
  const piece = await buffer(req);
  if (sha256(piece) !== req.headers['x-sha256']) return res.writeHead(422).end('wrong checksum');
  const start = Number(searchParams.get('offset'));
  const stored = fs.createWriteStream(file, { flags: start ? 'r+' : 'w', start });
  stored.end(piece);
  await finished(stored);
  res.writeHead(204).end();
}

// -- the client ---------------------------------------------------------------------------------

class Client {
  constructor(port, garbled, times) {
    this.port = port;
    this.garbled = garbled;
    this.times = times;
    this.agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  }

  async ask(method, target, headers, body) {
    const req = http.request({ port: this.port, method, path: target, headers, agent: this.agent });
    req.end(body);
    const [res] = await once(req, 'response');
    return [res.statusCode, await text(res)];
  }

  onTheWay(piece, number) {
    if (number !== this.garbled || this.times-- <= 0) return piece;
    const spoilt = Buffer.from(piece);
    spoilt[0] ^= 1;
    return spoilt;
  }

  async upload(file, pieceSize) {
    const target = '/' + path.basename(file);
    let offset = 0;
    let number = 0;
    for await (const piece of fs.createReadStream(file, { highWaterMark: pieceSize })) {
      number++;
      for (let attempt = 1, status = 0; status !== 204; attempt++) {
        if (attempt > TRIES) throw new Error(`piece ${number} never got there`);
        const headers = { 'x-sha256': sha256(piece), 'content-length': piece.length };
        const body = this.onTheWay(piece, number);
        [status] = await this.ask('PUT', `${target}?offset=${offset}`, headers, body);
        console.log(`piece ${number}: ${piece.length} bytes, ${status}`);
      }
      offset += piece.length;
    }
    const [, answer] = await this.ask('POST', target, { 'content-length': 0 });
    return answer;
  }
}

async function main(file, folder, pieceSize = 1024, garbled = 0, times = 1) {
  const server = http.createServer((req, res) => receive(folder, req, res));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = new Client(server.address().port, Number(garbled), Number(times));
  try {
    process.stdout.write(await client.upload(file, Number(pieceSize)));
  } catch (err) {
    console.error(err.code || err.message);
    process.exitCode = 1;
  }
  client.agent.destroy();
  server.close();
}

main(...process.argv.slice(2));
