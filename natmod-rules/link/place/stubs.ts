/**
 * Calls to what is outside the module: memset, memmove and memcpy of the firmware, whose address is known only to the
 * loader, and routines at fixed addresses in ROM, at an unknown distance. Such a call goes to a stub in the module that
 * jumps to the address in its word.
 */
import type { Arch } from '../../arch/index.ts';
import type { FamilyRules } from '../families/types.ts';
import { isFirmwareFunction } from '../model/firmware.ts';
import { type Chunk, makeChunk, type Resolve, type Target } from '../model/model.ts';

/** Stubs by what they jump to. */
export type Stubs = ReadonlyMap<string, Target & { kind: 'chunk' }>;

/** The key of a target in `Stubs`; undefined for what no stub can lead to. */
export function stubKey(target: Target): string | undefined {
  if (target.kind === 'table-entry' && isFirmwareFunction(target.index)) return `entry ${target.index}`;
  return target.kind === 'fixed' && target.weak !== true ? `address ${target.address}` : undefined;
}

/**
 * Makes a stub for each of `entries` of the function table, in that order, and for everything else that is called
 * directly.
 * @param entries for the reference linker's sake made also when nothing calls them, where that makes any
 */
export function makeStubs(
  arch: Arch,
  rules: FamilyRules,
  entries: readonly number[],
  chunks: readonly Chunk[],
  resolve: Resolve,
): Stubs {
  const stubs = new Map<string, Target & { kind: 'chunk' }>();
  const add = (target: Target) => {
    const key = stubKey(target);
    if (key !== undefined && !stubs.has(key)) stubs.set(key, makeStub(arch, rules, target));
  };
  if (rules.hasIdleStubs) for (const index of entries) add({ kind: 'table-entry', index });
  const { types } = rules;
  for (const chunk of chunks) {
    for (const { type, symbol } of chunk.relocations) if (types.get(type)?.branch === true) add(resolve(symbol));
  }
  return stubs;
}

function makeStub(arch: Arch, rules: FamilyRules, target: Target): Target & { kind: 'chunk' } {
  const { code, wordOffset, entry = 0 } = rules.farJump(arch.wordSize);
  const symbol = stubKey(target)!.replace(' ', '.');
  const words = [{ offset: wordOffset, target, addend: 0 }];
  const chunk = makeChunk({
    name: `.stub.${symbol}`,
    symbol,
    role: 'text',
    align: arch.wordSize,
    size: code.length,
    data: code,
    words,
  });
  return { kind: 'chunk', chunk, offset: entry };
}
