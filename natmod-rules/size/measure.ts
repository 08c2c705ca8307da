/** How large a module is and what makes it so: its file measured, and the linker's map boiled down to symbols. */
import { sourceOfIntermediate } from '../compile/index.ts';
import { ALIGNMENT, type Piece, type PieceKind, SHARED } from '../link/explain/index.ts';
import { LINKER } from '../link/model/model.ts';
import { encodedRelocationsOf, type NativeCode, type RawCode, readMpy, relocationRecords } from '../package/index.ts';

/** One symbol, or what has bytes without a symbol. */
export interface SizedSymbol {
  readonly kind: PieceKind;
  /** Source, object or member of a library; `<natmod>` or `<shared>`. */
  readonly source: string;
  readonly section: string;
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Byte offset in its block. */
  readonly address: number;
  readonly aliases?: readonly string[];
  /** What refers to its section first, on the way from mpy_init. */
  readonly because?: string;
}

/** Bytes, but for `records`. */
export interface Measure {
  readonly module: string;
  readonly arch: string;
  /** The whole .mpy file. */
  readonly file: number;
  /** The blocks of native code that the loader makes. */
  readonly blocks: { readonly text: number; readonly rodata: number; readonly bss: number };
  /** What the loader adds addresses by: bytes in the file, and the number of records that these encode. */
  readonly relocations: { readonly bytes: number; readonly records: number };
  /** The blocks by what they are for; undefined when only the file is known. */
  readonly kinds?: Readonly<Record<PieceKind, number>>;
  /** The rest of the file: header, names, constants, and functions in Python. */
  readonly other: number;
  /** Largest first; empty when only the file is known. */
  readonly symbols: readonly SizedSymbol[];
}

export const KINDS: readonly PieceKind[] = ['text', 'rodata', 'data', 'bss', 'got'];

/**
 * Measures a module.
 * @param mpy bytes of its file, named `file` in errors
 * @param pieces the linker's map; none for a module without C, and where nobody has linked
 * Errors: those of `readMpy`
 */
export function measure(
  names: { readonly module: string; readonly arch: string },
  mpy: Uint8Array,
  file: string,
  pieces?: readonly Piece[],
): Measure {
  const codes = [...nativeCodes(readMpy(mpy, file).root)];
  const blocks = { text: 0, rodata: 0, bss: 0 };
  const relocations = { bytes: 0, records: 0 };
  for (const code of codes) {
    blocks.text += code.text.length;
    blocks.rodata += code.rodata.length;
    blocks.bss += code.bssSize;
    const encoded = encodedRelocationsOf(code);
    relocations.bytes += encoded.length;
    relocations.records += relocationRecords(encoded);
  }
  const base = { ...names, file: mpy.length, blocks, relocations };
  const rest = mpy.length - relocations.bytes;
  if (pieces === undefined && codes.length > 0)
    return { ...base, other: rest - blocks.text - blocks.rodata, symbols: [] };
  const symbols = withOneGap((pieces ?? []).flatMap(symbolsOf)).sort(largestFirst);
  const kinds = { text: 0, rodata: 0, data: 0, bss: 0, got: 0 };
  for (const { kind, size } of symbols) kinds[kind] += size;
  return { ...base, kinds, other: rest - kinds.text - kinds.rodata - kinds.data - kinds.got, symbols };
}

/** By size, then by name, so that equal modules give equal lists. */
export function largestFirst(a: SizedSymbol, b: SizedSymbol): number {
  return b.size - a.size || compare(a.name, b.name) || compare(a.source, b.source) || a.address - b.address;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** Code with relocations, as a linker makes it. */
function* nativeCodes(code: RawCode): Generator<NativeCode> {
  if (code.kind === 'native') yield code;
  for (const child of code.children) yield* nativeCodes(child);
}

function symbolsOf({ kind, object, section, address, parts, because }: Piece): SizedSymbol[] {
  const source = object === LINKER || object === SHARED ? object : sourceOfIntermediate(object, '.o');
  return parts.map(({ name, offset, size, aliases }) => ({
    kind,
    source,
    section,
    name,
    size,
    address: address + offset,
    ...(aliases === undefined ? {} : { aliases }),
    ...(because === undefined ? {} : { because }),
  }));
}

/** Gaps of one kind are told in one sum; nobody looks for a single one. */
function withOneGap(symbols: readonly SizedSymbol[]): SizedSymbol[] {
  const isGap = ({ source, section }: SizedSymbol) => source === LINKER && section === ALIGNMENT;
  const gaps = new Map<PieceKind, SizedSymbol>();
  for (const gap of symbols.filter(isGap)) {
    gaps.set(gap.kind, { ...gap, ...gaps.get(gap.kind), size: gap.size + (gaps.get(gap.kind)?.size ?? 0) });
  }
  return [...symbols.filter((symbol) => !isGap(symbol)), ...gaps.values()];
}

/** What one source, object or library member adds, by kind. */
export interface SizedSource {
  readonly source: string;
  readonly kinds: Readonly<Record<PieceKind, number>>;
  /** Bytes of all kinds. */
  readonly size: number;
}

/** Sizes by source, the largest first. */
export function sourcesOf({ symbols }: Measure): SizedSource[] {
  const sources = new Map<string, Record<PieceKind, number>>();
  for (const { source, kind, size } of symbols) {
    const kinds = sources.get(source) ?? { text: 0, rodata: 0, data: 0, bss: 0, got: 0 };
    kinds[kind] += size;
    sources.set(source, kinds);
  }
  return [...sources]
    .map(([source, kinds]) => ({ source, kinds, size: KINDS.reduce((sum, kind) => sum + kinds[kind], 0) }))
    .sort((a, b) => b.size - a.size || compare(a.source, b.source));
}

/** A source's name without the folders that only fill a line; a library's member keeps its library. */
export function shortSource(source: string): string {
  const library = /^(.*[/\\])?([^/\\]+\.a\(.*)$/.exec(source)?.[2];
  if (library !== undefined) return library;
  const parts = source.split(/[/\\]/);
  return parts.length > 3 || source.startsWith('/') ? parts.slice(-2).join('/') : source;
}
