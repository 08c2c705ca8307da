export default {
  files: ['test/**/*.test.ts'],
  extensions: { ts: 'module' },
  nodeArguments: ['--import=tsx'],
  workerThreads: false,
  concurrency: 2,
  timeout: '5m',
  environmentVariables: { NATMOD_TEST: '1', NATMOD_OFFLINE: '1' },
};
