// Python itself. What a program does here cannot block the page, and the page can end it.

import { loadPyodide } from "./pyodide/pyodide.mjs";

// The bytes that have come, for the page's progress bar.
const plainFetch = self.fetch;
let loaded = 0;
self.fetch = async (...what) => {
  const response = await plainFetch(...what);
  if (!response.ok || !response.body) return response;
  const counter = new TransformStream({
    transform(chunk, controller) {
      loaded += chunk.byteLength;
      self.postMessage({ loaded });
      controller.enqueue(chunk);
    },
  });
  return new Response(response.body.pipeThrough(counter), { headers: response.headers });
};

async function load() {
  const packed = self.fetch("./streams2.zip").then((response) => response.arrayBuffer());
  const python = await loadPyodide();
  python.unpackArchive(await packed, "zip", { extractDir: "/packages" });
  return python.runPython(`
import sys
sys.path.insert(0, "/packages")
from streams2.lab.in_page import Laboratory
Laboratory()
`);
}

// A program that came with a link has no business on the network.
function closeNetwork() {
  for (const name of ["fetch", "XMLHttpRequest", "WebSocket", "EventSource", "WebTransport", "Worker"]) {
    Object.defineProperty(self, name, { value: undefined, configurable: false, writable: false });
  }
}

const laboratory = load();
laboratory.then(
  () => {
    closeNetwork();
    self.postMessage({ ready: true });
  },
  (error) => self.postMessage({ broken: String(error) }),
);

self.onmessage = async ({ data: { id, method, request } }) => {
  try {
    const lab = await laboratory;
    const answer = method === "events" ? lab.events() : lab.turn(request);
    self.postMessage({ id, answer });
  } catch (error) {
    self.postMessage({ id, failed: String(error) });
  }
};
