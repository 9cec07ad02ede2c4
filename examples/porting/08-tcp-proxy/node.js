'use strict';
// A TCP proxy: whoever connects to it talks to a server elsewhere, both ways at the same time.
//
//     node node.js [--once N] PORT TARGET_PORT [TARGET_HOST]
//
// With --once it ends after N connections.

const net = require('net');

const args = process.argv.slice(2);
const limit = args[0] === '--once' ? Number(args.splice(0, 2)[1]) : Infinity;
const [port, targetPort, targetHost = '127.0.0.1'] = args;

let accepted = 0;

const server = net.createServer({ allowHalfOpen: true }, (client) => {
  const id = ++accepted;
  if (accepted >= limit) server.close();

  const upstream = net.connect({
    port: Number(targetPort),
    host: targetHost,
    allowHalfOpen: true,
  });
  let open = 2;

  const watch = (name, socket, other) => {
    socket.on('error', (err) => {
      console.log(`${id}: ${name}: ${err.code}`);
      other.destroy();
    });
    socket.on('close', () => {
      if (--open > 0) return;
      console.log(`${id}: ${client.bytesRead} bytes there, ${upstream.bytesRead} back`);
    });
  };

  watch('client', client, upstream);
  watch('server', upstream, client);

  upstream.on('connect', () => {
    client.pipe(upstream);
    upstream.pipe(client);
  });
});

server.on('error', (err) => {
  console.error(`cannot listen: ${err.message}`);
  process.exit(1);
});

server.listen(Number(port), '127.0.0.1', () => {
  console.log(`listening on ${server.address().port}`);
});
