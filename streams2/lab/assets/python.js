// Python, in a worker: it can be asked, and ended if it does not answer.

import { filesFromFolder } from "./folder.js";

export function startPython({ onProgress, onReady, onBroken }) {
  let worker, waiting, ready, files, address, broken;

  async function start() {
    waiting = new Map();
    ready = false;
    try {
      if (location.protocol === "file:" && !files) {
        files = await filesFromFolder(onProgress);
        address = URL.createObjectURL(new Blob([files["worker.js"]], { type: "text/javascript" }));
      }
      // A module, as Pyodide has it; but from a folder, browsers refuse that.
      worker = address ? new Worker(address) : new Worker("worker.js", { type: "module" });
    } catch (error) {
      onBroken(error.message);
      return;
    }
    worker.onmessage = ({ data }) => hear(data);
    worker.onerror = (event) => onBroken(event.message || "its files cannot be loaded");
    worker.postMessage({ files });
  }

  function hear(data) {
    if (data.loaded !== undefined) {
      if (!broken) onProgress(data.loaded);
    } else if (data.broken) {
      broken = true;
      onBroken(data.broken);
    } else if (data.ready) {
      ready = true;
      onReady();
    } else if (data.ended !== undefined) {
      stop(`ended the process (exit status ${data.ended})`);
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

  // End it, and start another. Who asked is told what became of the program.
  function stop(why) {
    worker.terminate();
    const given_up = [...waiting.values()];
    start();
    for (const { reject } of given_up) reject(Object.assign(new Error(why), { stopped: true }));
  }

  start();
  return { ask, stop, isReady: () => ready };
}
