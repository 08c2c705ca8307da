/**
 * What is special where functions turn the register window, on an emulated core: calls that spill and fill windows, a
 * stack pointer that moves, arguments and results in memory, exceptions through many frames, loops without branches,
 * words at the end of what l32r reaches, constants in no memory for code, products whose high word is an instruction,
 * and numbers of 64 bits.
 */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { joinWords } from '../../natmod-rules/compile/index.ts';
import { findModules } from '../../tasks/modules/find.ts';
import { parseOptions } from '../../tasks/options/options.ts';
import { type Call, callModulesOnXtensa, callOnXtensa, callsAsPython } from '../../tasks/run/xtensa.ts';
import { CORES } from '../../tasks/run/xtensa-cores.ts';
import { runBuild } from '../support/build.ts';
import { run } from '../support/compile.ts';
import { testWith } from '../support/needs.ts';
import { problemOf } from '../support/problem-of.ts';
import { runMicroPython } from '../support/run.ts';
import { temporaryFolder } from './support.ts';
import { buildWatchedHarness } from './word-reads.ts';

const folder = await temporaryFolder();
const sources = fileURLToPath(new URL('windowed', import.meta.url));
const core = CORES.de233_fpu;
const needed = { compiler: 'x64', runtime: 'x64', tool: 'qemu-system-xtensa', windowed: true } as const;

/** Each kind of question that special.c answers, with small numbers and with such as need many windows. */
const CALLS: readonly Call[] = Array.from({ length: 12 }, (_, what) =>
  [0, 1, 2, 3, 4, 5, 6, 7, 9, 13, 24, 40].map((n) => ({ call: 'ask', args: [what, what === 6 ? n % 24 : n] })),
).flat();

/** Builds a module of the sources in its folder. @returns the module's file */
async function build(name: string, arch: 'x64' | 'xtensawin', config: object, words: readonly string[]) {
  const dir = join(folder, name, name);
  await writeFile(join(dir, 'natmod.config.mjs'), `export default ${JSON.stringify({ name, ...config })};\n`);
  const compiler = arch === 'x64' ? [] : ['--cc', joinWords([core.compiler()!])];
  const out = join(folder, name, ['out', arch, ...words].join(''));
  const options = parseOptions(['--arch', arch, ...compiler, ...words, '--out', out], dir);
  const { built } = await runBuild(findModules(join(folder, name)), options);
  return built[0]!.file;
}

/** An archive with the object of high.S, in which the two products have become those of Espressif's cores. */
async function archiveOfHighProducts(dir: string): Promise<void> {
  const compiler = core.compiler()!;
  run(compiler, ['-c', join(sources, 'high.S'), '-o', 'high.o'], dir);
  const object = await readFile(join(dir, 'high.o'));
  // mull a2, a2, a3; muluh has 0xa2 and mulsh 0xb2 in its last byte.
  for (const last of [0xb2, 0xa2]) object[object.indexOf(Buffer.of(0x30, 0x22, 0x82)) + 2] = last;
  await writeFile(join(dir, 'high.o'), object);
  run(compiler.replace(/gcc$/, 'ar'), ['rcs', 'libhigh.a', 'high.o'], dir);
}

testWith(
  needed,
  'xtensawin: what is special about register windows and memory for code gives what x64 gives, in every form',
  async (t) => {
    const dir = join(folder, 'special', 'special');
    await mkdir(dir, { recursive: true });
    const own = ['special.c', 'pad.S', 'far.c'];
    for (const name of own) await copyFile(join(sources, name), join(dir, name));
    await archiveOfHighProducts(dir);
    const config = { sources: own, flags: ['-fwrapv'], linkRuntime: true };
    const x64 = await build('special', 'x64', config, []);
    const { stdout } = await runMicroPython('x64', {
      files: { 'special.mpy': await readFile(x64) },
      script: callsAsPython('special', CALLS),
    });
    const wanted = stdout.split('\n').slice(0, -1);
    t.is(wanted.length, CALLS.length);
    t.deepEqual(new Set(wanted.slice(-12)), new Set(['ValueError']));
    t.true(new Set(wanted).size > 100);
    const forms = [
      { level: '-Os', words: [] },
      { level: '-O2', words: [] },
      { level: '-O2', words: ['--no-optimize'] },
    ];
    const modules = [];
    let object = '';
    for (const { level, words } of forms) {
      const own = { ...config, flags: [...config.flags, level], libraries: ['libhigh.a'] };
      const file = await build('special', 'xtensawin', own, words);
      object = join(dirname(file), 'special.build', 'special.c.o');
      modules.push({ mpy: await readFile(file), calls: CALLS });
    }
    const { harness, reads } = await buildWatchedHarness(folder, core);
    const { lines, failure } = await callModulesOnXtensa(harness, modules);
    t.is(failure?.message, undefined);
    forms.forEach((form, i) => {
      t.deepEqual(lines.slice(i * CALLS.length, (i + 1) * CALLS.length), wanted, `${form.level} ${form.words}`);
    });
    t.true((await reads()) > 1000);
    // The code has what this is about.
    const listing = run(core.compiler()!.replace(/gcc$/, 'objdump'), ['-d', object], folder);
    for (const word of ['entry', 'retw', 'movsp', 'loop', 'loopgtz', 'loopnez', 'callx8', 'l32r']) {
      t.regex(listing, new RegExp(`\\t${word}(?:\\.n)?\\b`), word);
    }
  },
);

testWith(needed, 'xtensawin: reading single bytes of code is found where it is watched', async (t) => {
  const dir = join(folder, 'bytes', 'bytes');
  await mkdir(dir, { recursive: true });
  const start = `#include "py/dynruntime.h"
    static mp_obj_t ask(mp_obj_t at) { return mp_obj_new_int(((volatile uint8_t *)ask)[mp_obj_get_int(at)]); }`;
  const rest = (await readFile(join(sources, 'special.c'), 'utf8')).replace(/^[\s\S]*(?=static MP_DEFINE_CONST)/, '');
  await writeFile(join(dir, 'bytes.c'), start + rest.replace('FUN_OBJ_2', 'FUN_OBJ_1'));
  const mpy = await readFile(await build('bytes', 'xtensawin', { sources: ['bytes.c'] }, []));
  const { harness } = await buildWatchedHarness(folder, core);
  const problem = await problemOf(() => callOnXtensa(harness, mpy, [{ call: 'ask', args: [0] }]));
  t.regex(problem!.message, /read of 1 bytes at 0x[\da-f]+, in code, by 0x5[\da-f]+/);
});
