/** MicroPython in a QEMU that counts what runs: in a program of Linux, or as firmware of an emulated board. */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ArchName } from '../../natmod-rules/arch/index.ts';
import { type CountedBlock, readCounts } from '../../natmod-rules/debug/profile/index.ts';
import { fail } from '../../natmod-rules/problem.ts';
import { openChild } from '../board/child.ts';
import { findFirmware } from '../bootstrap/firmware.mjs';
import { run } from '../bootstrap/processes.mjs';
import { findRuntime } from '../bootstrap/runtimes.mjs';
import { removeQuietly } from '../system/files.ts';
import { findProgram } from '../system/find-program.ts';
import { projectDir } from '../system/project.ts';
import type { Place } from './places.ts';

const SOURCE = join(projectDir, 'tasks/run/count/count.c');
const COMPILERS = ['cc', 'gcc', 'clang'];
const COMPILE_MS = 60_000;
/** For QEMU to write its counts down. */
const PATIENCE_MS = 10_000;

/** What a QEMU counts. */
export interface Counter {
  /** What ran since the last call; undefined when QEMU has written nothing down, as it does when it was killed. */
  counts(): Promise<readonly CountedBlock[] | undefined>;
}

export interface CountingPlace extends Counter {
  readonly place: Place;
}

/**
 * @param on this kind only
 * @param folder for the plugin and what it writes
 * @throws NatmodError `cannot-count`
 */
export async function countingPlace(
  arch: ArchName,
  on: 'program' | 'firmware' | undefined,
  folder: string,
): Promise<CountingPlace> {
  const qemu = await findQemu(arch, on);
  const { words, counts } = await createCounter(qemu.command, folder);
  const args = [...words, ...qemu.args];
  const name = `${qemu.name}, counting`;
  const open = () => openChild([qemu.command, ...args], { patienceMs: PATIENCE_MS });
  return {
    place:
      qemu.kind === 'program'
        ? { kind: 'program', name, command: qemu.command, args }
        : { kind: 'board', name, emulator: [qemu.command, ...args], open },
    counts,
  };
}

/**
 * @param qemu its program
 * @param folder for the plugin and what it writes
 * @returns also the arguments that make QEMU count
 * @throws NatmodError `cannot-count`
 */
export async function createCounter(
  qemu: string,
  folder: string,
): Promise<Counter & { readonly words: readonly string[] }> {
  const plugin = await buildPlugin(SOURCE, qemu, folder);
  const output = join(folder, 'counts.txt');
  return {
    // A comma separates options of QEMU's.
    words: ['-plugin', [plugin, `out=${output}`].map((word) => word.replaceAll(',', ',,')).join(',')],
    async counts() {
      // QEMU writes it when it ends well; whoever asks is told that there are no counts.
      const text = await readFile(output, 'latin1').catch(() => undefined);
      removeQuietly(output);
      return text === undefined ? undefined : readCounts(text);
    },
  };
}

interface Qemu {
  readonly kind: 'program' | 'firmware';
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

async function findQemu(arch: ArchName, on: 'program' | 'firmware' | undefined): Promise<Qemu> {
  const reasons: string[] = [];
  if (on !== 'firmware') {
    const found = findRuntime(arch, process.env, true);
    if ('missing' in found) reasons.push(found.missing);
    else if (!/^qemu-/.test(nameOf(found.command))) reasons.push(`${found.command} is not QEMU`);
    else if (await takesPlugins(found.command))
      return { kind: 'program', name: nameOf(found.command), command: found.command, args: found.args };
    else reasons.push(`${found.command} was made without plugins, as that of Debian 13`);
  }
  if (on !== 'program') {
    const found = findFirmware(arch);
    if (!('missing' in found))
      return { kind: 'firmware', name: `firmware ${found.board}`, command: found.command, args: found.args };
    reasons.push(found.missing);
  }
  const hint = '`natmod runtimes` lists what can be had; the packages are qemu-user and qemu-system';
  return fail('cannot-count', `instructions of ${arch} cannot be counted here: ${reasons.join('; ')}`, undefined, hint);
}

/** A QEMU that is one file, without libraries beside it, can load none. */
async function takesPlugins(qemu: string): Promise<boolean> {
  const { stdout } = await run(qemu, ['-h'], { timeoutMs: COMPILE_MS });
  return /^-plugin\b/m.test(stdout);
}

function nameOf(command: string): string {
  return command.split(/[/\\]/).at(-1) ?? command;
}

/** The version of the plugin interface: 2 from QEMU 9.0 on, and instructions are copied from 9.1 on. */
async function apiOf(qemu: string): Promise<1 | 2 | 3> {
  const { stdout } = await run(qemu, ['--version'], { timeoutMs: COMPILE_MS });
  const [, major = '', minor = ''] = /version (\d+)\.(\d+)/.exec(stdout) ?? [];
  const version = Number(major) * 100 + Number(minor);
  if (version >= 901) return 3;
  return version >= 900 ? 2 : 1;
}

/**
 * Compiles a plugin.
 * @param source absolute path of its C file
 * @param qemu the program that is to load it
 * @returns its path in the folder
 * @throws NatmodError `cannot-count`
 */
export async function buildPlugin(source: string, qemu: string, folder: string): Promise<string> {
  const api = await apiOf(qemu);
  const compiler = COMPILERS.map((name) => findProgram(name, folder)).find((path) => path !== undefined);
  if (compiler === undefined) {
    const hint = 'install the package gcc';
    return fail('cannot-count', 'no C compiler of this machine is on PATH, for the part that counts', undefined, hint);
  }
  const plugin = join(folder, `${basename(source, '.c')}.so`);
  const flags = ['-std=gnu11', '-O2', '-fPIC', '-shared', '-fvisibility=hidden', `-DPLUGIN_API=${api}`];
  const { exitCode, stderr } = await run(compiler, [...flags, source, '-o', plugin], { timeoutMs: COMPILE_MS });
  if (exitCode === 0) return plugin;
  return fail('cannot-count', `the part that counts cannot be compiled: ${stderr.trim()}`, undefined, `by ${compiler}`);
}
