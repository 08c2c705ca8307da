/**
 * What can be got so that modules run here: MicroPython for an operating system, firmware, cores to load modules on.
 */
import { ARCHES, type ArchName } from '../../natmod-rules/arch/index.ts';
import { provideEmulator } from '../bootstrap/emulators.mjs';
import { buildableBoards, firmwareBoards, provideFirmware, removeFirmware } from '../bootstrap/firmware.mjs';
import { provideRuntime, removeRuntime, type rootNames, rootOfArch } from '../bootstrap/runtimes.mjs';
import { bringSources } from '../bootstrap/sources.mjs';
import { provideWindowedCompiler, removeWindowedCompiler } from '../bootstrap/xtensa-windowed.mjs';

export type Thing =
  | { readonly kind: 'root'; readonly name: ReturnType<typeof rootNames>[number] }
  /** A core to load modules on, and a compiler for what loads them. */
  | { readonly kind: 'core'; readonly name: 'xtensa' | 'xtensawin' }
  | { readonly kind: 'board'; readonly name: ReturnType<typeof firmwareBoards>[number]['name'] };

/** What is best for an architecture; undefined where nothing can be got. */
export function thingFor(arch: ArchName): Thing | undefined {
  const root = rootOfArch(arch);
  if (root !== undefined) return { kind: 'root', name: root };
  if (arch === 'xtensa' || arch === 'xtensawin') return { kind: 'core', name: arch };
  const board = firmwareBoards().find(({ arches }) => arches.includes(arch));
  return board === undefined ? undefined : { kind: 'board', name: board.name };
}

/** One thing for each architecture that there is one for, each once. */
export function thingsForAll(): Thing[] {
  const things = ARCHES.map(({ name }) => thingFor(name)).filter((thing) => thing !== undefined);
  return [...new Map(things.map((thing) => [thing.name, thing])).values()];
}

/**
 * Gets a thing, unless it is there. Firmware is built of MicroPython's sources, which are got, too.
 * @returns whether there was anything to do
 * @throws SetupError when it cannot be had
 */
export async function provideThing(thing: Thing): Promise<boolean> {
  if (thing.kind === 'core') return provideCore(thing.name);
  if (thing.kind === 'root') return provideRuntime(thing.name);
  if (!buildableBoards().includes(thing.name)) await bringSources();
  return provideFirmware(thing.name);
}

/** For lx106 the compiler of the modules does. */
async function provideCore(name: 'xtensa' | 'xtensawin'): Promise<boolean> {
  const isNew = await provideEmulator(['qemu-system-xtensa'], 'qemu-system-misc');
  return name === 'xtensawin' && (await provideWindowedCompiler()) ? true : isNew;
}

/** @returns whether there was anything to remove; programs of the system stay */
export function removeThing(thing: Thing): boolean {
  if (thing.kind === 'core') return thing.name === 'xtensawin' && removeWindowedCompiler();
  return thing.kind === 'root' ? removeRuntime(thing.name) : removeFirmware(thing.name);
}
