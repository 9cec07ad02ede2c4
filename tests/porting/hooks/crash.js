'use strict';
// An uncaught error says what it is, before Node prints it in its own way.
const fs = require('node:fs');

process.on('uncaughtExceptionMonitor', (error) => {
  const { code = null, message = String(error) } = Object(error);
  fs.writeSync(2, `\n@@crash ${JSON.stringify({ code, message })}\n`);
});
