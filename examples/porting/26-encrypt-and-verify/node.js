'use strict';
// Encrypt a file so that nobody can read it or change it unnoticed, and open it again.
//
//     SEAL_KEY=<64 hex digits> node node.js seal NUMBER FILE SEALED
//     SEAL_KEY=<64 hex digits> node node.js open SEALED FILE
//
// NUMBER must be another one for each file that is sealed with a key. What does not come from `seal`
// with the same key is refused, and nothing of it is left.
const crypto = require('crypto');
const fs = require('fs');
const { Readable } = require('stream');
const { buffer } = require('stream/consumers');
const { pipeline } = require('stream/promises');

const ALGORITHM = 'aes-256-gcm';
const HEAD = 12; // "SEAL" and the number: it is also the initialization vector
const TAG = 16;

const key = () => Buffer.from(process.env.SEAL_KEY || '', 'hex');

async function seal(number, input, output) {
  const head = Buffer.alloc(HEAD);
  head.write('SEAL');
  head.writeBigUInt64BE(BigInt(number), 4);
  const cipher = crypto.createCipheriv(ALGORITHM, key(), head);
  await pipeline(
    fs.createReadStream(input),
    async function* (source) {
      yield head;
      for await (const chunk of source) yield cipher.update(chunk);
      yield cipher.final();
      yield cipher.getAuthTag();
    },
    fs.createWriteStream(output),
  );
}

async function open(input, output) {
  const { size } = await fs.promises.stat(input);
  if (size < HEAD + TAG) throw new Error('too short');
  const body = size - TAG;
  const head = await buffer(fs.createReadStream(input, { end: HEAD - 1 }));
  const tag = await buffer(fs.createReadStream(input, { start: body }));
  if (head.toString('latin1', 0, 4) !== 'SEAL') throw new Error('not sealed');
  const decipher = crypto.createDecipheriv(ALGORITHM, key(), head);
  decipher.setAuthTag(tag);
  const unverified = `${output}.unverified`;
  try {
    await pipeline(
      body > HEAD ? fs.createReadStream(input, { start: HEAD, end: body - 1 }) : Readable.from([]),
      decipher,
      fs.createWriteStream(unverified),
    );
    await fs.promises.rename(unverified, output);
  } catch (err) {
    await fs.promises.rm(unverified, { force: true });
    throw err;
  }
  return head.readBigUInt64BE(4);
}

async function main(command, ...args) {
  if (command === 'seal') await seal(...args);
  else console.log(`number ${await open(...args)}`);
}

main(...process.argv.slice(2)).catch((err) => {
  console.error(err.code || err.message);
  process.exitCode = 1;
});
