import { startNodeWithoutCertificates } from './tasks/bootstrap/certificates.mjs';
import { compileAva } from './tasks/bootstrap/compile-ava.mjs';
import { compileTests } from './tasks/bootstrap/compile-tests.mjs';

startNodeWithoutCertificates();

const watches = process.argv.some((word) => ['--watch', '-w'].includes(word));

export default async () => ({
  files: ['test/**/*.test.ts'],
  typescript: { rewritePaths: await compileTests({ watches }), compile: false },
  // It adds --enable-source-maps itself.
  nodeArguments: await compileAva(),
  workerThreads: false,
  concurrency: 2,
  timeout: '5m',
  environmentVariables: { NATMOD_TEST: '1', NATMOD_OFFLINE: '1' },
});
