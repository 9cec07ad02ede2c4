'use strict';
// Turn lines of JSON into SQL, many rows to a statement.
//
//     node node.js [--batch N] TABLE OUTPUT.sql < ROWS
//
// Each line is an object; all have the columns of the first.

const fs = require('fs');
const readline = require('readline');
const { once } = require('events');
const { Writable } = require('stream');
const { finished } = require('stream/promises');

class InsertWriter extends Writable {
  constructor(path, table, batch) {
    super({ objectMode: true, highWaterMark: batch });
    this.path = path;
    this.table = table;
    this.columns = null;
    this.statements = 0;
    this.rows = 0;
  }

  _construct(callback) {
    fs.open(this.path, 'w', (err, fd) => {
      if (err) return callback(err);
      this.fd = fd;
      callback();
      this.emit('open', fd);
    });
  }

  _writev(chunks, callback) {
    const rows = [];
    for (const { chunk } of chunks) {
      this.columns ??= Object.keys(chunk);
      const missing = this.columns.filter((name) => !(name in chunk));
      if (missing.length > 0) return callback(new Error(`no ${missing} in row ${this.rows + 1}`));
      rows.push(`(${this.columns.map((name) => this.literal(chunk[name])).join(', ')})`);
      this.rows++;
    }
    this.statements++;
    const head = `INSERT INTO ${this.table} (${this.columns.join(', ')}) VALUES\n  `;
    fs.write(this.fd, `${head}${rows.join(',\n  ')};\n`, (err) => callback(err));
  }

  literal(value) {
    if (value === null) return 'NULL';
    if (typeof value === 'number') return String(value);
    return `'${String(value).replaceAll("'", "''")}'`;
  }

  _destroy(err, callback) {
    if (this.fd === undefined) return callback(err);
    fs.close(this.fd, (closing) => callback(err || closing));
  }
}

async function main() {
  const args = process.argv.slice(2);
  const batch = args[0] === '--batch' ? Number(args.splice(0, 2)[1]) : 100;
  const [table, path] = args;
  const writer = new InsertWriter(path, table, batch);
  await once(writer, 'open');

  writer.cork();
  for await (const line of readline.createInterface({ input: process.stdin })) {
    if (line.trim() === '') continue;
    if (writer.write(JSON.parse(line))) continue;
    // A batch is full: let it go, all at once.
    writer.uncork();
    await once(writer, 'drain');
    writer.cork();
  }
  writer.end();
  await finished(writer);
  console.log(`${writer.rows} rows in ${writer.statements} statements`);
}

main().catch((err) => {
  console.error(err instanceof SyntaxError ? 'a line is no JSON' : err.code || err.message);
  process.exit(1);
});
