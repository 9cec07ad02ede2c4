'use strict';
// Prints every public name of Node's stream modules, and of what they need of others, in Node's
// order: { section: [name, ...] }. What every function and class of JavaScript has is left out.

const childProcess = require('node:child_process');
const buffer = require('node:buffer');
const crypto = require('node:crypto');
const events = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const https = require('node:https');
const iter = require('node:stream/iter');
const zlib = require('node:zlib');
const zlibIter = require('node:zlib/iter');
const net = require('node:net');
const readline = require('node:readline');
const stream = require('node:stream');
const stringDecoder = require('node:string_decoder');
const promises = require('node:stream/promises');
const consumers = require('node:stream/consumers');
const timers = require('node:timers');
const tls = require('node:tls');

const EVERYWHERE = new Set(['length', 'name', 'prototype', 'constructor']);

function names(object, prefix) {
  return Reflect.ownKeys(object)
    .filter((key) => !EVERYWHERE.has(key))
    .map((key) => (typeof key === 'symbol' ? `${prefix}[${String(key)}]` : `${prefix}.${key}`));
}

function ofClass(name, made) {
  const instance = name[0].toLowerCase() + name.slice(1);
  return [...names(made, name), ...names(made.prototype, instance)];
}

const sections = {
  stream: names(stream, 'stream'),
  'stream/promises': names(promises, 'promises'),
  'stream/consumers': names(consumers, 'consumers'),
};
sections['stream/iter'] = names(iter, 'iter');
const { writer } = iter.push();
const { broadcast } = iter.broadcast();
const ofClasses = {
  Writer: [writer, 'writer'],
  Broadcast: [broadcast, 'broadcast'],
  Share: [iter.share([]), 'share'],
  SyncShare: [iter.shareSync([]), 'syncShare'],
};
for (const [name, [instance, prefix]] of Object.entries(ofClasses)) {
  sections[`iter.${name}`] = names(Object.getPrototypeOf(instance), prefix).filter(
    (one) => !one.includes('Symbol(k'),
  );
}
sections['iter.DuplexEnd'] = names(iter.duplex()[0], 'end');
for (const name of ['Readable', 'Writable', 'Duplex', 'Transform', 'PassThrough']) {
  sections[name] = ofClass(name, stream[name]);
}
sections.Stream = names(stream.Stream.prototype, 'stream');
sections.events = names(events, 'events');
sections.EventEmitter = names(events.prototype, 'emitter');
sections.AbortController = ofClass('AbortController', AbortController);
sections.AbortSignal = ofClass('AbortSignal', AbortSignal);
sections.child_process = names(childProcess, 'child_process');
sections.ChildProcess = names(childProcess.ChildProcess.prototype, 'childProcess');
sections.timers = names(timers, 'timers');
sections['timers/promises'] = names(timers.promises, 'promises');
sections.Scheduler = names(Object.getPrototypeOf(timers.promises.scheduler), 'scheduler');
const timeout = setTimeout(() => {}, 1);
const immediate = setImmediate(() => {});
sections.Timeout = names(Object.getPrototypeOf(timeout), 'timeout');
sections.Immediate = names(Object.getPrototypeOf(immediate), 'immediate');
sections.readline = names(readline, 'readline');
sections['readline/promises'] = names(readline.promises, 'readlinePromises');
// Its prototype has Node's own names for what edits a line, too.
sections.Interface = names(Object.getPrototypeOf(readline.Interface.prototype), 'rl').filter(
  (name) => !/^rl\[Symbol\(_/.test(name) && !/^rl\._/.test(name),
);
// Its constants are its own, too, where nobody sees them.
sections.zlib = names(zlib, 'zlib').filter((name) => !(name.slice(5) in zlib.constants));
const ofZlib = Object.getPrototypeOf(zlib.Gzip.prototype);
sections.Zlib = [...names(Object.getPrototypeOf(ofZlib), 'zlib'), ...names(ofZlib, 'zlib')].filter(
  (name) => !name.includes('._'),
);
sections['zlib/iter'] = names(zlibIter, 'zlibIter');
sections.crypto = names(crypto, 'crypto');
sections.Hash = names(crypto.Hash.prototype, 'hash');
sections.Hmac = names(crypto.Hmac.prototype, 'hmac');
sections.Cipheriv = names(crypto.Cipheriv.prototype, 'cipher');
sections.Decipheriv = names(crypto.Decipheriv.prototype, 'decipher');
sections.net = names(net, 'net');
sections['net.Socket'] = names(net.Socket.prototype, 'socket');
sections['net.Server'] = names(net.Server.prototype, 'server');
sections.tls = names(tls, 'tls');
sections['tls.TLSSocket'] = names(tls.TLSSocket.prototype, 'tlsSocket');
sections.http = names(http, 'http');
for (const name of [
  ...['Server', 'Agent', 'IncomingMessage', 'OutgoingMessage', 'ServerResponse', 'ClientRequest'],
]) {
  const instance = name[0].toLowerCase() + name.slice(1);
  sections[`http.${name}`] = names(http[name].prototype, instance).filter(
    (one) => !one.includes('._') && !one.includes('[Symbol(k'),
  );
}
sections.https = names(https, 'https');
for (const name of ['Server', 'Agent']) {
  sections[`https.${name}`] = names(https[name].prototype, name.toLowerCase()).filter(
    (one) => !one.includes('._'),
  );
}
sections.buffer = names(buffer, 'buffer');
// One name of a method is enough: others have two or three, and some are for Node alone.
sections.Buffer = ofClass('Buffer', buffer.Buffer).filter(
  (name) => !/Uint|Slice|(ascii|base64|base64url|latin1|hex|ucs2|utf8)Write|Symbol/.test(name),
);
sections.string_decoder = names(stringDecoder, 'string_decoder');
sections.StringDecoder = names(stringDecoder.StringDecoder.prototype, 'decoder');
sections.fs = names(fs, 'fs').filter((name) => !name.includes('._'));
sections['fs/promises'] = names(fs.promises, 'fsPromises');
sections['fs.ReadStream'] = names(fs.ReadStream.prototype, 'readStream');
sections['fs.WriteStream'] = names(fs.WriteStream.prototype, 'writeStream');
fs.promises.open(__filename).then((handle) => {
  sections.FileHandle = names(Object.getPrototypeOf(handle), 'filehandle').filter(
    (name) => !/\[Symbol\((k|messaging)/.test(name),
  );
  process.stdout.write(JSON.stringify(sections));
  return handle.close();
});
