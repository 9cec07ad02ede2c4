// cat on Node itself: the original of `pipe`, and of `pipeline`, which runs when there is a fault.
//
// `pipe` pauses the source when the sink has enough and resumes it when the sink has drained, and
// leaves failures to its user. `pipeline` destroys both sides when either fails, or when the signal
// says stop, and tells the caller.

const { pipeline } = require('node:stream/promises');

function cat(source, sink) {
  source.pipe(sink);
}

async function catOrFail(source, sink, signal) {
  await pipeline(source, sink, { signal });
}

module.exports = { cat, catOrFail };
