// Python itself. What a program does here cannot block the page, and the page can end it.

// Where the files come from: the server of this page, or the page itself, which has read a folder.
let given = null;
const plainFetch = self.fetch;

// The bytes that have come, for the page's progress bar.
let loaded = 0;
self.fetch = async (address, ...what) => {
  const name = String(address).split("/").at(-1);
  if (given?.[name]) return new Response(given[name], { headers: { "Content-Type": typeOf(name) } });
  const response = await plainFetch(address, ...what);
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

const typeOf = (name) => (name.endsWith(".wasm") ? "application/wasm" : "application/octet-stream");

async function load(files) {
  given = files ?? null;
  const { loadPyodide } = await bring("pyodide.mjs");
  const packed = self.fetch("./streams2.zip").then((response) => response.arrayBuffer());
  const python = await loadPyodide(given ? {
    indexURL: "https://a.folder/",
    lockFileContents: await given["pyodide-lock.json"].text(),
    createPyodideModule: (await bring("pyodide.asm.mjs")).default,
  } : {});
  // Nobody types anything: who waits for input comes to its end.
  python.setStdin({ stdin: () => undefined });
  python.unpackArchive(await packed, "zip", { extractDir: "/packages" });
  return python.runPython(`
import sys
sys.path.insert(0, "/packages")
from streams2.lab.in_page import Laboratory
Laboratory()
`);
}

const bring = (name) => import(given ? URL.createObjectURL(given[name]) : `./pyodide/${name}`);

// A program that came with a link has no business on the network.
function closeNetwork() {
  for (const name of ["fetch", "XMLHttpRequest", "WebSocket", "EventSource", "WebTransport", "Worker"]) {
    Object.defineProperty(self, name, { value: undefined, configurable: false, writable: false });
  }
}

let laboratory;

function begin(files) {
  laboratory = load(files);
  laboratory.then(
    () => {
      closeNetwork();
      self.postMessage({ ready: true });
    },
    (error) => self.postMessage({ broken: String(error) }),
  );
}

async function answer({ id, method, request }) {
  try {
    const lab = await laboratory;
    self.postMessage({ id, answer: lab[method](request) });
  } catch (error) {
    // Python is over: nothing can be asked any more.
    if (error.pyodide_fatal_error) self.postMessage({ ended: error.status ?? 1 });
    else self.postMessage({ id, failed: String(error) });
  }
}

self.onmessage = ({ data }) => (data.method ? answer(data) : begin(data.files));
