import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import type { ArchName } from '../../natmod-rules/arch/index.ts';
import { debugFile } from '../../natmod-rules/debug/index.ts';
import {
  findLoadPlace,
  gdbCommands,
  NATMOD_WHERE,
  readExportedFunctions,
  readLinkedFile,
} from '../../natmod-rules/debug/where/index.ts';
import { takeBoard } from '../../tasks/board/board.ts';
import { openChild } from '../../tasks/board/child.ts';
import { loadModules } from '../../tasks/board/run-board.ts';
import { findFirmware } from '../../tasks/bootstrap/firmware.mjs';
import { findRuntime } from '../../tasks/bootstrap/provide.mjs';
import { testOnFirmware } from '../board/support/firmware.ts';
import { buildModule } from '../support/compile.ts';
import { testWith } from '../support/needs.ts';

const SOURCE = `#include "py/dynruntime.h"
static int count;
static int scale(int value) {
    count += value;
    return value * 3;
}
static mp_obj_t triple(mp_obj_t value_obj) {
    int value = mp_obj_get_int(value_obj);
    int result = scale(value);
    return mp_obj_new_int(result);
}
static MP_DEFINE_CONST_FUN_OBJ_1(triple_obj, triple);
static mp_obj_t calls(void) {
    return mp_obj_new_int(count);
}
static MP_DEFINE_CONST_FUN_OBJ_0(calls_obj, calls);
mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_triple, MP_OBJ_FROM_PTR(&triple_obj));
    mp_store_global(MP_QSTR_calls, MP_OBJ_FROM_PTR(&calls_obj));
    MP_DYNRUNTIME_INIT_EXIT
}
`;

const GDB = 'gdb-multiarch';

/** A folder with the ELF file of a module that has a function in a function, and a static variable. */
function built(arch: ArchName) {
  const headers = arch === 'rv32imc' ? ['--specs=picolibc.specs'] : [];
  const flags = ['-g', '-fno-inline', '-fno-ipa-sra', ...headers];
  const { image, mpy } = buildModule(arch, 'traced', { 'traced.c': SOURCE }, { compact: true, flags });
  const folder = mkdtempSync(join(tmpdir(), 'natmod-gdb-'));
  const { elf } = debugFile(image, mpy);
  const path = join(folder, 'traced.elf');
  writeFileSync(path, elf);
  return { folder, path, mpy, file: readLinkedFile(elf, path) };
}

/** Starts gdb on a loaded module; `ready` ends when its breakpoint is set and the program is about to go on. */
function debug(log: string, { folder, path, file }: ReturnType<typeof built>, connect: readonly string[]) {
  const place = findLoadPlace(file, readExportedFunctions(log));
  if (place === undefined) throw new Error(`no place in ${log}`);
  const script = join(folder, 'commands.gdb');
  const mark = join(folder, 'ready');
  const commands = ['set pagination off', 'set confirm off', ...connect, ...gdbCommands(file, place, path)];
  const steps = [
    'break scale',
    `shell echo > ${mark}`,
    'continue',
    'print value',
    'bt 2',
    'next',
    'next',
    'print count',
    'detach',
  ];
  writeFileSync(script, [...commands, ...steps].join('\n'));
  const child = spawn(GDB, ['-batch', '-nx', '-x', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  let output = '';
  // What it says on standard error comes anywhere in between.
  child.stdout.on('data', (text) => {
    output += text;
  });
  const end = once(child, 'close');
  const ready = async () => {
    while (!existsSync(mark) && child.exitCode === null) await sleep(20);
  };
  return { ready, end: async () => end.then(() => output) };
}

function check(t: ExecutionContext, output: string): void {
  t.regex(output, /Breakpoint 1, scale \(value=(?:value@entry=)?14\) at \S*traced\.c:[34]/, output);
  t.regex(output, /^\$1 = 14$/m, output);
  t.regex(output, /^#0 +scale \(value=.*\n#1 +\S+ in triple \(value_obj=.*\) at \S*traced\.c:[89]$/m, output);
  t.regex(output, /^\$2 = 14$/m, output);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const PRELUDE = `${NATMOD_WHERE}\nimport traced\nnatmod_where(traced)\n`;

testWith(
  { compiler: 'x64', runtime: 'x64', tool: GDB },
  'x64: gdb stops in a C function called from Python, prints its argument and a static variable, steps, and knows who called',
  async (t) => {
    const module = built('x64');
    writeFileSync(join(module.folder, 'traced.mpy'), module.mpy);
    const script = `${PRELUDE}import sys\nprint("waits")\nsys.stdin.readline()\nprint(traced.triple(14), traced.calls())\n`;
    writeFileSync(join(module.folder, 'main.py'), script);
    const runtime = findRuntime('x64') as { readonly command: string; readonly args: readonly string[] };
    const child = spawn(runtime.command, [...runtime.args, 'main.py'], { cwd: module.folder, stdio: 'pipe' });
    const closed = once(child, 'close');
    try {
      const output = textOf(child);
      while (!output().includes('waits') && child.exitCode === null) await sleep(20);
      const gdb = debug(output(), module, [`attach ${child.pid}`]);
      await gdb.ready();
      child.stdin.write('\n');
      check(t, await gdb.end());
      await closed;
      t.regex(output(), /^42 14$/m);
    } finally {
      child.kill('SIGKILL');
      rmSync(module.folder, { recursive: true, force: true });
    }
  },
);

function textOf(child: ChildProcess): () => string {
  let text = '';
  child.stdout?.on('data', (part) => {
    text += part;
  });
  return () => text;
}

for (const arch of ['armv7m', 'rv32imc'] as const) {
  const title = `${arch}: the same with firmware in an emulated machine`;
  const run = async (t: ExecutionContext) => {
    const firmware = findFirmware(arch) as { readonly command: string; readonly args: readonly string[] };
    const module = built(arch);
    const port = await freePort();
    const stub = ['-gdb', `tcp:127.0.0.1:${port}`];
    const board = await takeBoard(await openChild([firmware.command, ...firmware.args, ...stub]));
    try {
      await loadModules(board, new Map([['traced.mpy', module.mpy]]));
      const { output } = await board.execute(PRELUDE, { timeoutMs: 60_000 });
      const gdb = debug(output, module, [`target remote 127.0.0.1:${port}`]);
      await gdb.ready();
      const code = 'print(traced.triple(14), traced.calls())';
      const result = await board.execute(code, { timeoutMs: 120_000 });
      check(t, await gdb.end());
      t.regex(result.output, /42 14/, result.error);
    } finally {
      await board.close();
      rmSync(module.folder, { recursive: true, force: true });
    }
  };
  if ('missing' in findFirmware(arch)) testOnFirmware(arch, title, run);
  else testWith({ compiler: arch, tool: GDB }, title, run);
}
