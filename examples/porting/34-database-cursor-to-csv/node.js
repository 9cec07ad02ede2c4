'use strict';
// Write what a query finds to a file of comma-separated values, row by row.
//
//     node node.js SCRIPT QUERY FILE
//
// SCRIPT is a file of SQL that makes the database, in memory. Rows are fetched as the file takes
// them. If the query fails, at its first row or its last, there is no FILE.
const fs = require('fs');
const { DatabaseSync } = require('node:sqlite');
const { Readable, Transform, pipeline } = require('stream');

class Cursor extends Readable {
  constructor(db, sql) {
    super({ objectMode: true, highWaterMark: 8 });
    this.db = db;
    this.sql = sql;
    this.rows = null;
    this.fetched = 0;
  }

  _construct(callback) {
    try {
      const statement = this.db.prepare(this.sql);
      this.emit('columns', statement.columns().map(({ name }) => name));
      this.rows = statement.iterate();
    } catch (err) {
      return callback(err);
    }
    callback();
  }

  _read(size) {
    try {
      for (let room = true; room && size > 0; size--) {
        const { value, done } = this.rows.next();
        if (done) return this.push(null);
        this.fetched++;
        room = this.push(Object.values(value));
      }
    } catch (err) {
      this.destroy(err);
    }
  }

  _destroy(err, callback) {
    this.db.close();
    callback(err);
  }
}

function toCsv() {
  return new Transform({
    writableObjectMode: true,
    transform(row, encoding, callback) {
      callback(null, row.map(cell).join(',') + '\r\n');
    },
  });
}

function cell(value) {
  if (value === null) return '';
  const text = value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const [script, query, file] = process.argv.slice(2);
const db = new DatabaseSync(':memory:');
db.exec(fs.readFileSync(script, 'utf8'));
const cursor = new Cursor(db, query);
const csv = toCsv();
cursor.on('columns', (names) => csv.write(names));
pipeline(cursor, csv, fs.createWriteStream(file), (err) => {
  if (!err) return console.log(`${cursor.fetched} rows`);
  console.error(err.message);
  fs.rmSync(file, { force: true });
  process.exitCode = 1;
});
