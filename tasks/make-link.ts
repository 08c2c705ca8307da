// `natmod make-link`: the step of sdk/py/dynruntime.mk that links objects, as `gulp build` does it.
import { readFile } from 'node:fs/promises';
import { basename, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { archByName } from '../natmod-rules/arch/index.ts';
import { readLinkerFlags, splitWords } from '../natmod-rules/compile/index.ts';
import { link } from '../natmod-rules/link/index.ts';
import { readQstrs } from '../natmod-rules/preprocess/index.ts';
import { fail } from '../natmod-rules/problem.ts';
import { findLibraries, type LinkPlan, linkPasses, readExternFiles, romRoutines } from './building/build-module.ts';
import { MadeFiles } from './incremental/made-files.ts';
import { observeObjects } from './incremental/made-objects.ts';
import { openSession } from './incremental/session.ts';
import { print, printNote, runProgram } from './report/program.ts';
import { traceFiles } from './system/file-trace.ts';
import { writeWhole } from './system/files.ts';
import { isFile } from './system/look.ts';
import { sharedPool } from './system/pool.ts';
import { findToolchain } from './toolchain/find.ts';

/**
 * Links objects in the order given.
 *
 * @param args `--arch=ARCH --build=BUILD --mod=MOD --qstrs=HEADER --tree=MPY_DIR --runtime=LINK_RUNTIME --cc=CC --cflags=CFLAGS --flags=MPY_LD_FLAGS
 *   -o FILE OBJECT...`
 * @returns exit status
 */
export function main(args: readonly string[]): Promise<number> {
  return runProgram('natmod make-link', async () => {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const made = new MadeFiles(resolve(values.build ?? ''), values.mod ?? '');
    observeObjects(made, resolve('.'));
    const { value, trace } = await traceFiles(() => linkFiles(values, positionals));
    const read = [...positionals, values.qstrs ?? ''].map((name) => resolve(name));
    const files = [...trace.there].filter((path) => isFile(path)).concat(read);
    const folders = [...trace.there].filter((path) => !isFile(path));
    const { sizes, elf } = value;
    const names = [...folders, ...trace.missing, ...(elf === undefined ? [] : [resolve(elf)])];
    made.observe([relative(made.buildDir, resolve(values.output ?? ''))], () => ({
      files: [...new Set(files)],
      names,
    }));
    print(`text ${sizes.text}, rodata ${sizes.rodata}, bss ${sizes.bss}\n`);
  });
}

async function linkFiles(values: Values, names: readonly string[]) {
  const { output = '', qstrs = '' } = values;
  const plan = await readPlan(values);
  const objects = await Promise.all(names.map(async (name) => ({ name, bytes: await read(name) })));
  const { sourceName = basename(output), archFlags } = plan.linker;
  // What it keeps are the mathematical functions of a MicroPython tree, which this machine's library may have to give way to.
  const session = openSession(resolve(output), { cache: true });
  const result = link({
    arch: plan.arch,
    archFlags,
    sourceName,
    objects,
    qstrs: readQstrs((await read(qstrs)).toString('latin1')),
    compact: linkPasses(plan),
    externs: await readExternFiles(plan),
    rom: romRoutines(plan),
    libraries: await findLibraries(plan, objects, { pool: sharedPool(), session, tell: (line) => print(`${line}\n`) }),
  });
  session.records.close();
  const { mpy, sizes } = result;
  await writeWhole(output, mpy);
  const { elf } = plan.linker;
  if (elf !== undefined) {
    const { writeDebugFile } = await import('./debug/write-elf.ts');
    for (const note of await writeDebugFile(elf, result)) printNote(note);
  }
  return { sizes, elf };
}

const options = {
  arch: { type: 'string' },
  build: { type: 'string' },
  mod: { type: 'string' },
  qstrs: { type: 'string' },
  tree: { type: 'string' },
  runtime: { type: 'string' },
  cc: { type: 'string' },
  cflags: { type: 'string' },
  flags: { type: 'string' },
  output: { type: 'string', short: 'o' },
} as const;

type Values = { readonly [name in keyof typeof options]?: string };

async function readPlan({ arch: name = '', cc, runtime, tree = '', ...values }: Values): Promise<LinkPlan> {
  const arch = archByName(name);
  const linker = readLinkerFlags(splitWords(values.flags ?? '', 'MPY_LD_FLAGS'), arch, 'Makefile');
  const dir = resolve('.');
  const wanted = runtime === '1';
  return {
    arch,
    linker,
    runtime: wanted ? 'wanted' : 'none',
    toolchain: wanted || linker.libraries.length > 0 ? await findToolchain(arch, { cc, cwd: dir }) : undefined,
    cflags: splitWords(values.cflags ?? '', 'CFLAGS'),
    mpyDir: resolve(tree),
    module: { dir },
  };
}

async function read(file: string): Promise<Buffer> {
  return readFile(file).catch((error: NodeJS.ErrnoException) =>
    fail('cannot-read', `cannot be read: ${error.code}`, { file }),
  );
}
