import type { Image } from '../../natmod-rules/link/model/model.ts';
import { unscannedVariables } from '../../natmod-rules/link/read/unscanned.ts';

/** What a module got from elsewhere than its own objects, one line for each library and one for the ROM. */
export function describeLink(image: Image, rom: ReadonlyMap<string, number> = new Map()): string[] {
  const byLibrary = new Map<string, Set<string>>();
  const inRom = new Set<string>();
  for (const { object, fromLibrary, from, relocations } of image.chunks) {
    if (fromLibrary === true && from?.library !== undefined) {
      const members = byLibrary.get(from.library) ?? new Set();
      byLibrary.set(from.library, members.add(object.slice(from.library.length + 1).replace(/\)(@\d+)?$/, '$1')));
    }
    for (const { symbol } of relocations) {
      if (rom.has(symbol.name) && !isInModule(image, symbol)) inRom.add(symbol.name);
    }
  }
  const lines = [...byLibrary].map(([library, members]) => `from ${library}: ${[...members].join(' ')}`);
  return inRom.size === 0 ? lines : [...lines, `in the ROM of the ESP8266: ${[...inRom].sort().join(' ')}`];
}

/** Which routines a module got because its code needs them, the compiler's or our own; undefined when it got none. */
export function describeRoutines(image: Image): string | undefined {
  const members = new Map<string, { readonly names: Set<string>; bytes: number }>();
  for (const { object, from, size } of image.chunks) {
    const owner = ownerOf(from?.library);
    if (owner === undefined) continue;
    const taken = members.get(owner) ?? { names: new Set(), bytes: 0 };
    taken.names.add(object.slice(from!.library!.length + 1).replace(/\)(@\d+)?$/, '$1'));
    taken.bytes += size;
    members.set(owner, taken);
  }
  if (members.size === 0) return undefined;
  const gifts = [...members].map(([owner, { names, bytes }]) => `${owner} ${[...names].join(' ')}, ${bytes} bytes`);
  return `${gifts.join('; ')} (LINK_RUNTIME = 0 refuses them)`;
}

function ownerOf(library: string | undefined): string | undefined {
  if (library === undefined) return undefined;
  if (ROUTINES.test(library)) return `the compiler's ${library.replace(/^.*[/\\]/, '')} gives`;
  return OVERFLOW.test(library) ? 'natmod has routines for -ftrapv that raise an exception:' : undefined;
}

const ROUTINES = /[/\\][^/\\]*(libgcc|clang_rt\.builtins|compiler_rt)[^/\\]*$/;
const OVERFLOW = /[/\\]sdk[/\\]routines[/\\]overflow\.c$/;

/** The jump that the linker makes to a place in ROM is no definition. */
function isInModule({ resolve }: Image, symbol: Parameters<Image['resolve']>[0]): boolean {
  const target = resolve(symbol);
  return target.kind === 'chunk' && target.chunk.from !== undefined;
}

/** What to say of variables that lie beside the code. */
export function describeVariables(image: Image): string[] {
  return [describeUnscanned(image), describeZeros(image)].filter((line) => line !== undefined);
}

/** What to say of variables that the garbage collector does not see; undefined when there are none. */
function describeUnscanned(image: Image): string | undefined {
  const found = [...unscannedVariables(image)].map(([object, names]) => `${names.join(', ')} (${object})`);
  if (found.length === 0) return undefined;
  const places = `static variables lie beside the code here, where the garbage collector does not look: ${found.join('; ')}`;
  return `note: ${places}. Drop 'static' from one that keeps MicroPython objects alive`;
}

/** Fewer are not worth a line. */
const MANY_ZEROS = 1024;

/**
 * What to say of zeroed variables that are in the file, because the code needs them at its side; undefined when it is
 * next to nothing.
 */
function describeZeros({ chunks, place }: Image): string | undefined {
  const beside = chunks.filter((chunk) => chunk.role === 'bss' && place.get(chunk)?.block === 'text');
  const bytes = beside.reduce((sum, { size }) => sum + size, 0);
  if (bytes < MANY_ZEROS) return undefined;
  const [largest] = [...beside].sort((a, b) => b.size - a.size);
  const name = (largest!.symbol ?? largest!.name).replace(/^\.l?bss\./, '');
  return `note: static variables lie beside the code here, so that the file has ${bytes} zeros for them, ${largest!.size} of them for ${name}. Without 'static' they cost no file`;
}
