// Runs tests in the Python that Pyodide brings:
//
//     node tests/pyodide/run.mjs PYODIDE SITE_PACKAGES [ARGUMENT OF PYTEST]...
//
// PYODIDE is where npm put the package of that name, SITE_PACKAGES a folder with pytest and what
// else the tests import.

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [pyodide, packages, ...pytest] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(resolve(pyodide, 'pyodide.mjs')));

const python = await loadPyodide();
const mount = (from, to) => {
  python.FS.mkdirTree(to);
  python.FS.mount(python.FS.filesystems.NODEFS, { root: resolve(from) }, to);
};
mount('.', '/streams2');
mount(packages, '/packages');
python.globals.set('arguments', python.toPy(pytest));
process.exitCode = python.runPython(`
import os, sys
os.chdir("/streams2")
sys.dont_write_bytecode = True
sys.path[:0] = ["/streams2", "/packages"]
from tests.pyodide.on_a_page import check
check()
from tests.pyodide.quiet_loop import main
main(arguments)
`);
