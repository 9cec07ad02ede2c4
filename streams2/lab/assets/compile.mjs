// Compile the modules that a page imports, by the Python that will run them: then it is there sooner.
//
//     node compile.mjs PYODIDE_FOLDER FROM.zip TO.zip

import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, from, to] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`));
const python = await loadPyodide();
python.unpackArchive(new Uint8Array(readFileSync(from)), "zip", { extractDir: "/packages" });
const packed = python.runPython(`
import io, py_compile, sys, zipfile
from pathlib import Path

sys.path.insert(0, "/packages")
sys.dont_write_bytecode = True
from streams2.lab.in_page import Laboratory

Laboratory()
for module in [*sys.modules.values()]:
    file = getattr(module, "__file__", None) or ""
    if file.startswith("/packages/"):
        # Whoever unpacks it gives the files other times.
        unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
        py_compile.compile(file, doraise=True, invalidation_mode=unchecked)
packed = io.BytesIO()
with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
    for path in sorted(Path("/packages").rglob("*")):
        if path.is_file():
            archive.write(path, path.relative_to("/packages"))
packed.getvalue()
`);
writeFileSync(to, packed.toJs());
