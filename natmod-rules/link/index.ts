/**
 * The linker: relocatable objects in, a native .mpy module out. Each pass takes plain data and returns new data.
 *
 *   readObject        bytes → sections, symbols, relocations
 *   selectSections    what goes into the module, and as what
 *   resolveSymbols    what every symbol stands for
 *   makeStubs         ways to the firmware's memset and memmove
 *   buildGot          one word per symbol that is reached indirectly (Xtensa: buildLiterals)
 *   layOut            an address for everything, and the jump to mpy_init
 *   relocate          the bytes, and what the firmware's loader has to add to them
 *   writeNativeModule the file
 */
import type { Arch } from '../arch/index.ts';
import { machineName } from '../elf/constants.ts';
import { type ObjectFile, readObject } from '../elf/object.ts';
import { writeNativeModule } from '../package/index.ts';
import { fail, NatmodError, type Problem } from '../problem.ts';
import { buildGot } from './got.ts';
import { layOut } from './layout.ts';
import { buildLiterals } from './literals.ts';
import { makeStubs } from './memory-stubs.ts';
import type { Chunk, Got, Image } from './model.ts';
import { relocate } from './relocate/index.ts';
import { selectSections } from './select.ts';
import { resolveSymbols } from './symbols.ts';

export interface LinkOptions {
  readonly arch: Arch;
  /** In link order. */
  readonly objects: readonly { readonly name: string; readonly bytes: Uint8Array }[];
  /** Names behind the indices of `mp_native_qstr_table`, from 1 on. */
  readonly qstrs: readonly string[];
  /** Name that the module carries as its source file: `features0.mpy`. */
  readonly sourceName: string;
  /** Bits of the architecture-flags varint. */
  readonly archFlags?: number;
  /** Symbols at fixed addresses in ROM. */
  readonly externs?: ReadonlyMap<string, number>;
}

export interface LinkResult {
  readonly mpy: Uint8Array;
  /** Bytes of each block, and the number of GOT slots. */
  readonly sizes: { readonly text: number; readonly rodata: number; readonly bss: number; readonly got: number };
  readonly image: Image;
}

/** Links a module. Throws a NatmodError with every problem of the first pass that found any. */
export function link(options: LinkOptions): LinkResult {
  const { arch, qstrs, sourceName, archFlags } = options;
  const objects = readObjects(options);
  const image = arrange(arch, objects, options.externs ?? new Map());
  const { text, rodata, relocations } = relocate(image, image.stubs);
  const bssSize = image.size.bss;
  const mpy = writeNativeModule({ arch, archFlags, sourceName, qstrs, text, rodata, bssSize, relocations });
  return { mpy, image, sizes: { ...image.size, got: image.got.slots.length } };
}

function readObjects({ arch, objects }: LinkOptions): ObjectFile[] {
  if (objects.length === 0)
    fail('no-objects', 'there is nothing to link', undefined, 'name at least one C source in SRC');
  const problems: Problem[] = [];
  const seen = new Map<string, number>();
  const read: ObjectFile[] = [];
  for (const { name, bytes } of objects) {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    try {
      const object = readObject(bytes, count === 1 ? name : `${name}#${count}`);
      checkArch(arch, object);
      read.push(object);
    } catch (error) {
      if (!(error instanceof NatmodError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new NatmodError(problems);
  return read;
}

function checkArch(arch: Arch, { name, header }: ObjectFile): void {
  if (header.machine === arch.elfMachine && header.is64 === (arch.wordSize === 8)) return;
  const found = `${header.is64 ? 64 : 32}-bit ${machineName(header.machine)}`;
  const wanted = `${arch.wordSize * 8}-bit ${machineName(arch.elfMachine)}`;
  const hint = `it was compiled for another CPU; build it again for ${arch.name}`;
  fail('wrong-architecture', `this is an object for ${found}, and ${arch.name} needs ${wanted}`, { file: name }, hint);
}

/** Everything between reading and writing bytes. */
function arrange(
  arch: Arch,
  objects: readonly ObjectFile[],
  externs: ReadonlyMap<string, number>,
): Image & { stubs: Map<number, Chunk> } {
  const selection = selectSections(objects);
  const { resolve, commons, entry, firmware } = resolveSymbols(objects, selection, externs);
  const stubs = makeStubs(arch, firmware);
  const pieces = [...selection.chunks, ...commons];
  const { chunks, got, literal } =
    arch.family === 'xtensa' ? withLiterals(arch, pieces, resolve) : withGot(arch, pieces, stubs, resolve);
  const { place, size, entryJump } = layOut(arch, chunks, entry);
  return { arch, chunks, place, resolve, got, literal, entryJump, size, stubs };
}

type Parts = Pick<Image, 'chunks' | 'got' | 'literal'>;

/** Stubs come behind the first section, newest first, and the GOT comes last: the order of the reference linker. */
function withGot(
  arch: Arch,
  pieces: readonly Chunk[],
  stubs: ReadonlyMap<number, Chunk>,
  resolve: Image['resolve'],
): Parts {
  const got: Got = buildGot(arch, pieces, resolve);
  const chunks = [...pieces.slice(0, 1), ...[...stubs.values()].reverse(), ...pieces.slice(1), got.chunk];
  return { chunks, got, literal: () => undefined };
}

/** GOT and literals lie before the code, because l32r only reaches back. */
function withLiterals(arch: Arch, pieces: readonly Chunk[], resolve: Image['resolve']): Parts {
  const literalSections = pieces.filter((c) => c.role === 'literal');
  const rest = pieces.filter((c) => c.role !== 'literal');
  const pool = buildLiterals(arch, literalSections, resolve);
  return { chunks: [pool.got.chunk, pool.chunk, ...rest], got: pool.got, literal: pool.find };
}
