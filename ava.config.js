import { fileURLToPath } from 'node:url';
import { startNodeWithoutCertificates } from './tasks/bootstrap/certificates.mjs';
import { compileAva } from './tasks/bootstrap/compile-ava.mjs';
import { compileTests } from './tasks/bootstrap/compile-tests.mjs';

startNodeWithoutCertificates();

const watches = process.argv.some((word) => ['--watch', '-w'].includes(word));

/** Those that take longest, the longest first: started early, they do not run on alone in the end. */
const LONG = [
  ...['random/builds', 'sdk/abi', 'make/field', 'bootstrap/package', 'debug/session', 'run/natmodtests', 'debug/elf'],
  ...['incremental/interrupted', 'flow/clang', 'run/xtensa', 'flow/math', 'run/profile', 'link/riscv-relax'],
  ...['debug/crash-place', 'make/rebuild', 'flow/natmodtests', 'sanitize/undefined', 'run/tasks', 'make/three-doors'],
  ...['flow/levels', 'stack/depth', 'flow/reference', 'incremental/disks', 'incremental/everything-counts'],
  ...['board/deploy', 'sdk/examples', 'make/shared-files', 'sanitize/examples', 'watch/watch', 'watch/unobserved'],
  ...['tasks/compiled', 'ci/init'],
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
  // One more than the cores of a small machine: many tests wait for a board, a debugger or a registry.
  concurrency: 3,
  timeout: '5m',
  environmentVariables: { NATMOD_TEST: '1', NATMOD_OFFLINE: '1' },
});
