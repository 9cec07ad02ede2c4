// From a folder, without a web server, a browser starts no Worker: search runs in a hidden frame then.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      const frame = document.createElement("iframe");
      frame.hidden = true;
      document.body.append(frame);
      this.inside = frame.contentWindow;
      addEventListener("message", (event) => {
        if (event.source !== this.inside) return;
        this.dispatchEvent(new MessageEvent("message", { data: event.data }));
      });
      const scripts = `
        self.postMessage = (data) => parent.postMessage(data, "*");
        self.importScripts = (...urls) => Promise.all(urls.map((url) => new Promise((done) => {
          const script = document.createElement("script");
          script.src = url; script.onload = done; document.body.append(script);
        })));`;
      const page = this.inside.document;
      page.open();
      page.write(`<body><script>${scripts}</script><script src="${url}"></script></body>`);
      page.close();
      this.loaded = new Promise((done) => this.inside.addEventListener("load", done));
    }
    set onmessage(listener) { this.addEventListener("message", listener); }
    postMessage(data) {
      this.loaded.then(() => this.inside.dispatchEvent(new MessageEvent("message", { data })));
    }
    terminate() { this.inside.frameElement.remove(); }
  };
}
