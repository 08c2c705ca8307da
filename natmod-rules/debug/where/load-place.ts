/**
 * Where a module was loaded, from the module itself: a function that it exports is an object in its memory, which holds
 * the address of the C function. The ELF file has the same objects, so the two tell how far everything has moved; a
 * second function confirms it.
 */
import { EM_ARM, STT_FUNC, STT_OBJECT } from '../../elf/constants.ts';
import type { LinkedFile } from './linked-file.ts';
import type { LoadPlace } from './where.ts';

/** A function object, as the board has it. */
export interface ExportedFunction {
  readonly module: string;
  readonly name: string;
  /** What `id()` says. */
  readonly address: number;
  /** The machine words there. */
  readonly words: readonly number[];
}

const LINE = /natmod: (\S+) (\S+) ([0-9a-f]+) ([48]) ([0-9a-f]{24,64})\b/g;

/** The lines that `natmod_where()` has printed into a log. */
export function readExportedFunctions(log: string): ExportedFunction[] {
  return [...log.matchAll(LINE)].map(([, module = '', name = '', address = '', size = '4', bytes = '']) => {
    const data = Buffer.from(bytes, 'hex');
    const wordSize = Number(size);
    const words: number[] = [];
    for (let at = 0; at + wordSize <= data.length; at += wordSize)
      words.push(wordSize === 8 ? Number(data.readBigUInt64LE(at)) : data.readUInt32LE(at));
    return { module, name, address: Number.parseInt(address, 16), words };
  });
}

/** An object of the ELF file with a word that leads to code. */
interface Candidate {
  readonly address: number;
  readonly isInText: boolean;
  readonly index: number;
  readonly code: number;
}

/** The place that most functions agree on; undefined when none fits, or when several do. */
export function findLoadPlace(file: LinkedFile, functions: readonly ExportedFunction[]): LoadPlace | undefined {
  const votes = new Map<string, { readonly place: LoadPlace; readonly names: Set<string> }>();
  for (const one of functions) {
    for (const place of placesOf(file, one)) {
      const key = `${place.text} ${place.data}`;
      const vote = votes.get(key) ?? { place, names: new Set() };
      vote.names.add(one.name);
      votes.set(key, vote);
    }
  }
  const sorted = [...votes.values()].sort((a, b) => b.names.size - a.names.size);
  const [best, next] = sorted;
  return best === undefined || next?.names.size === best.names.size ? undefined : best.place;
}

function* placesOf(file: LinkedFile, { address, words }: ExportedFunction): Generator<LoadPlace> {
  const textAddress = file.sections.find(({ name }) => name === '.text')?.address ?? 0;
  const dataAddress = Math.min(
    ...file.sections.filter(({ name }) => name === '.bss' || name === '.rodata').map((section) => section.address),
  );
  for (const candidate of candidatesOf(file)) {
    const word = words[candidate.index];
    if (word === undefined) continue;
    const text = word - candidate.code + textAddress;
    const moved = address - candidate.address;
    if (text < 0 || text % 2 !== 0) continue;
    if (!candidate.isInText) yield { text, data: moved + dataAddress };
    else if (moved === text - textAddress) yield { text };
  }
}

/**
 * The C functions behind exported ones, as gdb's `break` takes them: by name, or by address where several have the
 * name.
 */
export function exportedCode(file: LinkedFile, { text }: LoadPlace, functions: readonly ExportedFunction[]): string[] {
  const start = file.sections.find(({ name }) => name === '.text')?.address ?? 0;
  const found = functions.flatMap(({ words }) =>
    words.slice(1).flatMap((word) => {
      const address = word - (file.machine === EM_ARM ? word % 2 : 0) - text + start;
      const symbol = file.symbols.find((one) => one.type === STT_FUNC && one.address === address);
      if (symbol === undefined) return [];
      const isOne = file.symbols.filter(({ name }) => name === symbol.name).length === 1;
      return [
        isOne && /^[A-Za-z_]\w*$/.test(symbol.name) ? symbol.name : `*0x${(address - start + text).toString(16)}`,
      ];
    }),
  );
  return [...new Set(found)];
}

/** Objects of functions have their type first, and the address of the C function in the second or third word. */
function candidatesOf(file: LinkedFile): Candidate[] {
  const wordSize = file.is64 ? 8 : 4;
  const code = file.sections.find(({ name }) => name === '.text');
  if (code === undefined) return [];
  const isCode = (address: number) => address >= code.address && address < code.address + code.size;
  return file.symbols.flatMap(({ type, address, size }): Candidate[] => {
    const section = file.sections.find(
      (one) => one.address <= address && address + size <= one.address + one.bytes.length,
    );
    if (type !== STT_OBJECT || section === undefined || size < 2 * wordSize || size > 4 * wordSize) return [];
    const view = Buffer.from(section.bytes.buffer as ArrayBuffer, section.bytes.byteOffset, section.bytes.length);
    return [1, 2].flatMap((index) => {
      const at = address - section.address + index * wordSize;
      if ((index + 1) * wordSize > size) return [];
      const value = wordSize === 8 ? Number(view.readBigUInt64LE(at)) : view.readUInt32LE(at);
      const isFunction = isCode(value) && (file.machine !== EM_ARM || value % 2 === 1);
      return isFunction ? [{ address, isInText: section === code, index, code: value }] : [];
    });
  });
}

/**
 * Where the module must lie, from the memory around an address that may be in its code; undefined when such bytes are
 * nowhere in it, or in several places.
 * @param bytes the memory from `start` on
 * @param near offset in it that counts most: words that the loader has completed are others than in the file, so what
 *   tells is looked for from there on
 */
export function placeByCode(file: LinkedFile, start: number, bytes: Uint8Array, near = 0): LoadPlace | undefined {
  const code = file.sections.find(({ name }) => name === '.text');
  if (code === undefined) return undefined;
  const text = Buffer.from(code.bytes.buffer as ArrayBuffer, code.bytes.byteOffset, code.bytes.length);
  const from = Array.from({ length: Math.max(bytes.length - LEAST_CODE + 1, 0) }, (_, i) => i);
  from.sort((a, b) => distance(a, near) - distance(b, near));
  for (const one of from) {
    const wanted = bytes.subarray(one, one + LEAST_CODE);
    const at = text.indexOf(wanted);
    if (at < 0 || text.indexOf(wanted, at + 1) >= 0) continue;
    const moved = start + one - at;
    // The address itself is then in the code, too, or behind its last call.
    if (start + near >= moved && start + near <= moved + code.size) return { text: moved };
  }
  return undefined;
}

/** Of bytes from an offset on to another offset that should be among them. */
function distance(from: number, near: number): number {
  return near < from ? from - near : Math.max(near - from - LEAST_CODE, 0);
}

/** Bytes that tell a place in code. */
const LEAST_CODE = 12;

/**
 * Python code that defines `natmod_where(module)`, which prints a line for each function that a module exports. Works
 * in every MicroPython that has `uctypes`. What `id()` says of objects between 0x40000000 and 0x7fffffff is negative on
 * 32-bit CPUs, since MicroPython makes a small integer of it, and that has 31 bits (`mp_obj_id` in py/obj.c).
 */
export const NATMOD_WHERE = `def natmod_where(module):
    import sys, uctypes
    size = 8 if sys.maxsize > 0x7fffffff else 4
    for name in dir(module):
        value = getattr(module, name)
        if "function" in str(type(value)):
            place = id(value) if id(value) >= 0 else id(value) & 0x7fffffff
            words = uctypes.bytes_at(place, 3 * size)
            text = "".join("%02x" % byte for byte in words)
            print("natmod: %s %s %x %d %s" % (module.__name__, name, place, size, text))
`;
