'use strict';
// Send a form with files to a server, which takes it apart as it comes.
//
//     node node.js FOLDER [--cut] NAME=VALUE|NAME=@FILE...
//
// The server, which stores files in FOLDER, is in the same process. With --cut, the form breaks off
// before its end.
const { createHash } = require('crypto');
const fs = require('fs');
const http = require('http');
const path = require('path');
const { Readable, Writable, pipeline } = require('stream');
const { text } = require('stream/consumers');
const promises = require('stream/promises');

class Part extends Readable {
  constructor() {
    super();
    this.whenRead = null;
  }

  _read() {
    const { whenRead } = this;
    this.whenRead = null;
    if (whenRead) whenRead();
  }
}

// Takes a form; emits 'part' with the headers of each part, and a stream of what is in it.
class Multipart extends Writable {
  constructor(boundary) {
    super();
    this.delimiter = Buffer.from(`\r\n--${boundary}`);
    this.rest = Buffer.from('\r\n');
    this.part = new Part().resume(); // what comes before the first part is of no use
    this.part.on('error', () => {});
    this.complete = false;
  }

  _write(chunk, encoding, callback) {
    this.rest = Buffer.concat([this.rest, chunk]);
    while (!this.complete && (this.part ? this._body() : this._head()));
    const { part } = this;
    if (part && part.readableLength >= part.readableHighWaterMark) part.whenRead = callback;
    else callback();
  }

  // Take the headers of a part; false if they are not all there.
  _head() {
    this.complete = this.rest.toString('latin1', 0, 2) === '--';
    const end = this.rest.indexOf('\r\n\r\n');
    if (this.complete || end === -1) return false;
    const headers = {};
    for (const line of this.rest.toString('utf8', 2, end).split('\r\n')) {
      const colon = line.indexOf(':');
      headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
    }
    this.rest = this.rest.subarray(end + 4);
    this.part = new Part();
    this.emit('part', headers, this.part);
    return true;
  }

  // Take what is in a part; false if there is more to come.
  _body() {
    const at = this.rest.indexOf(this.delimiter);
    // A delimiter may be cut between two chunks.
    const end = at === -1 ? Math.max(0, this.rest.length - this.delimiter.length + 1) : at;
    if (end > 0) this.part.push(this.rest.subarray(0, end));
    this.rest = this.rest.subarray(end);
    if (at === -1) return false;
    this.rest = this.rest.subarray(this.delimiter.length);
    this.part.push(null);
    this.part = null;
    return true;
  }

  _final(callback) {
    callback(this.complete ? null : new Error('the form breaks off'));
  }

  _destroy(err, callback) {
    if (this.part) this.part.destroy(err);
    callback(err);
  }
}

async function store(folder, headers, part) {
  const disposition = headers['content-disposition'];
  const [, name] = /; name="([^"]*)"/.exec(disposition);
  const named = /; filename="([^"]*)"/.exec(disposition);
  if (!named) return `${name} is ${await text(part)}\n`;
  const file = path.join(folder, path.basename(named[1]));
  const hash = createHash('sha256');
  let size = 0;
  async function* measure(source) {
    for await (const chunk of source) {
      size += chunk.length;
      hash.update(chunk);
      yield chunk;
    }
  }
  try {
    await promises.pipeline(part, measure, fs.createWriteStream(file));
  } catch (err) {
    await fs.promises.rm(file, { force: true });
    throw err;
  }
  return `${name} is a file of ${size} bytes, sha256 ${hash.digest('hex').slice(0, 16)}\n`;
}

function receive(folder, req, res) {
  const [, boundary] = /boundary=(.+)$/.exec(req.headers['content-type']);
  const form = new Multipart(boundary);
  const parts = [];
  form.on('part', (headers, part) => parts.push(store(folder, headers, part)));
  pipeline(req, form, async (err) => {
    const settled = await Promise.allSettled(parts);
    if (err) return res.writeHead(400).end(`${err.message}\n`);
    res.end(settled.map(({ value }) => value).join(''));
  });
}

async function* write(boundary, fields, cut) {
  for (const field of fields) {
    const [name, value] = field.split('=');
    const isFile = value.startsWith('@');
    const filename = isFile ? `; filename="${path.basename(value.slice(1))}"` : '';
    yield `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${filename}\r\n\r\n`;
    if (isFile) yield* fs.createReadStream(value.slice(1));
    else yield value;
    yield '\r\n';
  }
  if (!cut) yield `--${boundary}--\r\n`;
}

const [folder, ...fields] = process.argv.slice(2);
const cut = fields[0] === '--cut' && fields.shift();
const server = http.createServer((req, res) => receive(folder, req, res));
server.listen(0, '127.0.0.1', () => {
  const boundary = '----------------8723498123764';
  const req = http.request({
    port: server.address().port,
    method: 'POST',
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
  });
  req.on('response', async (res) => {
    process.stdout.write(`${res.statusCode}\n${await text(res)}`);
    server.close();
  });
  pipeline(Readable.from(write(boundary, fields, cut)), req, (err) => {
    if (!err) return;
    console.error(err.code || err.message);
    process.exitCode = 1;
    server.close();
  });
});
