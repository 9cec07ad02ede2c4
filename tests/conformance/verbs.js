'use strict';
// What the verbs of the language do on Node. verbs.py is the same on streams2.

const stream = require('node:stream');
const { show, showError } = require('./notation.js');

const VALUES = {
  bytes: (hex) => Buffer.from(hex, 'hex'),
  array: (hex) => new Uint8Array(Buffer.from(hex, 'hex')),
  view: (hex) => {
    const bytes = new Uint8Array(Buffer.from(hex, 'hex'));
    return new DataView(bytes.buffer, 0, bytes.length);
  },
  words: (hex) => {
    const bytes = new Uint8Array(Buffer.from(hex, 'hex'));
    return new Uint16Array(bytes.buffer, 0, bytes.length / 2);
  },
  object: (content) => content,
  fill: (character, { size }) => character.repeat(size),
  fillBytes: (hex, { size }) => Buffer.alloc(size, Buffer.from(hex, 'hex')),
  chunk: (_content, _spec, _run, scope) => scope.chunk ?? null,
  next: (size, _, run) => run.nextLetter().repeat(size),
  nextBytes: (size, _, run) => Buffer.from(run.nextLetter().repeat(size)),
  nextNumber: (_size, _, run) => ++run.nexts,
};

// Actions that are done to no stream, or to several.
const PLAIN_VERBS = {
  later(run, scope, when, actions) {
    const body = () => {
      for (const action of actions) run.perform(action, scope);
    };
    if (when === 'tick') {
      process.nextTick(body);
      return;
    }
    const turn = run.turn + when;
    if (!run.due.has(turn)) run.due.set(turn, []);
    run.due.get(turn).push(body);
  },

  callback(run, scope, { error, value } = {}) {
    if (scope.callback === undefined) return;
    const given = [];
    if (error !== undefined || value !== undefined) given.push(makeError(error));
    if (value !== undefined) given.push(run.value(value, scope));
    const shown = given.length > 0 ? given.map(show) : ['none'];
    run.recorder.call([`${scope.self}._${scope.method}.callback`, ...shown].join(' '), () => {
      scope.callback(...given);
    });
  },

  throw(run, scope, message) {
    throw new Error(message);
  },

  cleanup(run, scope, id) {
    const cleanup = run.cleanups.get(id);
    if (cleanup !== undefined) run.recorder.call(`cleanup ${id}`, () => { cleanup(); });
  },

  abort(run, scope, id, message) {
    const reason = message === undefined ? [] : [makeError(message)];
    run.recorder.call(['abort', id, ...reason.map(show)].join(' '), () => {
      run.controller(id).abort(...reason);
    });
  },

  pipeline(run, scope, names, id, { script, ...options } = {}) {
    const streams = names.map((name) => run.stream(name, scope));
    if (streams.includes(undefined)) return;
    const callback = run.callback(id, script, scope.self);
    const words = ['pipeline', ...names, id, ...showOptions(options)];
    run.recorder.call(words.join(' '), () => {
      if (Object.keys(options).length === 0) return show(stream.pipeline(...streams, callback));
      // Only the pipeline of promises has options.
      const promise = stream.promises.pipeline(...streams, given(run, options));
      const settle = (error = null) => {
        try {
          callback(error);
        } catch (uncaught) {
          run.recorder.write(`uncaught ${showError(uncaught)}`);
        }
      };
      promise.then(() => { settle(); }, settle);
      return undefined;
    });
  },
};

function showOptions(options) {
  return Object.entries(options).map(([option, value]) => `${option}=${value}`);
}

// Options as Node takes them: a signal is written by its name.
function given(run, { signal, ...options }) {
  return signal === undefined ? options : { ...options, signal: run.controller(signal).signal };
}

// A verb of one stream: how it is written in the trace, and the call whose answer is shown.
function simple(method, ...kinds) {
  return (run, { name, target, scope }, ...values) => {
    const given = values.map((value, i) => (
      kinds[i] === 'stream' ? run.stream(value, scope) : run.value(value, scope)
    ));
    if (given.some((value, i) => kinds[i] === 'stream' && value === undefined)) return;
    run.recorder.call([`${name}.${method}`, ...given.map(show)].join(' '), () => (
      answer(target[method](...given))
    ));
  };
}

function answer(value) {
  return value === undefined ? undefined : show(value);
}

function sending(method) {
  return (run, { name, target, scope }, value, { encoding, callback } = {}) => {
    const label = callback === undefined ? undefined : `cb${++run.callbacks}`;
    const called = label && run.callback(label, callback, scope.self ?? name);
    const chunk = run.value(value, scope);
    const words = [`${name}.${method}`];
    if (value !== undefined) words.push(show(chunk));
    if (encoding) words.push(encoding);
    if (label !== undefined) words.push(label);
    run.recorder.call(words.join(' '), () => answer(target[method](chunk, encoding, called)));
  };
}

function pushing(method) {
  return (run, { name, target, scope }, value, { encoding } = {}) => {
    const chunk = run.value(value, scope);
    const words = [`${name}.${method}`, show(chunk)];
    if (encoding) words.push(encoding);
    run.recorder.call(words.join(' '), () => answer(target[method](chunk, encoding)));
  };
}

function listening(verb, method) {
  return (run, { name, target }, event, id, script) => {
    const listener = run.listener(name, event, id, script);
    run.listeners.set(`${name} ${event} ${id}`, listener);
    run.recorder.call(`${name}.${verb} ${event} ${id}`, () => { target[method](event, listener); });
  };
}

const STREAM_VERBS = {
  write: sending('write'),
  end: sending('end'),
  cork: simple('cork'),
  uncork: simple('uncork'),
  setDefaultEncoding: simple('setDefaultEncoding'),

  push: pushing('push'),
  unshift: pushing('unshift'),
  read: simple('read'),
  pause: simple('pause'),
  resume: simple('resume'),
  setEncoding: simple('setEncoding'),
  unpipe: simple('unpipe', 'stream'),

  readAll(run, { name, target }, ...size) {
    let chunk;
    do {
      run.recorder.call([`${name}.read`, ...size].join(' '), () => {
        chunk = target.read(...size);
        return show(chunk);
      });
    } while (chunk !== null && !run.recorder.full);
  },

  pipe(run, { name, target, scope }, to, options) {
    const dest = run.stream(to, scope);
    if (dest === undefined) return;
    const words = [`${name}.pipe`, show(dest)];
    if (options !== undefined) words.push(`end=${options.end}`);
    run.recorder.call(words.join(' '), () => answer(target.pipe(dest, options)));
  },

  destroy(run, { name, target }, message) {
    const error = message === undefined ? [] : [makeError(message)];
    run.recorder.call([`${name}.destroy`, ...error.map(show)].join(' '), () => (
      answer(target.destroy(...error))
    ));
  },

  destroyEarly(run, { name, target }, message) {
    const error = message === undefined ? [] : [makeError(message)];
    run.recorder.call([`stream.destroy ${name}`, ...error.map(show)].join(' '), () => {
      stream.destroy(target, ...error);
    });
  },

  addAbortSignal(run, { name, target }, id) {
    run.recorder.call(`stream.addAbortSignal ${id} ${name}`, () => (
      show(stream.addAbortSignal(run.controller(id).signal, target))
    ));
  },

  allowHalfOpen(run, { name, target }, flag) {
    run.recorder.call(`${name}.allowHalfOpen=${flag}`, () => { target.allowHalfOpen = flag; });
  },

  implement(run, { name, target }, method, script) {
    run.recorder.call(`${name}._${method}=`, () => {
      target[`_${method}`] = run.method(name, method, script);
    });
  },

  on: listening('on', 'on'),
  once: listening('once', 'once'),
  prepend: listening('prepend', 'prependListener'),
  prependOnce: listening('prependOnce', 'prependOnceListener'),

  off(run, { name, target }, event, id) {
    const listener = run.listeners.get(`${name} ${event} ${id}`);
    if (listener === undefined) return;
    run.recorder.call(`${name}.off ${event} ${id}`, () => { target.off(event, listener); });
  },

  removeAllListeners(run, { name, target }, ...event) {
    run.recorder.call([`${name}.removeAllListeners`, ...event].join(' '), () => {
      target.removeAllListeners(...event);
    });
  },

  emit(run, { name, target, scope }, event, value) {
    const values = [];
    if (value !== undefined) values.push(event === 'error' ? makeError(value) : run.value(value, scope));
    run.recorder.call([`${name}.emit`, event, ...values.map(show)].join(' '), () => (
      answer(target.emit(event, ...values))
    ));
  },

  finished(run, { name, target, scope }, id, { script, ...options } = {}) {
    const words = [`${name}.finished`, id, ...showOptions(options)];
    run.recorder.call(words.join(' '), () => {
      const called = run.callback(id, script, scope.self ?? name);
      run.cleanups.set(id, stream.finished(target, given(run, options), called));
    });
  },
};

function makeError(message) {
  return message === undefined || message === null ? null : new Error(message);
}

module.exports = { PLAIN_VERBS, STREAM_VERBS, VALUES };
