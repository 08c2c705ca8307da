/** Runs many modules in few processes of MicroPython. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ArchName } from '../../natmod-rules/arch/index.ts';
import { fail, formatProblem, problemsIn } from '../../natmod-rules/problem.ts';
import { MOUNT_MEMORY } from '../../natmod-rules/runtime/index.ts';
import { type Board, mustExecute, takeBoard } from '../board/board.ts';
import { openChild } from '../board/child.ts';
import { findFirmware } from '../bootstrap/firmware.mjs';
import { makeFolders } from '../bootstrap/make-folders.cjs';
import { findRuntime } from '../bootstrap/runtimes.mjs';
import { buildHarness, type Call, callModulesOnXtensa, type Harness as XtensaHarness } from '../run/xtensa.ts';
import { coreOf } from '../run/xtensa-cores.ts';
import { howEnded } from '../system/processes.ts';
import { startProgram } from '../system/programs.ts';

export interface Module {
  /** Name to import it by. */
  readonly name: string;
  readonly mpy: Uint8Array;
  /** Arguments of its `checksum`; none when left out. Modules of one name are one module with several calls. */
  readonly args?: readonly number[];
}

/** The checksum as eight hexadecimal digits, or why there is none. */
export type Ran = { readonly checksum: string } | { readonly crashed: string };

interface Command {
  readonly command: string;
  readonly args: readonly string[];
}

type Program = { readonly program: Command };
type Firmware = { readonly firmware: Command };

/** A bare core with a small loader: there is no MicroPython for this CPU in QEMU. */
type Harness = { readonly harness: XtensaHarness };

/** A MicroPython of an operating system, or a firmware in QEMU. */
export type Place = Program | Firmware | Harness;

/**
 * @param folder for what must be built;
 * @throws NatmodError `no-runtime` with what would provide one, `harness-failed`
 */
export async function findPlace(arch: ArchName, folder: string): Promise<Place> {
  const core = coreOf(arch);
  if (core !== undefined) return { harness: await buildHarness(folder, core) };
  const program = findRuntime(arch);
  if (!('missing' in program)) return { program };
  const firmware = findFirmware(arch);
  if (!('missing' in firmware)) return { firmware };
  return fail('no-runtime', `nothing runs ${arch} modules here: ${program.missing}; ${firmware.missing}`);
}

/** An emulated CPU takes much longer than the second that a program may take on this one. */
const MODULE_MS = 90_000;

/**
 * Imports each module and calls its `checksum`. After a crash the rest runs in a new process, and what crashed is tried
 * once more alone: the module before it may have been the one that wrote where it must not.
 * @param folder for files; @param done gets each result as it comes
 */
export async function runModules(
  place: Place,
  modules: readonly Module[],
  folder: string,
  done: (module: Module, ran: Ran) => void,
): Promise<void> {
  let rest = modules;
  while (rest.length > 0) {
    const results = await runSome(place, rest, folder);
    for (const [index, ran] of results.entries()) {
      const module = rest[index]!;
      done(module, 'crashed' in ran && rest.length > 1 ? await runAlone(place, module, folder, ran) : ran);
    }
    rest = rest.slice(results.length);
  }
}

async function runAlone(place: Place, module: Module, folder: string, before: Ran): Promise<Ran> {
  const [alone = before] = await runSome(place, [module], folder);
  // Memory that fills up is the emulated board's, not the module's.
  if ('crashed' in alone || ('crashed' in before && /MemoryError|out of memory/.test(before.crashed))) return alone;
  return { crashed: `only behind other modules: ${'crashed' in before ? before.crashed : ''}` };
}

/** @returns results of the first modules, one at least; only the last may be a crash */
async function runSome(place: Place, modules: readonly Module[], folder: string): Promise<Ran[]> {
  if ('harness' in place) return runOnHarness(place, modules);
  return 'program' in place ? runInProgram(place, modules, folder) : runOnFirmware(place, modules, folder);
}

const call = ({ name, args = [] }: Module) => `import ${name}\nprint('checksum', '%08X' % ${name}.checksum(${args}))\n`;

async function runInProgram({ program }: Program, modules: readonly Module[], folder: string): Promise<Ran[]> {
  makeFolders(folder);
  const files = new Map(modules.map(({ name, mpy }) => [name, mpy]));
  for (const [name, mpy] of files) writeFileSync(join(folder, `${name}.mpy`), mpy);
  writeFileSync(join(folder, 'main.py'), modules.map(call).join(''));
  const results: Ran[] = [];
  let said = '';
  let rest = '';
  const child = await startProgram([program.command, ...program.args, '-X', 'heapsize=64m', 'main.py'], {
    cwd: folder,
    onText(text, stream) {
      if (stream === 'stderr') {
        said = text.trim().split('\n').at(-1) || said;
        return;
      }
      const lines = (rest + text).split('\n');
      rest = lines.pop()!;
      for (const line of lines) {
        const checksum = /^checksum ([0-9A-F]{8})$/.exec(line)?.[1];
        if (checksum === undefined) said = line;
        else results.push({ checksum });
        timer.refresh();
      }
    },
  });
  const timer = setTimeout(() => child.kill(), MODULE_MS);
  const how = howEnded(await child.ended);
  clearTimeout(timer);
  if (results.length < modules.length) results.push({ crashed: [how, said].filter((text) => text !== '').join(': ') });
  return results;
}

/** What was loaded stays in the board's memory, so it gets a new start after so many bytes. */
const BYTES_PER_START = 200_000;
/** Where QEMU puts the modules: RAM of the machine `virt` that the firmware does not use. */
const MODULES_AT = 0x84000000;

async function runOnFirmware({ firmware }: Firmware, modules: readonly Module[], folder: string): Promise<Ran[]> {
  const some = firstOnes(modules, BYTES_PER_START, modules.length);
  makeFolders(folder);
  const blob = join(folder, 'modules.bin');
  const files = new Map(some.map(({ name, mpy }) => [name, mpy]));
  writeFileSync(blob, Buffer.concat([...files.values()]));
  const loader = `loader,file=${blob.replaceAll(',', ',,')},addr=${MODULES_AT},force-raw=on`;
  const results: Ran[] = [];
  let board: Board | undefined;
  try {
    board = await takeBoard(await openChild([firmware.command, ...firmware.args, '-device', loader]));
    await mustExecute(board, `${MOUNT_MEMORY}import gc,uctypes\n`, 'making room for modules');
    let at = MODULES_AT;
    for (const [i, module] of some.entries()) {
      const [isFirst, isLast] = [some[i - 1]?.name !== module.name, some[i + 1]?.name !== module.name];
      results.push(await runOne(board, module, { at: isFirst ? at : undefined, isLast }));
      if ('crashed' in results.at(-1)!) break;
      if (isLast) at += module.mpy.length;
    }
  } catch (error) {
    results.push({ crashed: firstLine(error) });
  } finally {
    await board?.close();
  }
  return results;
}

/** As many as fit; those of one name count once. */
function firstOnes(modules: readonly Module[], mostBytes: number, most: number): Module[] {
  const names = new Set<string>();
  let bytes = 0;
  const end = modules.findIndex(({ name, mpy }, i) => {
    if (!names.has(name)) bytes += mpy.length;
    names.add(name);
    return i > 0 && (i >= most || (bytes > mostBytes && names.size > 1));
  });
  return modules.slice(0, end === -1 ? modules.length : end);
}

/** @param at address of the module's file, when it is not there yet @param isLast it is not needed any more */
async function runOne(
  board: Board,
  module: Module,
  { at, isLast }: { at: number | undefined; isLast: boolean },
): Promise<Ran> {
  const { name, mpy } = module;
  const file = `_nm_Files.files['${name}.mpy']`;
  const put = at === undefined ? '' : `${file}=uctypes.bytearray_at(${at},${mpy.length})\n`;
  const forget = isLast ? `del ${file},sys.modules['${name}'],${name}\ngc.collect()\n` : '';
  const { output, error } = await board.execute(`${put}${call(module)}${forget}`, { timeoutMs: MODULE_MS });
  const checksum = /^checksum ([0-9A-F]{8})$/m.exec(output)?.[1];
  if (checksum !== undefined && error === '') return { checksum };
  return { crashed: error.trim().split('\n').at(-1) || output };
}

/** It frees nothing, and all of them together have the time of one. */
const MODULES_PER_HARNESS = 100;
const BYTES_PER_HARNESS = 2_000_000;

async function runOnHarness({ harness }: Harness, modules: readonly Module[]): Promise<Ran[]> {
  const some = firstOnes(modules, BYTES_PER_HARNESS, MODULES_PER_HARNESS);
  const files: { mpy: Uint8Array; calls: Call[] }[] = [];
  for (const [i, { name, mpy, args = [] }] of some.entries()) {
    if (some[i - 1]?.name !== name) files.push({ mpy, calls: [] });
    files.at(-1)!.calls.push({ call: 'checksum', args });
  }
  const { lines, failure } = await callModulesOnXtensa(harness, files, MODULE_MS);
  const results = lines.map((line): Ran => {
    // Its numbers are signed.
    const checksum = (Number(line) >>> 0).toString(16).toUpperCase().padStart(8, '0');
    return /^-?\d+$/.test(line) ? { checksum } : { crashed: line };
  });
  const end = results.findIndex((ran) => 'crashed' in ran);
  if (end !== -1) return results.slice(0, end + 1);
  return failure === undefined ? results : [...results, { crashed: firstLine(failure) }];
}

function firstLine(error: unknown): string {
  return formatProblem(problemsIn(error)[0]!).split('\n')[0]!;
}
