// Python, in a worker: it can be asked, and ended if it does not answer.

export function startPython({ onProgress, onReady, onBroken }) {
  let worker, waiting, ready;

  function start() {
    worker = new Worker("worker.js", { type: "module" });
    waiting = new Map();
    ready = false;
    worker.onmessage = ({ data }) => hear(data);
    worker.onerror = (event) => onBroken(event.message || "its files cannot be loaded");
  }

  function hear(data) {
    if (data.loaded !== undefined) onProgress(data.loaded);
    else if (data.broken) onBroken(data.broken);
    else if (data.ready) {
      ready = true;
      onReady();
    } else {
      const { resolve, reject } = waiting.get(data.id);
      waiting.delete(data.id);
      if (data.failed) reject(new Error(data.failed));
      else resolve(JSON.parse(data.answer));
    }
  }

  let number = 0;
  function ask(method, request = null) {
    number += 1;
    const id = number;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      worker.postMessage({ id, method, request: JSON.stringify(request) });
    });
  }

  function stop() {
    worker.terminate();
    const given_up = [...waiting.values()];
    start();
    for (const { reject } of given_up) reject(new Error("stopped"));
  }

  start();
  return { ask, stop, isReady: () => ready };
}
