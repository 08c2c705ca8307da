/** MicroPython's own example modules, unchanged: with our headers they become the same machine code as with its own. */

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { readObject } from '../../natmod-rules/elf/object.ts';
import { collectQstrs, configHeader } from '../../natmod-rules/preprocess/index.ts';
import { run } from '../../tasks/bootstrap/processes.mjs';
import { findMicroPythonSource } from '../../tasks/bootstrap/provide.mjs';
import { inPool } from '../support/abi-files.ts';
import { makeTarget, moduleFlags, SDK, type Target, WORDS, withFolder } from '../support/abi-headers.ts';
import { testWith } from '../support/needs.ts';

/** Sources that use mp_obj_is_type, whose check of the type itself costs code with MicroPython's headers only. */
const USE_IS_TYPE = ['heapq', 're'];
/** Needs a library that source packages do not have. */
const LEFT_OUT = ['btree'];

for (const arch of ['x64', 'armv7m', 'rv32imc', 'xtensa'] as const) {
  testWith({ compiler: arch, source: true }, `${arch}: example modules of MicroPython`, async (t) => {
    const tree = findMicroPythonSource();
    if ('missing' in tree) return t.fail(tree.missing);
    const target = await makeTarget(arch, 'float');
    const sources = exampleSources(tree.dir);
    t.true(sources.length >= 10, `${sources.length} sources`);
    await Promise.all(sources.map((source) => compareExample(t, target, tree.dir, source)));
  });
}

interface Source {
  readonly module: string;
  readonly folder: string;
  readonly name: string;
}

function exampleSources(tree: string): Source[] {
  const examples = join(tree, 'examples', 'natmod');
  if (!existsSync(examples)) return [];
  return readdirSync(examples, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !LEFT_OUT.includes(entry.name))
    .flatMap(({ name: module }) => {
      const folder = join(examples, module);
      const names = readdirSync(folder).filter((name) => name.endsWith('.c'));
      return names.map((name) => ({ module, folder, name }));
    });
}

async function compareExample(t: ExecutionContext, target: Target, tree: string, source: Source): Promise<void> {
  const theirs = await compileExample(target, tree, tree, source);
  // A few of them do not compile for some architecture or kind of float.
  if (typeof theirs === 'string') return t.log(`${source.name} does not compile with MicroPython's headers`);
  const ours = await compileExample(target, SDK, tree, source);
  if (typeof ours === 'string') return t.fail(`${source.name}: ${ours}`);
  if (!USE_IS_TYPE.includes(source.module)) t.deepEqual(ours, theirs, source.name);
}

/** Contents of the sections that get into the module, or what the compiler said. */
function compileExample(target: Target, include: string, tree: string, source: Source) {
  return withFolder({}, async (folder) => {
    const shared = readdirSync(join(tree, 'extmod')).filter((name) => name.endsWith('.c'));
    const texts = [join(source.folder, source.name), ...shared.map((name) => join(tree, 'extmod', name))];
    const qstrs = collectQstrs(texts.map((path) => readFileSync(path, 'utf8')));
    writeFileSync(join(folder, 'config.h'), WORDS + configHeader(qstrs));
    const object = join(folder, 'example.o');
    const [program, ...words] = target.command as [string, ...string[]];
    const flags = [...moduleFlags(target, include, folder), `-I${source.folder}`, `-I${tree}`];
    const args = [...words, ...flags, '-c', '-o', object, join(source.folder, source.name)];
    const { exitCode, stderr } = await inPool(() => run(program, args, { timeoutMs: 120_000 }));
    if (exitCode !== 0) return stderr;
    const { sections } = readObject(readFileSync(object), source.name);
    const kept = sections.filter(({ name }) => /^\.(text|rodata|data|bss|literal|rela?\.)/.test(name));
    return kept.map(({ name, data, size }) => [name, size, Buffer.from(data).toString('hex')]);
  });
}
