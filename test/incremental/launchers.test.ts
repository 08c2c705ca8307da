/**
 * ccache and distcc of Debian as part of the compiler, through all three doors: after each edit what a plain compiler
 * makes.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { findMicroPythonSource } from '../../tasks/bootstrap/provide.mjs';
import { projectDir } from '../../tasks/system/project.ts';
import { makefile, moduleSource } from '../flow/support/rig.ts';
import { bytesOf, natmod, runMake, runNatmod } from '../make/support/doors.ts';
import { testInTurn } from './support/in-turn.ts';
import { type Rig, withRig } from './support/rig.ts';
import { withDistccd } from './support/servers.ts';

const needed = { compiler: 'armv7m', source: true } as const;
const COMPILER = 'arm-none-eabi-gcc';
const tree = findMicroPythonSource() as { readonly dir: string };

/** What a module is made of lies in headers, in one that shadows another, and in data that the assembler reads. */
function write(rig: Rig): void {
  rig.write('m/Makefile', makefile('SRC = mod.c data.c\nCFLAGS += -Inear -Ifar'));
  rig.write(
    'm/mod.c',
    moduleSource('mp_obj_new_int(VALUE + data[0])', '#include <value.h>\nextern const char data[];'),
  );
  rig.write('m/data.c', '__asm__(".section .rodata\\n.global data\\ndata: .incbin \\"data.bin\\"\\n.text");\n');
  rig.write('m/far/value.h', '#define VALUE 1\n');
  rig.write('m/near/.keep', '');
  rig.write('m/data.bin', 'one');
}

type Door = (rig: Rig, cc: string) => Promise<Buffer>;

const program = (name: string) => `"${process.execPath}" "${join(projectDir, 'bin', name)}"`;
const THIRD = [
  ...[`MPY_DIR=${tree.dir}`, `MPY_LD=${program('mpy-ld.cjs')} --source-name mod.mpy`],
  ...[`MPY_TOOL=${program('mpy-tool.cjs')}`, `MPY_CROSS="${process.execPath}" "${natmod}" mpy-cross`],
  '-B',
];

async function make(rig: Rig, build: string, cc: string, words: readonly string[]): Promise<Buffer> {
  const dir = join(rig.dir, 'm');
  const { exitCode, stdout, stderr } = await runMake(dir, ['ARCH=armv7m', `BUILD=${build}`, `CC=${cc}`, ...words]);
  if (exitCode !== 0) throw new Error(stdout + stderr);
  return bytesOf(join(dir, 'mod.mpy'));
}

const doors: Readonly<Record<string, Door>> = {
  async 'natmod build'(rig, cc) {
    const words = ['build', '--no-optimize', '--arch=armv7m', `--cc=${cc}`, `--out=${rig.out}`];
    const { exitCode, stdout, stderr } = await runNatmod(join(rig.dir, 'm'), words);
    if (exitCode !== 0) throw new Error(stdout + stderr);
    return rig.read('out/armv7m/mod.mpy');
  },
  'make with our rules': (rig, cc) => make(rig, 'build-two', cc, []),
  "make with MicroPython's rules": (rig, cc) => make(rig, 'build-three', cc, THIRD),
};

const edits: Readonly<Record<string, (rig: Rig) => void>> = {
  'as it is': () => {},
  'a header': (rig) => rig.write('m/far/value.h', '#define VALUE 2\n'),
  'a header that goes before another': (rig) => rig.write('m/near/value.h', '#define VALUE 3\n'),
  'data of the assembler': (rig) => rig.write('m/data.bin', 'two'),
  'back again': (rig) => rig.remove('m/near/value.h'),
};

/**
 * MicroPython's own rules know of no headers, and with them ccache does what its user has told it; so this is about our
 * linker.
 */
const OF_THIRD = ['as it is', 'a header'];

async function compare(t: ExecutionContext, rig: Rig, cc: string): Promise<void> {
  write(rig);
  for (const [what, edit] of Object.entries(edits)) {
    edit(rig);
    rmSync(join(rig.dir, 'clean'), { recursive: true, force: true });
    await rig.build(['m'], '--no-optimize', '--no-cache', `--out=${join(rig.dir, 'clean')}`);
    const right = rig.read('clean/armv7m/mod.mpy');
    for (const [door, build] of Object.entries(doors)) {
      if (door.includes('MicroPython') && !OF_THIRD.includes(what)) continue;
      t.true((await build(rig, cc)).equals(right), `${door}: ${what}`);
    }
  }
}

testInTurn(
  { ...needed, tool: ['make', 'ccache'] },
  'ccache before the compiler: every door is right after each edit',
  (t) =>
    withRig(async (rig) => {
      process.env.CCACHE_DIR = join(rig.dir, 'ccache');
      await compare(t, rig, `ccache ${COMPILER}`);
    }),
);

testInTurn(
  { ...needed, tool: ['make', 'distcc', 'distccd'] },
  'distcc before the compiler: every door is right after each edit',
  (t) =>
    withRig((rig) =>
      withDistccd(async (hosts, compiled) => {
        process.env.DISTCC_HOSTS = hosts;
        process.env.DISTCC_DIR = join(rig.dir, 'distcc');
        mkdirSync(process.env.DISTCC_DIR);
        process.env.DISTCC_BACKOFF_PERIOD = '0';
        await compare(t, rig, `distcc ${COMPILER}`);
        t.true(compiled() >= 3, `${compiled()} objects came from the daemon`);
      }),
    ),
);
