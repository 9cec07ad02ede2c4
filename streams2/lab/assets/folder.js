// From a folder, without a server, a page may bring scripts and nothing else. So there are scripts
// that hold the other files, in pieces.

export async function filesFromFolder(onProgress) {
  const files = {};
  let loaded = 0;
  const list = await new Promise((resolve, reject) => {
    window.streams2Folder = { list: resolve };
    bring("folder/list.js").catch(reject);
  });
  for (const { name, pieces } of list) {
    const parts = [];
    for (let piece = 0; piece < pieces; piece += 1) {
      window.streams2Folder.piece = (text) => parts.push(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));
      await bring(`folder/${name}.${piece}.js`);
      loaded += parts.at(-1).length;
      onProgress(loaded);
    }
    files[name] = new Blob(parts, { type: name.endsWith("js") ? "text/javascript" : "" });
  }
  delete window.streams2Folder;
  return files;
}

function bring(address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.addEventListener("load", () => { script.remove(); resolve(); });
    script.addEventListener("error", () => reject(new Error(`${address} cannot be loaded`)));
    script.src = address;
    document.head.append(script);
  });
}
