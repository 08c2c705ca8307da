/**
 * Finds where in a module MicroPython has crashed. What has no dump of registers to show is run once more, under the
 * emulator's stub.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join, relative } from 'node:path';
import { type ArchName, archByName } from '../../natmod-rules/arch/index.ts';
import { buildId, nativeParts } from '../../natmod-rules/debug/index.ts';
import { basesOf } from '../../natmod-rules/debug/profile/index.ts';
import {
  CRASH_SIGNALS,
  crashDump,
  describePlaces,
  type FoundPlace,
  findLoadPlace,
  findPlaces,
  type LoadPlace,
  type LoggedAddress,
  readCrashLog,
  readExportedFunctions,
  readLinkedFile,
  readRegisters,
  returnAddresses,
  tellImports,
} from '../../natmod-rules/debug/where/index.ts';
import { formatProblem, problemsIn } from '../../natmod-rules/problem.ts';
import type { Link } from '../board/link.ts';
import type { Job } from '../board/outcome.ts';
import { runOnLink } from '../board/run-board.ts';
import type { Context } from '../building/context.ts';
import { type BuildSummary, runBuild } from '../building/run-build.ts';
import { allModules } from '../modules/find.ts';
import type { Options } from '../options/options.ts';
import { silentReport } from '../report/report.ts';
import { countingPlace } from '../run/counting.ts';
import type { Place } from '../run/places.ts';
import { type DescribedModule, placesByCode } from './code-place.ts';
import { runUntilCrash, type StubClient } from './stub-client.ts';
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
    const dump = await dumpOf(crash, modules);
    if (dump.dump.length === 0) return ['once; when it was run again to find the place it did not'];
    return describe(modules, dump, options.cwd);
  } catch (error) {
    return [`somewhere: ${problemsIn(error).map(formatProblem).join('\n')}`];
  }
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
  /** Where modules lie that have told nothing. */
  readonly found?: ReadonlyMap<string, LoadPlace>;
  /** Memory from the stack pointer on, where it could be read. */
  readonly stack?: Uint8Array;
}

async function dumpOf({ place, job, outcome, built }: Crash, modules: readonly DescribedModule[]): Promise<Dump> {
  if (place.kind === 'program') return dumpOfProgram(place, job, modules);
  if (place.emulator === undefined)
    return { dump: readCrashLog(crashDump(outcome.output) ?? ''), told: outcome.told ?? '' };
  const whole = { ...job, tell: modules.map(({ name }) => name), show: undefined };
  const again = await dumpOfFirmware(() => place.open(), whole);
  if (again.dump.length === 0 || readExportedFunctions(again.told).length > 0) return again;
  return dumpWhileCounting(built[0]!.arch as ArchName, whole, modules);
}

async function dumpOfFirmware(open: () => Promise<Link>, job: Job): Promise<Dump> {
  const { crashed, output, told = '' } = await runOnLink(open, job);
  return { dump: crashed ? readCrashLog(crashDump(output) ?? '') : [], told };
}

/**
 * The machine ends with the firmware, and with it its memory. QEMU can write down all code that runs in it, and the
 * module's is found in that.
 */
async function dumpWhileCounting(arch: ArchName, job: Job, modules: readonly DescribedModule[]): Promise<Dump> {
  const folder = await mkdtemp(join(tmpdir(), 'natmod-crash-'));
  try {
    const { place, counts } = await countingPlace(arch, 'firmware', folder);
    if (place.kind !== 'board') return { dump: [], told: '' };
    const { dump, told } = await dumpOfFirmware(() => place.open(), job);
    const blocks = (await counts()) ?? [];
    const found = modules.flatMap(({ name, file }): [string, LoadPlace][] => {
      const code = file.sections.find((section) => section.name === '.text')?.bytes ?? new Uint8Array(0);
      return basesOf(code, blocks).map((text) => [name, { text }]);
    });
    return { dump, told, found: new Map(found) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
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
      return await readStopped(program, modules);
    } finally {
      clearTimeout(timer);
    }
  });
}

const STACK_BYTES = 1024;

async function readStopped({ client, output }: StubbedProgram, modules: readonly DescribedModule[]): Promise<Dump> {
  const stopped = readRegisters(await client.ask('g'), modules[0]!.file);
  if (stopped === undefined) return { dump: [], told: '' };
  const [dump, told] = [stopped.registers, output()];
  const stack = await client.memory(stopped.stackPointer, STACK_BYTES);
  return { dump, told, stack, found: await findUntold(client, modules, { dump, told, stack }) };
}

/** Where modules lie that have told nothing, because they crashed when they were imported. */
function findUntold(
  client: StubClient,
  modules: readonly DescribedModule[],
  { dump, told, stack }: Required<Pick<Dump, 'dump' | 'told' | 'stack'>>,
): Promise<ReadonlyMap<string, LoadPlace>> {
  const known = new Set(readExportedFunctions(told).map(({ module }) => module));
  const untold = modules.filter(({ name }) => !known.has(name));
  const addresses = dump.filter(({ role }) => role !== 'value').map(({ value }) => value);
  return placesByCode(client, untold, { addresses, stack });
}

function describe(modules: readonly DescribedModule[], { dump, told, found, stack }: Dump, cwd: string): string[] {
  const functions = readExportedFunctions(told);
  const isNull = dump.every(({ role }) => role !== 'fault');
  for (const { name, file } of modules) {
    const own = functions.filter(({ module }) => module === name);
    const place = findLoadPlace(file, own) ?? found?.get(name);
    if (place === undefined) continue;
    const callers = stack === undefined ? [] : returnAddresses(file, place, stack);
    const places = findPlaces(file, place, [...dump, ...callers]);
    const code = places.filter(isTelling);
    const shown = withoutRepeats(code).map((one) => withShortPath(one, cwd));
    if (code.some(({ inModule }) => inModule !== undefined))
      return [summary(name, shown, isNull), ...describePlaces(shown)];
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

/** @param isNull the program counter was 0 */
function summary(name: string, places: readonly FoundPlace[], isNull: boolean): string {
  const at = (one: FoundPlace | undefined) =>
    `${one?.inModule?.symbol.replace(/\+0x[0-9a-f]+$/, '')}${one?.inModule?.line === undefined ? '' : `, ${one.inModule.line}`}`;
  const fault = places.find(({ logged, inModule }) => logged.role === 'fault' && inModule !== undefined);
  if (fault !== undefined) return `in ${at(fault)} (${name})`;
  const inside = places.filter(({ inModule }) => inModule !== undefined);
  const caller = inside.find(({ logged }) => logged.role === 'return') ?? inside[0];
  const where = isNull ? 'by a call of address 0' : 'in the firmware';
  return `${where}; the code of ${name} that called it last is ${at(caller)}`;
}
