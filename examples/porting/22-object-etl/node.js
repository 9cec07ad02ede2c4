'use strict';
// Orders in, turnover by country out.
//
//     node node.js CUSTOMERS.json [--strict] < orders.ndjson > turnover.ndjson
//
// An order is {"id", "customer", "items": [{"sku", "count", "cents"}]}. What is no order goes to
// rejects.ndjson with a reason, or with --strict ends everything.
const fs = require('fs');
const { Transform, pipeline } = require('stream');

function parse() {
  let rest = '';
  let number = 0;
  return new Transform({
    readableObjectMode: true,
    transform(chunk, encoding, callback) {
      const lines = (rest + chunk.toString('latin1')).split('\n');
      rest = lines.pop();
      for (const line of lines) this.push({ number: ++number, text: utf8(line) });
      callback();
    },
    flush(callback) {
      if (rest) this.push({ number: ++number, text: utf8(rest) });
      callback();
    },
  });
}

function utf8(line) {
  return Buffer.from(line, 'latin1').toString();
}

function join(customers, reject) {
  return new Transform({
    objectMode: true,
    transform(line, encoding, callback) {
      let order;
      try {
        order = Object(JSON.parse(line.text));
      } catch {
        return reject(line, 'not JSON', callback);
      }
      if (!Object.hasOwn(customers, order.customer)) {
        return reject(line, 'unknown customer', callback);
      }
      if (!Array.isArray(order.items)) return reject(line, 'no items', callback);
      const { country, name } = customers[order.customer];
      callback(null, { ...order, country, name });
    },
  });
}

function byCountry() {
  const totals = new Map();
  return new Transform({
    objectMode: true,
    transform({ country, items }, encoding, callback) {
      const total = totals.get(country) || { country, orders: 0, cents: 0 };
      total.orders++;
      for (const { count = 1, cents } of items) total.cents += count * cents;
      totals.set(country, total);
      callback();
    },
    flush(callback) {
      const sorted = [...totals.values()].sort((a, b) => b.cents - a.cents);
      for (const total of sorted) this.push(total);
      callback();
    },
  });
}

function stringify() {
  return new Transform({
    writableObjectMode: true,
    transform(row, encoding, callback) {
      callback(null, JSON.stringify(row) + '\n');
    },
  });
}

const [path, strict] = process.argv.slice(2);
const customers = JSON.parse(fs.readFileSync(path, 'utf8'));
const rejects = fs.createWriteStream('rejects.ndjson');

function reject(line, reason, callback) {
  if (strict) return callback(new Error(`line ${line.number}: ${reason}`));
  rejects.write(JSON.stringify({ ...line, reason }) + '\n', callback);
}

pipeline(
  process.stdin, parse(), join(customers, reject), byCountry(), stringify(), process.stdout,
  (err) => {
    rejects.end();
    if (!err) return;
    console.error(err.message);
    process.exitCode = 1;
  },
);
