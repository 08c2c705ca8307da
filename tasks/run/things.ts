/** What can be got so that modules run here: MicroPython for an operating system, firmware, cores to load modules on. */
import { ARCHES, type ArchName } from '../../natmod-rules/arch/index.ts';
import { buildableBoards, firmwareBoards, provideFirmware, removeFirmware } from '../bootstrap/firmware.mjs';
import { provideRuntime, removeRuntime, type rootNames, rootOfArch } from '../bootstrap/runtimes.mjs';
import { bringSources } from '../bootstrap/sources.mjs';
import { provideWindowedCompiler, removeWindowedCompiler } from '../bootstrap/xtensa-windowed.mjs';

export type Thing =
  | { readonly kind: 'root'; readonly name: ReturnType<typeof rootNames>[number] }
  /** A compiler, and a core to load modules on. */
  | { readonly kind: 'windowed'; readonly name: 'xtensawin' }
  | { readonly kind: 'board'; readonly name: ReturnType<typeof firmwareBoards>[number]['name'] };

/** What is best for an architecture; undefined where nothing can be got. */
export function thingFor(arch: ArchName): Thing | undefined {
  const root = rootOfArch(arch);
  if (root !== undefined) return { kind: 'root', name: root };
  if (arch === 'xtensawin') return { kind: 'windowed', name: arch };
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
  if (thing.kind === 'windowed') return provideWindowedCompiler();
  if (thing.kind === 'root') return provideRuntime(thing.name);
  if (!buildableBoards().includes(thing.name)) await bringSources();
  return provideFirmware(thing.name);
}

/** @returns whether there was anything to remove */
export function removeThing(thing: Thing): boolean {
  if (thing.kind === 'windowed') return removeWindowedCompiler();
  return thing.kind === 'root' ? removeRuntime(thing.name) : removeFirmware(thing.name);
}
