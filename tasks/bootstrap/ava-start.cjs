// Required first in each of ava's processes: what compile-ava.mjs makes of the worker runs in place of ava's files.
const Module = require('node:module');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');

if (/[\\/]ava[\\/]lib[\\/]worker[\\/]base\.js$/.test(process.argv[1] ?? '')) {
  const worker = pathToFileURL(join(__dirname, '../../build/tests/node_modules/ava/worker.mjs')).href;
  // Node documents neither this nor another way to run something else, but keeps it for those who put it there.
  Reflect.set(Module, 'runMain', () => import(worker));
}
