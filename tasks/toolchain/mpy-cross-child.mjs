// Runs the WebAssembly build of mpy-cross in a process of its own, because it adds listeners to the process at every
// use. Arguments: source name, then mpy-cross options. Standard input: the source. Standard output: the .mpy file.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

// Its loader would fetch the file as a web page does, and Node cannot fetch files.
Reflect.set(Reflect.get(globalThis, 'WebAssembly'), 'instantiateStreaming', undefined);

const require = createRequire(import.meta.url);
const main = require.resolve('@pybricks/mpy-cross-v6');
const { compile } = require(main);

const [path = '', ...options] = process.argv.slice(2);
// Its file system has no folders, so the name with folders goes in as an option.
const name = path.replace(/^.*[/\\]/, '');
if (name !== path && !options.includes('-s')) options.push('-s', path);
const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const source = Buffer.concat(chunks).toString('utf8');
const result = await compile(name, source, options, join(dirname(main), 'mpy-cross-v6.wasm'));
for (const line of [...(result.out ?? []), ...(result.err ?? [])]) process.stderr.write(`${line}\n`);
if (result.status === 0 && result.mpy) process.stdout.write(result.mpy);
else process.exitCode = result.status || 1;
