/**
 * Xtensa literals. Code loads constants and addresses with `l32r` from `.literal` sections that lie before it. Literals
 * that hold an address become GOT slots, which the loader fills; the others are pooled, equal values once. A literal is
 * identified by its section and offset: equal names or offsets in other sections are other literals.
 */
import type { Arch } from '../../../arch/index.ts';
import * as elf from '../../../elf/constants.ts';
import type { Relocation, Section } from '../../../elf/object.ts';
import { fail, NatmodError } from '../../../problem.ts';
import { explain, Unfit } from '../../explain/relocation.ts';
import { type Chunk, type FindLiteral, type Got, makeChunk, type Resolve, type Target } from '../../model/model.ts';
import type { AddressTables } from '../../place/got.ts';
import { arrangeGot, symbolKey } from '../../place/got.ts';
import type { Stubs } from '../../place/stubs.ts';
import { types } from './relocate.ts';

interface LiteralPool {
  readonly got: Got;
  /** The constants. */
  readonly chunk: Chunk;
  readonly find: FindLiteral;
}

const WORD = 4;

/** GOT and literals lie before the code, because l32r only reaches back. Errors: those of literal sections. */
export function buildLiterals(arch: Arch, pieces: readonly Chunk[], stubs: Stubs, resolve: Resolve): AddressTables {
  const literalSections = pieces.filter((c) => c.role === 'literal');
  const rest = pieces.filter((c) => c.role !== 'literal');
  const pool = poolLiterals(arch, literalSections, resolve);
  const calls = [...stubs.values()].map((stub) => stub.chunk);
  return { chunks: [pool.got.chunk, pool.chunk, ...calls, ...rest], got: pool.got, literal: pool.find };
}

/**
 * Errors: `corrupt-object` for a literal section that is no row of whole words; `thread-local`, `unknown-relocation`.
 */
function poolLiterals(arch: Arch, sections: readonly Chunk[], resolve: Resolve): LiteralPool {
  const wanted = new Map<string, { target: Target; addend: number }>();
  const keyOf = new Map<Relocation, string>();
  const constants = new Map<number, number>();
  const places = new Map<Section, Map<number, Relocation | number>>();
  for (const chunk of sections) {
    const section = chunk.section!;
    checkShape(section);
    const view = new DataView(section.data.buffer, section.data.byteOffset, section.data.length);
    const own = new Map<number, Relocation | number>();
    places.set(section, own);
    for (const relocation of section.relocations) {
      checkType(chunk, relocation);
      // The assembler leaves part of the addend in the section's bytes.
      const addend = relocation.addend + view.getInt32(relocation.offset, true);
      const key = addressKey(relocation, addend);
      keyOf.set(relocation, key);
      const target = resolve(relocation.symbol);
      if (target.kind === 'chunk' && target.chunk.role === 'literal')
        refuse(new Unfit('literal-address'), chunk, relocation);
      if (!wanted.has(key)) wanted.set(key, { target, addend });
      own.set(relocation.offset, relocation);
    }
    for (let offset = 0; offset < section.size; offset += WORD) {
      if (own.has(offset)) continue;
      const value = view.getUint32(offset, true);
      if (!constants.has(value)) constants.set(value, constants.size * WORD);
      own.set(offset, value);
    }
  }
  const got = arrangeGot(arch, wanted, keyOf);
  const chunk = makeChunk({
    name: 'LIT',
    role: 'text',
    align: WORD,
    size: constants.size * WORD,
    data: pack(constants),
  });
  const find: FindLiteral = (section, offset) => {
    const literal = places.get(section)?.get(offset);
    if (literal === undefined) return undefined;
    if (typeof literal === 'number') return { chunk, offset: constants.get(literal)! };
    return { chunk: got.chunk, offset: got.slotOf(literal).offset };
  };
  return { got, chunk, find };
}

function checkShape(section: Section): void {
  const crooked = section.relocations.find((r) => r.offset % WORD !== 0 || r.offset + WORD > section.size);
  if (section.size % WORD === 0 && crooked === undefined) return;
  const where = { file: section.object, section: section.name, offset: crooked?.offset ?? section.size };
  fail(
    'corrupt-object',
    'a literal section that is no row of 4-byte words',
    where,
    'delete the file and build it again',
  );
}

/** A literal is a constant or an address; `thread-local` offsets and the like are neither. */
function checkType(chunk: Chunk, relocation: Relocation): void {
  const type = types.get(relocation.type);
  if (type?.expression === 'word') return;
  const isThreadLocal = type?.expression === 'thread-local';
  refuse(new Unfit(isThreadLocal ? 'thread-local' : 'unknown-relocation'), chunk, relocation);
}

function refuse(why: Unfit, chunk: Chunk, relocation: Relocation): never {
  const type = types.get(relocation.type)?.name ?? `type ${relocation.type}`;
  throw new NatmodError(explain(why, chunk, relocation, type));
}

function addressKey({ symbol }: Relocation, addend: number): string {
  // Section symbols differ from object to object in index only; what they mean is section and offset.
  const base = symbol.type === elf.STT_SECTION ? `${symbol.object}\0section ${symbol.shndx}` : symbolKey(symbol);
  return addend === 0 ? base : `${base}+${addend}`;
}

function pack(constants: ReadonlyMap<number, number>): Uint8Array {
  const bytes = new Uint8Array(constants.size * WORD);
  const view = new DataView(bytes.buffer);
  for (const [value, offset] of constants) view.setUint32(offset, value, true);
  return bytes;
}
