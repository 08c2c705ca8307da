/** Why a relocation cannot be applied, told to the person who wrote the source. */
import * as elf from '../../elf/constants.ts';
import type { ElfSymbol, Relocation } from '../../elf/object.ts';
import type { Problem } from '../../problem.ts';
import type { Chunk, Target } from '../model/model.ts';
import { SMALL_FORM_HINT, THREAD_LOCAL_HINT } from '../read/language-hints.ts';
import { functionAt } from '../read/undefined.ts';

export type UnfitCode =
  | 'unknown-relocation'
  | 'absolute-code'
  | 'thread-local'
  | 'foreign-code'
  | 'outside-section'
  | 'half-word-address'
  | 'literal-address'
  | 'weak-distance'
  | 'unaligned-address'
  | 'firmware-distance'
  | 'static-bss'
  | 'across-blocks'
  | 'no-literal'
  | 'no-pair'
  | 'out-of-range'
  | 'misaligned-value'
  | 'wrong-instruction';

interface Details {
  /** Bytes of the field. */
  readonly width?: number;
  readonly value?: number;
  readonly lo?: number;
  readonly hi?: number;
  readonly multiple?: number;
  readonly expected?: string;
  /** What is out of reach, and the addend (bytes) that goes with it. */
  readonly variable?: Target & { kind: 'chunk' };
  readonly addend?: number;
}

/** Thrown inside the relocation pass only; `explain` makes a `Problem` of it. */
export class Unfit extends Error {
  readonly code: UnfitCode;
  readonly details: Details;

  constructor(code: UnfitCode, details: Details = {}) {
    super(code);
    this.code = code;
    this.details = details;
  }
}

interface What {
  readonly type: string;
  readonly name: string;
  readonly details: Details;
  /** The function or object that the relocation is in. */
  readonly user?: string;
  /** The relocation is in code. */
  readonly inCode: boolean;
  /** The symbol can be seen from other objects. */
  readonly isGlobal: boolean;
}

type Text = (what: What) => { message: string; hint: string };

const DAMAGED = 'the object does not look like compiler output; build it again, or report the assembler source';
const PIC = 'compile with -fpic and without -mcmodel=, -mno-pic, -fno-pic or -mpure-code options';

const TEXTS: Readonly<Record<UnfitCode, Text>> = {
  'unknown-relocation': ({ type, name }) => ({
    message: `relocation ${type} against ${name} is not known`,
    hint: 'please report it with the compiler and its options',
  }),
  'absolute-code': ({ type, name }) => ({
    message: `relocation ${type} against ${name} asks for a fixed address, and a module is loaded anywhere`,
    hint: PIC,
  }),
  'thread-local': ({ type, name }) => ({
    message: `relocation ${type}: ${name} is a thread-local variable, which a native module cannot have`,
    hint: THREAD_LOCAL_HINT,
  }),
  'foreign-code': ({ type, name }) => ({
    message: `relocation ${type} against ${name} belongs to instructions that this architecture does not run`,
    hint: 'check the -mthumb, -mcpu and -march options',
  }),
  'outside-section': ({ type }) => ({
    message: `relocation ${type} reaches past the end of its section`,
    hint: DAMAGED,
  }),
  'half-word-address': ({ type, name, details: { width } }) => ({
    message: `relocation ${type} stores the address of ${name} in ${width} bytes, and that is not the size of a pointer here`,
    hint: 'store the address in a pointer or uintptr_t',
  }),
  'literal-address': ({ type, name }) => ({
    message: `relocation ${type} against ${name} wants the place of a literal, which only l32r can name`,
    hint: DAMAGED,
  }),
  'weak-distance': ({ type, name }) => ({
    message: `${name} is weak and not defined, so its address is 0; but the code takes it relative to its own place (${type})`,
    hint: `${PIC}, and without -fvisibility=hidden; or define the symbol`,
  }),
  'unaligned-address': ({ name, inCode, type }) =>
    inCode ? TEXTS['absolute-code']({ name, type, details: {}, inCode, isGlobal: false }) : unalignedData(name),
  'firmware-distance': ({ type, name }) => ({
    message: `relocation ${type} wants the distance to ${name}, which is in the firmware`,
    hint: `${PIC}, and without -fvisibility=hidden`,
  }),
  'static-bss': ({ name, type, user = 'code', isGlobal }) => ({
    message: `${user} cannot reach the ${isGlobal ? '' : 'static '}variable ${name} (${type}): BSS lies at an unknown distance from code`,
    hint: isGlobal
      ? `${PIC}, and without -fvisibility=hidden`
      : 'remove the word static from the variable (and give it an unusual name), keep it in a structure that mpy_init allocates,\n' +
        `or ${SMALL_FORM_HINT}`,
  }),
  'across-blocks': ({ name, type }) => ({
    message: `relocation ${type} wants the distance to ${name}, which lies in another block of memory`,
    hint: `variables and read-only data can be apart from the code: reach it through a pointer,\nor ${SMALL_FORM_HINT}`,
  }),
  'no-literal': ({ type, name }) => ({
    message: `relocation ${type} names a literal in ${name} that is not there`,
    hint: DAMAGED,
  }),
  'no-pair': ({ type, name }) => ({
    message: `relocation ${type} names ${name}, where there is no upper part of an address`,
    hint: DAMAGED,
  }),
  'out-of-range': ({ type, name, details: { value, lo, hi } }) => ({
    message: `relocation ${type} against ${name}: ${value} is not in [${lo}, ${hi})`,
    hint: 'the module is too large for this instruction; split a large function, or put callers and callees nearer in SRC',
  }),
  'misaligned-value': ({ type, name, details: { value, multiple } }) => ({
    message: `relocation ${type} against ${name}: ${value} is not a multiple of ${multiple}`,
    hint: DAMAGED,
  }),
  'wrong-instruction': ({ type, name, details: { expected } }) => ({
    message: `relocation ${type} against ${name} is not at ${expected}`,
    hint: DAMAGED,
  }),
};

function unalignedData(name: string): { message: string; hint: string } {
  return {
    message: `the address of ${name} is stored at a place that is not word-aligned; the firmware can only complete aligned words`,
    hint: 'remove __attribute__((packed)) from the structure, or reorder its members',
  };
}

/** The problem with place, symbol and relocation type in it. */
export function explain(unfit: Unfit, chunk: Chunk, relocation: Relocation, type: string): Problem {
  const { symbol } = relocation;
  const { details } = unfit;
  const isSection = symbol.type === elf.STT_SECTION;
  const name = nameOf(chunk, relocation, details);
  const isGlobal = symbol.bind !== elf.STB_LOCAL;
  const user = chunk.from && chunk.section && functionAt(chunk.from, chunk.section, relocation.offset);
  const { message, hint } = TEXTS[unfit.code]({ type, name, details, user, inCode: chunk.role === 'text', isGlobal });
  return {
    code: unfit.code,
    message,
    hint,
    where: {
      file: chunk.object,
      section: chunk.name,
      offset: relocation.offset,
      symbol: isSection ? undefined : symbol.name,
    },
  };
}

/**
 * The symbol as the source has it: compilers often write section + offset, or an anchor of their own, for a static
 * variable.
 */
function nameOf(user: Chunk, { symbol }: Relocation, { variable, addend = 0 }: Details): string {
  const isOwnName = symbol.name !== '' && symbol.type !== elf.STT_SECTION && !symbol.name.startsWith('.L');
  const sectionName = user.from?.sections[symbol.shndx]?.name ?? `section ${symbol.shndx}`;
  if (isOwnName || variable === undefined) return symbol.name !== '' ? `'${symbol.name}'` : sectionName;
  const { chunk } = variable;
  const objects =
    chunk.from?.symbols.filter((s) => s.shndx === chunk.section?.index && s.type === elf.STT_OBJECT) ?? [];
  const isAnchor = symbol.name.startsWith('.LANCHOR');
  const exact = isAnchor ? [] : objects.filter((s) => covers(s, variable.offset + addend));
  const names = (exact.length === 1 ? exact : objects).map((s) => `'${s.name}'`);
  if (names.length === 0) return `'${symbol.name || chunk.name}'`;
  return names.length > 4
    ? `${names.slice(0, 4).join(' or ')} or one of ${names.length - 4} others`
    : names.join(' or ');
}

function covers({ value, size }: ElfSymbol, offset: number): boolean {
  return value <= offset && offset < value + Math.max(size, 1);
}
