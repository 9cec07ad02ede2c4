'use strict';
// Messages in frames: four bytes of length, one of kind, and the message.
//
//     node node.js encode < LINES_OF_JSON > FRAMES
//     node node.js decode < FRAMES > LINES_OF_JSON

const { Transform, pipeline } = require('stream');

const KINDS = { json: 1, text: 2, ping: 3 };
const NAMES = Object.fromEntries(Object.entries(KINDS).map(([name, kind]) => [kind, name]));
const HEAD = 5;
const LONGEST = 1 << 20;

class FrameError extends Error {
  constructor(message, offset) {
    super(`${message} at byte ${offset}`);
    this.name = 'FrameError';
    this.code = 'ERR_FRAME';
  }
}

class FrameDecoder extends Transform {
  constructor() {
    super({ readableObjectMode: true });
    this.buffered = [];
    this.length = 0;
    this.offset = 0;
  }

  _transform(chunk, encoding, callback) {
    this.buffered.push(chunk);
    this.length += chunk.length;
    try {
      let frame;
      while ((frame = this.next()) !== null) this.push(frame);
    } catch (err) {
      return callback(err);
    }
    callback();
  }

  next() {
    if (this.length < HEAD) return null;
    const all = Buffer.concat(this.buffered);
    const size = all.readUInt32BE(0);
    const name = NAMES[all.readUInt8(4)];
    if (size > LONGEST) throw new FrameError(`a frame of ${size} bytes`, this.offset);
    if (name === undefined) throw new FrameError(`kind ${all[4]}`, this.offset);
    this.buffered = [all];
    if (all.length < HEAD + size) return null;
    const body = all.subarray(HEAD, HEAD + size);
    this.buffered = [all.subarray(HEAD + size)];
    this.length -= HEAD + size;
    this.offset += HEAD + size;
    if (name === 'ping') return { kind: name };
    return { kind: name, body: name === 'json' ? JSON.parse(body) : body.toString() };
  }

  _flush(callback) {
    if (this.length > 0) return callback(new FrameError('cut off', this.offset));
    callback();
  }
}

class FrameEncoder extends Transform {
  constructor() {
    super({ writableObjectMode: true });
  }

  _transform({ kind, body }, encoding, callback) {
    const data = Buffer.from(kind === 'json' ? JSON.stringify(body) : body || '');
    const head = Buffer.alloc(HEAD);
    head.writeUInt32BE(data.length, 0);
    head.writeUInt8(KINDS[kind], 4);
    this.push(head);
    callback(null, data);
  }
}

async function* parseLines(source) {
  let rest = '';
  source.setEncoding('utf8');
  for await (const chunk of source) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    for (const line of lines) yield JSON.parse(line);
  }
}

class LinePrinter extends Transform {
  constructor() {
    super({ writableObjectMode: true });
  }

  _transform(message, encoding, callback) {
    callback(null, `${JSON.stringify(message)}\n`);
  }
}

const encoding = process.argv[2] === 'encode';
const stages = encoding ? [parseLines, new FrameEncoder()] : [new FrameDecoder(), new LinePrinter()];
pipeline(process.stdin, ...stages, process.stdout, (err) => {
  if (!err) return;
  console.error(err.code ? `${err.code}: ${err.message}` : 'bad JSON');
  process.exitCode = 1;
});
