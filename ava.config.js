import { fileURLToPath } from 'node:url';
import { startNodeWithoutCertificates } from './tasks/bootstrap/certificates.mjs';
import { compileAva } from './tasks/bootstrap/compile-ava.mjs';
import { compileTests } from './tasks/bootstrap/compile-tests.mjs';

startNodeWithoutCertificates();

const watches = process.argv.some((word) => ['--watch', '-w'].includes(word));

/** Those that take longest, the longest first: started early, they do not run on alone in the end. */
const LONG = [
  ...['random/builds', 'sdk/abi', 'run/xtensa', 'debug/crash-place', 'flow/math', 'debug/session', 'run/profile'],
  ...['link/riscv-relax', 'bootstrap/package', 'incremental/interrupted', 'debug/elf', 'ci/init', 'make/rebuild'],
  ...['run/tasks', 'board/firmware-kinds', 'make/three-doors', 'incremental/disks', 'incremental/everything-counts'],
  ...['make/field', 'flow/natmodtests', 'board/faults', 'flow/clang', 'board/deploy', 'sanitize/undefined'],
].map((name) => fileURLToPath(new URL(`test/${name}.test.ts`, import.meta.url)));

/** @param {string} file */
function turnOf(file) {
  const turn = LONG.indexOf(file);
  return turn < 0 ? LONG.length : turn;
}

export default async () => ({
  files: ['test/**/*.test.ts'],
  sortTestFiles: (a, b) => turnOf(a) - turnOf(b) || (a < b ? -1 : 1),
  typescript: { rewritePaths: await compileTests({ watches }), compile: false },
  // It adds --enable-source-maps itself.
  nodeArguments: await compileAva(),
  workerThreads: false,
  concurrency: 2,
  timeout: '5m',
  environmentVariables: { NATMOD_TEST: '1', NATMOD_OFFLINE: '1' },
});
