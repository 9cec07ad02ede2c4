'use strict';
// Make a line of JSON of every row of a CSV file; its first row has the names.
//
//     node node.js [--delimiter ,] [INPUT [OUTPUT]]

const fs = require('fs');
const { Transform, pipeline } = require('stream');
const { StringDecoder } = require('string_decoder');

class CsvParser extends Transform {
  constructor({ delimiter = ',', ...options } = {}) {
    super({ ...options, readableObjectMode: true });
    this.delimiter = delimiter;
    this.decoder = new StringDecoder('utf8');
    this.field = '';
    this.row = [];
    this.quoted = false;
    this.afterQuote = false;
  }

  _transform(chunk, encoding, callback) {
    this.parse(this.decoder.write(chunk));
    callback();
  }

  _flush(callback) {
    this.parse(this.decoder.end());
    if (this.quoted && !this.afterQuote) return callback(new Error('a quote is not closed'));
    if (this.field || this.row.length) this.endRow();
    callback();
  }

  parse(text) {
    for (const char of text) {
      if (this.afterQuote) {
        this.afterQuote = false;
        if (char !== '"') this.quoted = false;
        else {
          this.field += char;
          continue;
        }
      }
      if (this.quoted) {
        if (char === '"') this.afterQuote = true;
        else this.field += char;
      } else if (char === '"' && this.field === '') this.quoted = true;
      else if (char === this.delimiter) this.endField();
      else if (char === '\n') this.endRow();
      else if (char !== '\r') this.field += char;
    }
  }

  endField() {
    this.row.push(this.field);
    this.field = '';
  }

  endRow() {
    this.endField();
    this.push(this.row);
    this.row = [];
  }
}

function toJsonLines() {
  let names = null;
  let number = 1;
  return new Transform({
    writableObjectMode: true,
    transform(row, encoding, callback) {
      if (names === null) {
        names = row;
        return callback();
      }
      number++;
      if (row.length !== names.length) {
        return callback(new RangeError(`row ${number}: ${row.length} fields, not ${names.length}`));
      }
      const record = Object.fromEntries(row.map((field, i) => [names[i], field]));
      callback(null, JSON.stringify(record) + '\n');
    },
  });
}

const args = process.argv.slice(2);
const delimiter = args[0] === '--delimiter' ? args.splice(0, 2)[1] : undefined;
const [from, to] = args;
pipeline(
  from ? fs.createReadStream(from) : process.stdin,
  new CsvParser({ delimiter }),
  toJsonLines(),
  to ? fs.createWriteStream(to) : process.stdout,
  (err) => {
    if (!err) return;
    console.error(err.message);
    process.exitCode = 1;
  },
);
