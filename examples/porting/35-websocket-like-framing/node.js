'use strict';
// Messages in frames, as WebSocket has them (RFC 6455, without the handshake): an echo server.
//
//     node node.js [LIMIT]
//
// It answers each message with the same in capitals, and a ping with a pong. It ends with its first
// connection. A frame that is not masked, or longer than LIMIT, closes the connection.
const net = require('net');
const { Transform, Writable, pipeline } = require('stream');

const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

class ProtocolError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

// Takes bytes; gives { fin, opcode, payload }.
class FrameParser extends Transform {
  constructor(limit) {
    super({ readableObjectMode: true });
    this.limit = limit;
    this.rest = Buffer.alloc(0);
  }

  _transform(chunk, encoding, callback) {
    this.rest = Buffer.concat([this.rest, chunk]);
    try {
      for (let frame; (frame = this._next()); ) this.push(frame);
      callback();
    } catch (err) {
      callback(err);
    }
  }

  _next() {
    const { rest } = this;
    if (rest.length < 2) return null;
    if (!(rest[1] & 0x80)) throw new ProtocolError(1002, 'a frame is not masked');
    let length = rest[1] & 0x7f;
    let at = 2;
    if (length === 126) {
      if (rest.length < 4) return null;
      length = rest.readUInt16BE(2);
      at = 4;
    } else if (length === 127) {
      if (rest.length < 10) return null;
      length = Number(rest.readBigUInt64BE(2));
      at = 10;
    }
    if (length > this.limit) throw new ProtocolError(1009, 'a frame is too long');
    if (rest.length < at + 4 + length) return null;
    const mask = rest.subarray(at, at + 4);
    const payload = Buffer.from(rest.subarray(at + 4, at + 4 + length));
    for (let i = 0; i < length; i++) payload[i] ^= mask[i % 4];
    this.rest = rest.subarray(at + 4 + length);
    return { fin: (rest[0] & 0x80) !== 0, opcode: rest[0] & 0x0f, payload };
  }
}

function frame(opcode, payload) {
  const { length } = payload;
  let head;
  if (length < 126) {
    head = Buffer.from([0x80 | opcode, length]);
  } else if (length < 65536) {
    head = Buffer.from([0x80 | opcode, 126, 0, 0]);
    head.writeUInt16BE(length, 2);
  } else {
    head = Buffer.from([0x80 | opcode, 127, 0, 0, 0, 0, 0, 0, 0, 0]);
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head, payload]);
}

function echo(socket) {
  let parts = [];
  return new Writable({
    objectMode: true,
    write({ fin, opcode, payload }, encoding, callback) {
      if (opcode === PING) return socket.write(frame(PONG, payload), callback);
      if (opcode === CLOSE) {
        console.log('closed by the client');
        socket.end(frame(CLOSE, payload));
        return callback();
      }
      parts.push(payload);
      if (!fin) return callback();
      const message = Buffer.concat(parts).toString();
      console.log(`${parts.length} frames: ${message.length} characters`);
      parts = [];
      socket.write(frame(TEXT, Buffer.from(message.toUpperCase())), callback);
    },
  });
}

const limit = Number(process.argv[2] || 100000);
const server = net.createServer((socket) => {
  const parser = new FrameParser(limit);
  socket.pipe(parser).pipe(echo(socket));
  parser.on('error', (err) => {
    console.log(`closed: ${err.message}`);
    const status = Buffer.alloc(2);
    status.writeUInt16BE(err.status);
    socket.end(frame(CLOSE, status));
    socket.resume();
  });
  socket.on('error', (err) => console.log(`lost: ${err.code}`));
  server.close();
});
server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`));
