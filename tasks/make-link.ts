// `natmod make-link`: the step of sdk/py/dynruntime.mk that links objects, as `gulp build` does it.
import { basename, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { archByName } from '../natmod-rules/arch/index.ts';
import { readLinkerFlags, splitWords } from '../natmod-rules/compile/index.ts';
import { readQstrs } from '../natmod-rules/preprocess/index.ts';
import { linkByPlan } from './building/link-by-plan.ts';
import type { LinkPlan } from './building/link-plan.ts';
import { MadeFiles } from './incremental/made-files.ts';
import { observeObjects } from './incremental/made-objects.ts';
import { print, printNote, runProgram } from './report/program.ts';
import { traceFiles } from './system/file-trace.ts';
import { writeWhole } from './system/files.ts';
import { isFile } from './system/look.ts';
import { readNamed } from './system/named-file.ts';
import { answersOf, findToolchain } from './toolchain/find.ts';

/**
 * Links objects in the order given.
 *
 * @param args `--arch=ARCH --build=BUILD --mod=MOD --qstrs=HEADER --tree=MPY_DIR --runtime=LINK_RUNTIME --cc=CC
 *   --cflags=CFLAGS --flags=MPY_LD_FLAGS -o FILE OBJECT...`
 * @returns exit status
 */
export function main(args: readonly string[]): Promise<number> {
  return runProgram('natmod make-link', async () => {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const made = new MadeFiles(resolve(values.build ?? ''), values.mod ?? '');
    await observeObjects(made, resolve('.'));
    const { value, trace } = await traceFiles(() => linkFiles(values, positionals));
    const read = [...positionals, values.qstrs ?? ''].map((name) => resolve(name));
    const files = [...trace.there].filter((path) => isFile(path)).concat(read);
    const folders = [...trace.there].filter((path) => !isFile(path));
    const { sizes, elf, answers } = value;
    const earlier = await Promise.all(trace.answers.map((one) => answers.placesBefore(one)));
    const written = elf === undefined ? [] : [resolve(elf)];
    const names = [...new Set([...folders, ...trace.missing, ...earlier.flat(), ...written])];
    await made.observe([relative(made.buildDir, resolve(values.output ?? ''))], () => ({
      files: [...new Set(files)],
      names,
    }));
    print(`text ${sizes.text}, rodata ${sizes.rodata}, bss ${sizes.bss}\n`);
  });
}

async function linkFiles(values: Values, names: readonly string[]) {
  const { output = '', qstrs = '' } = values;
  const plan = await readPlan(values);
  const objects = names.map((name) => ({ name, bytes: readNamed(name) }));
  const result = await linkByPlan(plan, {
    objects,
    qstrs: readQstrs(readNamed(qstrs).toString('latin1')),
    fileName: nameInside(values),
    tell: (line) => print(`${line}\n`),
  });
  const { mpy, sizes } = result;
  await writeWhole(output, mpy);
  const { elf } = plan.linker;
  if (elf !== undefined) {
    const { writeDebugFile } = await import('./debug/write-elf.ts');
    for (const note of await writeDebugFile(elf, result)) printNote(note);
  }
  return { sizes, elf, answers: answersOf({ answers: plan.toolchain?.answers }) };
}

/** The name that tracebacks show: the module's, also where another file has it. */
function nameInside({ output = '', mod = '' }: Values): string {
  const name = basename(output);
  return name === `${mod}.native.mpy` ? `${mod}.mpy` : name;
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
