'use strict';
// Listen to a server's events (text/event-stream), and come back when the connection ends.
//
//     node node.js FILE [AT_ONCE [STATUS]]
//
// The server is in the same process. It sends the lines of FILE, `TYPE TEXT` each, AT_ONCE of them
// to a connection (a break in the text is `\n`), and then half of an event. STATUS is its answer.
const { EventEmitter, once } = require('events');
const fs = require('fs');
const http = require('http');
const { Transform, pipeline } = require('stream');
const { StringDecoder } = require('string_decoder');

// Takes bytes; gives { id, type, data } for each event that is complete.
class EventParser extends Transform {
  constructor(id) {
    super({ readableObjectMode: true });
    this.decoder = new StringDecoder('utf8');
    this.rest = '';
    this.id = id;
    this.type = '';
    this.data = [];
  }

  _transform(chunk, encoding, callback) {
    const lines = (this.rest + this.decoder.write(chunk)).split('\n');
    this.rest = lines.pop();
    for (const line of lines) this._line(line.replace(/\r$/, ''));
    callback();
  }

  _line(line) {
    if (line === '') return this._event();
    const [, field, value] = /^([^:]*)(?:: ?(.*))?$/s.exec(line);
    if (field === 'id') this.id = value;
    else if (field === 'event') this.type = value;
    else if (field === 'data') this.data.push(value || '');
    else if (field === 'retry' && /^\d+$/.test(value)) this.emit('retry', Number(value));
  }

  _event() {
    if (this.data.length > 0) {
      this.push({ id: this.id, type: this.type || 'message', data: this.data.join('\n') });
    }
    this.type = '';
    this.data = [];
  }
}

class EventSource extends EventEmitter {
  constructor(port) {
    super();
    this.port = port;
    this.lastId = '';
    this.delay = 3000;
    this.connections = 0;
    this.connect();
  }

  connect() {
    const headers = { accept: 'text/event-stream', 'last-event-id': this.lastId };
    const req = http.get({ port: this.port, agent: false, headers }, (res) => this._read(res));
    req.on('error', () => this._again());
  }

  _read(res) {
    if (res.statusCode === 204) return this._close(res);
    if (res.statusCode !== 200) return this._close(res, new Error(`status ${res.statusCode}`));
    this.connections++;
    const parser = new EventParser(this.lastId);
    parser.on('retry', (delay) => {
      this.delay = delay;
    });
    parser.on('data', (event) => {
      this.lastId = event.id;
      this.emit(event.type, event);
    });
    pipeline(res, parser, () => this._again());
  }

  _again() {
    setTimeout(() => this.connect(), this.delay);
  }

  _close(res, err) {
    res.resume();
    if (err) this.emit('error', err);
    this.emit('close');
  }
}

function serve(lines, atOnce, status) {
  return http.createServer((req, res) => {
    const last = Number(req.headers['last-event-id']);
    if (status !== 200 || last >= lines.length) return res.writeHead(status === 200 ? 204 : status).end();
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    let text = ': hello\r\nretry: 1\r\n\r\n';
    for (let id = last + 1; id <= Math.min(last + atOnce, lines.length); id++) {
      const [, type, data] = /^(\S+) (.*)$/.exec(lines[id - 1]);
      text += `id: ${id}\nevent: ${type}\n`;
      text += data.split('\\n').map((part) => `data: ${part}\n`).join('') + '\n';
    }
    const bytes = Buffer.from(text + 'data: half of an ev');
    for (let at = 0; at < bytes.length; at += 7) res.write(bytes.subarray(at, at + 7));
    res.end();
  });
}

async function main(file, atOnce = 2, status = 200) {
  const lines = fs.readFileSync(file, 'utf8').split('\n').filter(Boolean);
  const server = serve(lines, Number(atOnce), Number(status));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const source = new EventSource(server.address().port);
  for (const type of ['news', 'weather']) {
    source.on(type, ({ id, data }) => console.log(`${id} ${type}: ${JSON.stringify(data)}`));
  }
  try {
    await once(source, 'close');
    console.log(`${source.connections} connections`);
  } catch (err) {
    console.error(err.message);
    process.exitCode = 1;
  }
  server.close();
}

main(...process.argv.slice(2));
