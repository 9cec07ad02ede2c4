'use strict';
// Copy a file; broken off, it goes on where it was when it is called again.
//
//     node node.js [--at-most BYTES] SOURCE TARGET
//
// What is not whole yet is in TARGET.part. With --at-most it breaks off by itself.

const fs = require('fs');
const { pipeline } = require('stream/promises');
const { createHash } = require('crypto');

async function sizeOf(path) {
  try {
    return (await fs.promises.stat(path)).size;
  } catch (err) {
    if (err.code === 'ENOENT') return 0;
    throw err;
  }
}

async function digest(path, bytes) {
  const hash = createHash('md5');
  if (bytes > 0) await pipeline(fs.createReadStream(path, { end: bytes - 1 }), hash);
  return hash.digest('hex');
}

async function copy(source, target, { atMost = Infinity } = {}) {
  const part = `${target}.part`;
  const { size } = await fs.promises.stat(source);
  let start = await sizeOf(part);
  if (start > size || (await digest(part, start)) !== (await digest(source, start))) {
    console.log(`${part} is of something else`);
    start = 0;
  } else if (start > 0) {
    console.log(`${start} bytes are there already`);
  }

  const end = Math.min(size, start + atMost);
  if (end > start) {
    await pipeline(
      fs.createReadStream(source, { start, end: end - 1 }),
      fs.createWriteStream(part, { flags: start > 0 ? 'r+' : 'w', start }),
    );
  } else if (start === 0) {
    await fs.promises.writeFile(part, '');
  }
  if (end < size) return { copied: end - start, whole: false };
  await fs.promises.rename(part, target);
  return { copied: end - start, whole: true };
}

async function main() {
  const args = process.argv.slice(2);
  const options = {};
  if (args[0] === '--at-most') options.atMost = Number(args.splice(0, 2)[1]);
  const [source, target] = args;
  const { copied, whole } = await copy(source, target, options);
  console.log(`${copied} bytes copied${whole ? '' : ', and more to come'}`);
  return whole ? 0 : 3;
}

main()
  .then((code) => {
    process.exitCode = code;
  })
  .catch((err) => {
    console.error(`${err.syscall}: ${err.code}`);
    process.exitCode = 1;
  });
