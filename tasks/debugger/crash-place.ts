/**
 * Finds where in a module MicroPython has crashed. What has no dump of registers to show is run once more, under the
 * emulator's stub.
 */
import { readFile } from 'node:fs/promises';
import { isAbsolute, relative } from 'node:path';
import { archByName } from '../../natmod-rules/arch/index.ts';
import { buildId, nativeParts } from '../../natmod-rules/debug/index.ts';
import {
  CRASH_SIGNALS,
  crashDump,
  describePlaces,
  type ExportedFunction,
  type FoundPlace,
  findLoadPlace,
  findPlaces,
  type LinkedFile,
  type LoggedAddress,
  placeByCode,
  readCrashLog,
  readExportedFunctions,
  readLinkedFile,
  readRegisters,
  returnAddresses,
  tellImports,
} from '../../natmod-rules/debug/where/index.ts';
import { formatProblem, problemsIn } from '../../natmod-rules/problem.ts';
import type { Job } from '../board/outcome.ts';
import { runOnLink } from '../board/run-board.ts';
import type { Context } from '../building/context.ts';
import { type BuildSummary, runBuild } from '../building/run-build.ts';
import { allModules } from '../modules/find.ts';
import type { Options } from '../options/options.ts';
import { silentReport } from '../report/report.ts';
import type { Place } from '../run/places.ts';
import { runUntilCrash } from './stub-client.ts';
import { type StubbedProgram, withStubbedProgram } from './stubbed-program.ts';
import type { Crash } from './tell-crash.ts';

type Built = BuildSummary['built'][number];

/**
 * Says where it was, as lines for people. Nothing that goes wrong here is a fault of the run, so it is told in the same
 * way.
 */
export async function explainCrash(crash: Crash, options: Options, context: Context): Promise<readonly string[]> {
  try {
    const isReal = crash.place.kind === 'board' && crash.place.emulator === undefined;
    if (isReal && crash.job.tell === undefined)
      return ['somewhere; with --debug natmod says which line of the module it was (docs/where.md)'];
    const modules = await modulesWithElf(crash.built, options, context);
    if (modules.length === 0)
      return ['somewhere; there is no ELF file of the module that would tell which line it was'];
    const { dump, told, memory } = await dumpOf(crash, modules);
    if (dump.length === 0) return ['once; when it was run again to find the place it did not'];
    return describe(modules, dump, readExportedFunctions(told), memory, options.cwd);
  } catch (error) {
    return [`somewhere: ${problemsIn(error).map(formatProblem).join('\n')}`];
  }
}

interface DescribedModule {
  readonly name: string;
  readonly file: LinkedFile;
}

/**
 * The modules with what describes them. Where it was not asked for it is made now, and used if it is of the very same
 * code.
 */
async function modulesWithElf(built: readonly Built[], options: Options, context: Context): Promise<DescribedModule[]> {
  const lacking = built.filter(({ elf }) => elf === undefined);
  const wanted = { ...options, debug: true, modules: [...new Set(lacking.map(({ plan }) => plan.module.dir))] };
  const arches = lacking[0] === undefined ? undefined : [archByName(lacking[0].arch)];
  const made =
    lacking.length === 0
      ? []
      : (await runBuild(allModules(options), { ...wanted, arches }, { ...context, report: silentReport() })).built;
  const all = built.map((one) => (one.elf === undefined ? (made.find(({ file }) => file === one.file) ?? one) : one));
  const found: DescribedModule[] = [];
  for (const { elf, file, plan } of all) {
    if (elf === undefined) continue;
    const linked = readLinkedFile(await readFile(elf), elf);
    const ids = nativeParts(await readFile(file), file).map(buildId);
    if (ids.includes(linked.buildId ?? '')) found.push({ name: plan.name, file: linked });
  }
  return found;
}

interface Dump {
  readonly dump: readonly LoggedAddress[];
  readonly told: string;
  /** Memory around the program counter and at the stack pointer, where it could be read. */
  readonly memory?: { readonly start: number; readonly code: Uint8Array; readonly stack: Uint8Array };
}

async function dumpOf({ place, job, outcome }: Crash, modules: readonly DescribedModule[]): Promise<Dump> {
  if (place.kind === 'program') return dumpOfProgram(place, job, modules);
  if (place.emulator === undefined)
    return { dump: readCrashLog(crashDump(outcome.output) ?? ''), told: outcome.told ?? '' };
  const tell = modules.map(({ name }) => name);
  const again = await runOnLink(() => place.open(), { ...job, tell, show: undefined });
  return { dump: again.crashed ? readCrashLog(crashDump(again.output) ?? '') : [], told: again.told ?? '' };
}

/** An emulator under a stub is slower, and starts from nothing. */
const SLOWER = 3;

async function dumpOfProgram(
  place: Extract<Place, { kind: 'program' }>,
  job: Job,
  modules: readonly DescribedModule[],
): Promise<Dump> {
  const tell = tellImports(modules.map(({ name }) => name));
  return withStubbedProgram(place, { ...job, show: undefined }, tell, async (program) => {
    const { client } = program;
    const timer = setTimeout(() => client.close(), job.timeoutMs * SLOWER);
    try {
      const signal = await runUntilCrash(client, (number) => CRASH_SIGNALS[number] !== undefined);
      if (signal === undefined) return { dump: [], told: '' };
      return await readStopped(program, modules[0]!.file);
    } finally {
      clearTimeout(timer);
    }
  });
}

const CODE_BYTES = 32;
const STACK_BYTES = 1024;

async function readStopped({ client, output }: StubbedProgram, file: LinkedFile): Promise<Dump> {
  const stopped = readRegisters(await client.ask('g'), file);
  if (stopped === undefined) return { dump: [], told: '' };
  const counter = stopped.registers.find(({ role }) => role === 'fault')?.value ?? 0;
  const start = counter - (counter % 4);
  const code = await client.memory(start, CODE_BYTES);
  const stack = await client.memory(stopped.stackPointer, STACK_BYTES);
  return { dump: stopped.registers, told: output(), memory: { start, code, stack } };
}

function describe(
  modules: readonly DescribedModule[],
  dump: readonly LoggedAddress[],
  functions: readonly ExportedFunction[],
  memory: Dump['memory'],
  cwd: string,
): string[] {
  for (const { name, file } of modules) {
    const own = functions.filter(({ module }) => module === name);
    const place = findLoadPlace(file, own) ?? (memory && placeByCode(file, memory.start, memory.code));
    if (place === undefined) continue;
    const callers = memory === undefined ? [] : returnAddresses(file, place, memory.stack);
    const places = findPlaces(file, place, [...dump, ...callers]);
    const code = places.filter(isTelling);
    const shown = withoutRepeats(code).map((one) => withShortPath(one, cwd));
    if (code.some(({ inModule }) => inModule !== undefined)) return [summary(name, shown), ...describePlaces(shown)];
  }
  const [first] = dump.filter(({ role }) => role === 'fault');
  const where = first === undefined ? '' : ` (${first.name} 0x${first.value.toString(16)})`;
  return [`in no code of ${modules.map(({ name }) => name).join(', ')}${where}`];
}

/** Where it stopped, and code; of other registers only what leads to a line. */
function isTelling({ inModule, logged }: FoundPlace): boolean {
  if (logged.role !== 'value' || inModule === undefined)
    return logged.role === 'fault' || inModule?.section === '.text';
  return inModule.section === '.text' && inModule.line !== undefined;
}

/** The same address in several registers is told once. */
function withoutRepeats(places: readonly FoundPlace[]): FoundPlace[] {
  return places.filter((one, i) => places.findIndex((other) => other.logged.value === one.logged.value) === i);
}

function withShortPath(place: FoundPlace, cwd: string): FoundPlace {
  const { inModule } = place;
  if (inModule?.line === undefined || !isAbsolute(inModule.line)) return place;
  const short = relative(cwd, inModule.line);
  return { ...place, inModule: { ...inModule, line: short.startsWith('..') ? inModule.line : short } };
}

function summary(name: string, places: readonly FoundPlace[]): string {
  const at = (one: FoundPlace | undefined) =>
    `${one?.inModule?.symbol.replace(/\+0x[0-9a-f]+$/, '')}${one?.inModule?.line === undefined ? '' : `, ${one.inModule.line}`}`;
  const fault = places.find(({ logged, inModule }) => logged.role === 'fault' && inModule !== undefined);
  if (fault !== undefined) return `in ${at(fault)} (${name})`;
  const caller = places.find(({ inModule }) => inModule !== undefined);
  return `in the firmware; the code of ${name} that called it last is ${at(caller)}`;
}
