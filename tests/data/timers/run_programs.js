'use strict';
// Runs programs of ticks, immediates, timers and I/O, one after the other, and prints the order in
// which the callbacks of each were called. Programs come as JSON on standard input.

const fs = require('node:fs');

function trace(program) {
  const order = [];
  const handles = {};
  let steps = 0;
  function call(node) {
    return () => {
      order.push(node.name);
      for (const op of node.does) {
        if (++steps > 200) return;
        run(op);
      }
    };
  }
  function run([kind, ...args]) {
    if (kind === 'tick') process.nextTick(call(args[0]));
    else if (kind === 'immediate') handles[args[0].name] = setImmediate(call(args[0]));
    else if (kind === 'timeout') handles[args[1].name] = setTimeout(call(args[1]), args[0]);
    else if (kind === 'interval') {
      let left = args[1];
      const each = call(args[2]);
      const handle = setInterval(() => {
        if (--left === 0) clearInterval(handle);
        each();
      }, args[0]);
      handles[args[2].name] = handle;
    } else if (kind === 'io') fs.fstat(0, call(args[0]));
    else if (kind === 'block') {
      const end = performance.now() + args[0];
      while (performance.now() < end);
    } else {
      const handle = handles[args[0]];
      if (kind === 'clear') { clearTimeout(handle); clearImmediate(handle); }
      else if (handle) handle[kind]?.();
    }
  }
  call(program)();
  return order;
}

const program = JSON.parse(fs.readFileSync(0, 'utf8'));
const order = trace(program);
process.on('exit', () => process.stdout.write(JSON.stringify(order)));
