/**
 * Finds modules that cannot tell where they lie, because they crash while they are imported: by their code in memory.
 */
import { type LinkedFile, type LoadPlace, placeByCode, returnAddresses } from '../../natmod-rules/debug/where/index.ts';
import type { StubClient } from './stub-client.ts';

/** What the stopped CPU has. */
export interface Stopped {
  /** Where it has stopped, and where it would have returned to. */
  readonly addresses: readonly number[];
  /** Memory from the stack pointer on. */
  readonly stack: Uint8Array;
}

export interface DescribedModule {
  readonly name: string;
  readonly file: LinkedFile;
}

const BEFORE = 64;
const BEHIND = 32;
/** Places that are looked at; each is two questions to the stub. */
const MOST_READ = 200;

/**
 * @returns where the module lies whose code is found first, by its name; empty when no code of any is there
 * @throws NatmodError `stub-gone`
 */
export async function placesByCode(
  client: StubClient,
  modules: readonly DescribedModule[],
  { addresses, stack }: Stopped,
): Promise<ReadonlyMap<string, LoadPlace>> {
  const is64 = modules[0]?.file.is64 === true;
  const words = wordsOf(stack, is64).map((word) => ({ ...word, isOnStack: true }));
  const all = [...addresses.map((value) => ({ value, bytes: stack.subarray(0, 0), isOnStack: false })), ...words];
  const seen = new Set<number>();
  for (const { value, bytes, isOnStack } of all) {
    if (value < 4096 || seen.has(value) || seen.size > MOST_READ) continue;
    seen.add(value);
    // Thumb's return addresses are odd.
    const around = await codeAround(client, value - (value % 2));
    for (const { name, file } of modules) {
      const place = placeByCode(file, around.start, around.bytes, value - around.start);
      // The module's file may be in memory, too; of that nothing is called.
      if (place !== undefined && (!isOnStack || returnAddresses(file, place, bytes).length > 0))
        return new Map([[name, place]]);
    }
  }
  return new Map();
}

async function codeAround(client: StubClient, address: number) {
  const before = address < BEFORE ? new Uint8Array(0) : await client.memory(address - BEFORE, BEFORE);
  const behind = await client.memory(address, BEHIND);
  return { start: address - before.length, bytes: Buffer.concat([before, behind]) };
}

function wordsOf(stack: Uint8Array, is64: boolean): { readonly value: number; readonly bytes: Uint8Array }[] {
  const size = is64 ? 8 : 4;
  const view = Buffer.from(stack.buffer as ArrayBuffer, stack.byteOffset, stack.length);
  const words: { value: number; bytes: Uint8Array }[] = [];
  for (let at = 0; at + size <= stack.length; at += size) {
    const value = is64 ? Number(view.readBigUInt64LE(at)) : view.readUInt32LE(at);
    words.push({ value, bytes: stack.subarray(at, at + size) });
  }
  return words;
}
