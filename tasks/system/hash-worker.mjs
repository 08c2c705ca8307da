// Hashes files in a thread. Message: `{ id, path }`. Answer: `{ id, hash }`, as `hashOf` writes it; no hash when the
// file cannot be read.
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';

parentPort?.on('message', ({ id, path }) => parentPort?.postMessage({ id, hash: hashOfFile(path) }));

/** @param {string} path */
function hashOfFile(path) {
  try {
    return hash('sha256', readFileSync(path), 'hex');
  } catch {
    // Who asked looks at the file again, and finds what there is to say.
    return undefined;
  }
}
