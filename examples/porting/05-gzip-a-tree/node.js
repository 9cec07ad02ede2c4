'use strict';
// Compress every file of a folder, or with -d unpack every one that is compressed.
//
//     node node.js [-d] [-j JOBS] FOLDER

const fs = require('fs');
const path = require('path');
const zlib = require('zlib');
const { pipeline } = require('stream/promises');

async function* walk(folder) {
  const entries = await fs.promises.readdir(folder, { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(full);
    else if (entry.isFile()) yield full;
  }
}

async function convert(from, to, stage) {
  try {
    await pipeline(
      fs.createReadStream(from),
      stage,
      fs.createWriteStream(to, { flags: 'wx' }),
    );
  } catch (err) {
    if (err.code !== 'EEXIST') await fs.promises.unlink(to);
    throw err;
  }
  await fs.promises.unlink(from);
}

async function main(args) {
  const unpack = args[0] === '-d';
  if (unpack) args.shift();
  const jobs = args[0] === '-j' ? Number(args.splice(0, 2)[1]) : 2;
  const results = [];

  async function work(files) {
    for await (const file of files) {
      if (file.endsWith('.gz') !== unpack) continue;
      const target = unpack ? file.slice(0, -'.gz'.length) : `${file}.gz`;
      const stage = unpack ? zlib.createGunzip() : zlib.createGzip({ level: 9 });
      try {
        await convert(file, target, stage);
        results.push(`${file} -> ${target}`);
      } catch (err) {
        results.push(`${file}: ${err.code}`);
        process.exitCode = 1;
      }
    }
  }

  // All take from one and the same generator, so that each file is taken once.
  const files = walk(args[0]);
  await Promise.all(Array.from({ length: jobs }, () => work(files)));
  results.sort();
  for (const line of results) console.log(line);
}

main(process.argv.slice(2)).catch((err) => {
  console.error(`${err.code}: ${err.path}`);
  process.exit(2);
});
