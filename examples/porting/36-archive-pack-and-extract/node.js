'use strict';
// Archives as tar has them (ustar): files and folders, without times and owners.
//
//     node node.js pack FOLDER ARCHIVE
//     node node.js extract ARCHIVE FOLDER
//
// The same folder always gives the same archive. What would get out of FOLDER is not extracted.
const fs = require('fs');
const path = require('path');
const { Readable, Writable } = require('stream');
const { pipeline } = require('stream/promises');

const BLOCK = 512;
const padding = (size) => (BLOCK - (size % BLOCK)) % BLOCK;

function header(name, type, size) {
  const block = Buffer.alloc(BLOCK);
  if (Buffer.byteLength(name) > 100) throw new Error(`${name} is too long a name`);
  block.write(name, 0);
  block.write(type === '5' ? '0000755\0' : '0000644\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  block.write(size.toString(8).padStart(11, '0') + '\0', 124);
  block.write('00000000000\0', 136);
  block.write(type, 156);
  block.write('ustar\0' + '00', 257);
  block.write(checksum(block).toString(8).padStart(6, '0') + '\0 ', 148);
  return block;
}

// The sum of all bytes; those of the sum itself count as blanks.
function checksum(block) {
  return block.reduce((sum, byte, i) => sum + (i >= 148 && i < 156 ? 32 : byte), 0);
}

async function* pack(folder, below = '') {
  const entries = fs.readdirSync(path.join(folder, below), { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = path.join(below, entry.name);
    if (entry.isDirectory()) {
      yield header(name + '/', '5', 0);
      yield* pack(folder, name);
    } else if (entry.isFile()) {
      const { size } = fs.statSync(path.join(folder, name));
      yield header(name, '0', size);
      yield* fs.createReadStream(path.join(folder, name));
      yield Buffer.alloc(padding(size));
    }
  }
  if (!below) yield Buffer.alloc(2 * BLOCK);
}

class Extract extends Writable {
  constructor(folder) {
    super();
    this.folder = folder;
    this.rest = Buffer.alloc(0);
    this.file = null;
    this.left = 0; // bytes of the file that are to come
    this.skip = 0; // bytes that fill up its last block
    this.ended = false;
  }

  _write(chunk, encoding, callback) {
    this.rest = Buffer.concat([this.rest, chunk]);
    this._next(callback);
  }

  _next(callback) {
    if (this.file) return this._more(callback);
    const skipped = Math.min(this.skip, this.rest.length);
    this.skip -= skipped;
    this.rest = this.rest.subarray(skipped);
    if (this.ended || this.rest.length < BLOCK) return callback();
    const block = this.rest.subarray(0, BLOCK);
    this.rest = this.rest.subarray(BLOCK);
    try {
      this._entry(block);
    } catch (err) {
      return callback(err);
    }
    this._next(callback);
  }

  _entry(block) {
    if (block[0] === 0) {
      this.ended = true;
      return;
    }
    const text = (start, end) => block.toString('utf8', start, end).split('\0')[0];
    if (parseInt(text(148, 156), 8) !== checksum(block)) throw new Error('wrong checksum');
    const name = text(0, 100);
    const type = text(156, 157);
    const size = parseInt(text(124, 136), 8);
    const target = path.join(this.folder, name);
    if (path.isAbsolute(name) || name.split('/').includes('..')) throw new Error(`${name} leads out`);
    console.log(type === '5' ? name : `${name} ${size}`);
    if (type === '5') return fs.mkdirSync(target, { recursive: true });
    fs.mkdirSync(path.dirname(target), { recursive: true });
    this.file = fs.createWriteStream(target);
    this.file.on('error', (err) => this.destroy(err));
    this.left = size;
    this.skip = padding(size);
  }

  _more(callback) {
    const part = this.rest.subarray(0, this.left);
    this.rest = this.rest.subarray(part.length);
    this.left -= part.length;
    if (this.left > 0) return this.file.write(part, callback);
    this.file.end(part, (err) => {
      this.file = null;
      if (err) callback(err);
      else this._next(callback);
    });
  }

  _final(callback) {
    callback(this.ended ? null : new Error('the archive breaks off'));
  }

  _destroy(err, callback) {
    if (this.file) this.file.destroy();
    callback(err);
  }
}

async function main(command, from, to) {
  if (command === 'pack') await pipeline(Readable.from(pack(from)), fs.createWriteStream(to));
  else await pipeline(fs.createReadStream(from), new Extract(to));
}

main(...process.argv.slice(2)).catch((err) => {
  console.error(err.code || err.message);
  process.exitCode = 1;
});
