// biome-ignore-all lint/suspicious/noTemplateCurlyInString: VS Code fills these in.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { findFirmware } from '../../tasks/bootstrap/firmware.mjs';
import { examplesDir, projectDir } from '../../tasks/system/project.ts';
import { withBoard, withoutMpremote } from '../board/support/firmware.ts';
import { type Rig, withRig } from '../flow/support/rig.ts';
import { testWith } from '../support/needs.ts';
import { CRASH_MODULE } from './support/crash-module.ts';
import { pathWithout } from './support/path-without.ts';
import { ON } from './support/places.ts';

const GDB = 'gdb-multiarch';
const FEATURES1 = join(examplesDir, 'features1');

/** natmod, with what it prints. */
class Session {
  readonly child: ChildProcess;
  output = '';
  readonly #closed: Promise<unknown>;

  constructor(words: readonly string[], cwd: string) {
    const command = [join(projectDir, 'bin/natmod.cjs'), ...words];
    this.child = spawn(process.execPath, command, { cwd, stdio: 'pipe', detached: true });
    this.#closed = once(this.child, 'close');
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.on('data', (text) => {
        this.output += text;
      });
    }
  }

  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.output) && this.child.exitCode === null) await sleep(20);
    const found = pattern.exec(this.output);
    if (found === null) throw new Error(`no ${pattern} in ${this.output}`);
    return found[1] ?? '';
  }

  async end(): Promise<string> {
    await this.#closed;
    return this.output;
  }
}

const USE = 'import features1\nprint("start")\nprint(features1.collatz(7))\nprint("end")\n';

function written(rig: Rig): string {
  const script = join(rig.dir, 'use.py');
  writeFileSync(script, USE);
  return script;
}

for (const [arch, on] of ON) {
  const needs = on === 'program' ? ({ runtime: arch } as const) : {};
  testWith(
    { compiler: arch, tool: [GDB, 'make', 'qemu-x86_64'], ...needs },
    `${arch}, ${on}: run --gdb stops where Python first calls a C function; arguments, steps, callers and variables are right`,
    (t) =>
      withRig(async (rig) => {
        if (on === 'firmware' && 'missing' in findFirmware(arch)) return t.fail('no firmware');
        const words = ['run', '--gdb', '--arch', arch, '--on', on, '--dir', FEATURES1, '--out', rig.out];
        const session = new Session([...words, '--timeout', '50', written(rig)], rig.dir);
        // Without symbols of the firmware gdb does not find the way back from a call into it on RISC-V.
        const over = arch === 'rv32imc' ? ['tbreak 48', 'continue'] : ['next', 'next'];
        const steps = ['info args', 'bt 1', 'next', ...over, 'print collatz_calls', 'print n', 'continue'];
        session.child.stdin!.end(steps.map((step) => `${step}\n`).join(''));
        checkSteps(t, await session.end());
        t.is(session.child.exitCode, 0);
      }),
  );
}

/** collatz(7): its argument is the small integer 7. */
function checkSteps(t: ExecutionContext, output: string): void {
  t.regex(output, /^start\r?$/m, output);
  t.regex(output, /breakpoint \d+, collatz \(n_obj=(?:n_obj@entry=)?0xf\) at \S*features1\.c:4[56]$/m, output);
  t.regex(output, /n_obj = 0xf/);
  t.regex(output, /#0 +(0x\w+ in )?collatz \(n_obj=.*0xf\) at \S*features1\.c:4[56]/);
  t.regex(output, /\$1 = 1\n/, output);
  t.regex(output, /\$2 = (7|<optimized out>)\n/, output);
  t.regex(output, /^(\(gdb\) )?\[7, 22, 11, .*, 2, 1\]\r?$/m, output);
  t.notRegex(output, /natmod: features1/);
}

testWith(
  { compiler: 'armv7m', runtime: 'armv7m', tool: [GDB, 'make'] },
  'run --gdb-port waits for a debugger, also for longer than the time-out; one that goes away leaves the script to its end',
  (t) =>
    withRig(async (rig) => {
      const words = [
        'run',
        '--gdb-port',
        String(20_000 + (process.pid % 20_000)),
        '--arch',
        'armv7m',
        '--timeout',
        '4',
      ];
      const session = new Session([...words, '--dir', FEATURES1, '--out', rig.out, written(rig)], rig.dir);
      const port = await session.until(/target remote localhost:(\d+)/);
      const file = await session.until(/^ {2}source (.*)$/m);
      await session.until(/^ {2}continue$/m);
      t.regex(readFileSync(file, 'utf8'), /^symbol-file\nadd-symbol-file ".*features1\.elf" 0x\w+/m);
      const commands = [
        `target remote localhost:${port}`,
        `source ${file}`,
        'continue',
        'shell sleep 6',
        'print n_obj',
      ];
      const gdb = spawn(GDB, ['-q', '-nx', '-batch', ...commands.flatMap((one) => ['-ex', one]), '-ex', 'detach'], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      let said = '';
      gdb.stdout.on('data', (text) => {
        said += text;
      });
      await once(gdb, 'close');
      t.regex(said, /\$1 = .*0xf\n/, `${said}\n${session.output}`);
      t.regex(await session.end(), /^end$/m);
      t.is(session.child.exitCode, 0, session.output);
    }),
);

testWith(
  { compiler: 'x64', runtime: 'x64', tool: ['make', 'qemu-x86_64'] },
  'a debugger that breaks off without a word leaves the script to its end, and the time-out counts from then on',
  (t) =>
    withRig(async (rig) => {
      const dir = rig.module('mod', {
        ...CRASH_MODULE,
        'wait.py': 'import mod, time\nprint("begin")\ntime.sleep(600)\n',
      });
      const words = ['run', '--gdb-port', String(21_000 + (process.pid % 20_000)), '--arch', 'x64', '--timeout', '9'];
      const session = new Session([...words, '--module', dir, '--out', rig.out, join(dir, 'wait.py')], rig.dir);
      const port = await session.until(/target remote localhost:(\d+)/);
      await session.until(/^ {2}continue$/m);
      const socket = connect(Number(port), '127.0.0.1');
      await once(socket, 'connect');
      socket.write('$?#3f');
      await once(socket, 'data');
      socket.destroy();
      const output = await session.end();
      t.regex(output, /^begin$/m, output);
      t.regex(output, /gdb is gone; the script goes on without it/);
      t.regex(output, /no end 9 s after gdb had gone/);
      t.is(session.child.exitCode, 1);
    }),
);

testWith(
  { compiler: 'x64', runtime: 'x64', tool: ['make', 'qemu-x86_64'] },
  'run --gdb says what is missing: gdb, a module that can be imported, an emulator',
  (t) =>
    withRig(async (rig) => {
      const files = { ...CRASH_MODULE, 'mod.c': CRASH_MODULE['mod.c'].replace('count + 1', 'missing_function()') };
      const dir = rig.module('mod', CRASH_MODULE);
      const words = ['run', '--arch', 'x64', '--module', dir, '--out', rig.out, join(dir, 'own.py')];
      const bare = await rig.natmod([...words, '--gdb'], { PATH: pathWithout(/gdb/, join(rig.dir, 'bin')) });
      t.regex(bare.stdout + bare.stderr, /no gdb for x64 is on PATH.*\n.*apt-get install gdb-multiarch/);
      const broken = rig.module('broken', {
        ...files,
        'mod.c': CRASH_MODULE['mod.c'].replace(
          'MP_DYNRUNTIME_INIT_ENTRY',
          'MP_DYNRUNTIME_INIT_ENTRY\n    mp_raise_ValueError("not today");',
        ),
      });
      const failing = ['run', '--arch', 'x64', '--module', broken, '--out', rig.out, '--gdb-port', '22999'];
      const notLoaded = await rig.natmod([...failing, join(broken, 'own.py')]);
      t.regex(notLoaded.stdout + notLoaded.stderr, /the modules could not be imported: ValueError: not today/);
    }),
);

testWith(
  { compiler: 'armv7m', tool: [GDB, 'make'] },
  'natmod gdb --port tells where a module lies on a board, and refuses an ELF file of another build',
  async (t) => {
    if ('missing' in findFirmware('armv7m')) return t.fail('no firmware');
    await withRig((rig) =>
      withBoard(async (port) => {
        const env = { PATH: withoutMpremote };
        const dir = rig.module('mod', CRASH_MODULE);
        const words = ['--module', dir, '--out', rig.out, '--arch', 'armv7m', '--debug'];
        t.is((await rig.natmod(['deploy', '--port', port, ...words], env)).status, 0);
        const elf = join(rig.out, 'armv7m/mod.build/mod.elf');
        const told = await rig.natmod(['gdb', '--port', port, '--elf', elf], env);
        t.regex(told.stdout, /OpenOCD +target extended-remote localhost:3333/, told.stdout + told.stderr);
        t.regex(told.stdout, /^add-symbol-file ".*mod\.elf" 0x\w+ -s \.bss \S+/m);
        t.regex(told.stdout, /^# break peek$/m);
        writeFileSync(join(dir, 'mod.c'), CRASH_MODULE['mod.c'].replace('count += 1', 'count += 2'));
        t.is((await rig.natmod(['build', ...words])).status, 0);
        const other = await rig.natmod(['gdb', '--port', port, '--elf', elf], env);
        t.regex(other.stdout + other.stderr, /mod\.elf is of another build than mod\.mpy on/);
      }),
    );
  },
);

testWith(
  { compiler: 'x64', runtime: 'x64', tool: [GDB, 'make', 'qemu-x86_64'] },
  'what natmod init writes for VS Code: its task waits for gdb, and its commands stop in the new function',
  (t) =>
    withRig(async (rig) => {
      await new Session(['init', 'blinky'], rig.dir).end();
      const module = join(rig.dir, 'blinky');
      const read = (name: string) =>
        JSON.parse(readFileSync(join(module, '.vscode', name), 'utf8').replaceAll('${input:arch}', 'x64'));
      const launch = read('launch.json').configurations[0];
      const task = read('tasks.json').tasks.find(({ label }: { label: string }) => label === launch.preLaunchTask);
      t.deepEqual([task.command, task.args[0], task.isBackground], ['npx', 'natmod', true]);
      const session = new Session(task.args.slice(1), module);
      await session.until(new RegExp(task.problemMatcher.background.endsPattern));
      await session.until(/^ {2}continue$/m);
      const inModule = (text: string) => text.replaceAll('${workspaceFolder}', module);
      const commands = [
        `file ${inModule(launch.program)}`,
        `target remote ${launch.miDebuggerServerAddress}`,
        ...launch.postRemoteConnectCommands.map(({ text }: { text: string }) => inModule(text)),
        'break add',
        'continue',
        'info args',
        'detach',
      ];
      const gdb = spawn(GDB, ['-q', '-nx', '-batch', ...commands.flatMap((one) => ['-ex', one])], { stdio: 'pipe' });
      let said = '';
      gdb.stdout.on('data', (text) => {
        said += text;
      });
      await once(gdb, 'close');
      t.regex(said, /reakpoint \d+, add \(/, `${said}\n${session.output}`);
      await session.end();
      t.is(session.child.exitCode, 0, session.output);
    }),
);
