import { fail } from '../problem.ts';
import { CALL_FUNCTION, LOAD_CONST_NONE, MAKE_FUNCTION, POP_TOP, RETURN_VALUE } from './opcodes.ts';
import { decodePrelude } from './prelude.ts';
import { readMpy } from './read.ts';
import { rebaseCode, type TableBases } from './rebase.ts';
import { type Bytecode, MPY_ARCH_NAMES, MPY_VERSION, type MpyFile, type MpyHeader, type RawCode } from './types.ts';
import { encodeVarint } from './varint.ts';
import { writeMpy } from './write.ts';

/** A .mpy file with the name it has in errors. */
export interface MpyPart {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** What the bytes say, where that is known; else they are read. */
  readonly mpy?: MpyFile;
}

interface ReadPart {
  readonly name: string;
  readonly mpy: MpyFile;
}

/**
 * Makes one module of several .mpy files: a small function that runs each in turn, in one global namespace. The part
 * with machine code, if there is one, comes first whatever its place, for its qstr indices cannot change; the others
 * stay in order. The bytes equal those of `mpy-tool.py --merge`, with two faults of that put right: jumps out of `try`
 * and `with` blocks in later parts keep their targets, and the width of small integers is the largest of all parts. A
 * single part is given back as it is.
 *
 * Errors: those of `readMpy`; `mpy-two-native`; those of `rebaseCode`. Each names the part.
 */
export function mergeMpy(parts: readonly MpyPart[]): Uint8Array {
  const read = parts.map(({ name, bytes, mpy }): ReadPart => ({ name, mpy: mpy ?? readMpy(bytes, name) }));
  if (read.length === 0) throw new RangeError('nothing to merge');
  const natives = read.filter((part) => part.mpy.header.archNumber !== 0);
  if (natives.length > 1) return refuseSecond(natives[0]!, natives[1]!);
  if (read.length === 1) return parts[0]!.bytes;
  const ordered = [...natives, ...read.filter((part) => part.mpy.header.archNumber === 0)];
  return writeMpy({
    header: mergedHeader(ordered),
    qstrs: ordered.flatMap((part) => part.mpy.qstrs),
    objects: ordered.flatMap((part) => part.mpy.objects),
    root: outerFunction(moveAll(ordered)),
  });
}

function mergedHeader(parts: readonly ReadPart[]): MpyHeader {
  const { header } = parts[0]!.mpy;
  const isNative = header.archNumber !== 0;
  return {
    version: MPY_VERSION,
    subVersion: isNative ? header.subVersion : 0,
    archNumber: header.archNumber,
    archFlags: isNative ? header.archFlags : 0,
    smallIntBits: Math.max(...parts.map((part) => part.mpy.header.smallIntBits)),
  };
}

function moveAll(parts: readonly ReadPart[]): RawCode[] {
  const bases: TableBases & { qstrs: number; objects: number } = { qstrs: 0, objects: 0 };
  return parts.map(({ name, mpy }) => {
    const code = bases.qstrs === 0 ? mpy.root : rebaseCode(mpy, bases, name);
    bases.qstrs += mpy.qstrs.length;
    bases.objects += mpy.objects.length;
    return code;
  });
}

/** Makes and calls each child without arguments, then returns None. */
function outerFunction(children: readonly RawCode[]): Bytecode {
  // No arguments, one place on the stack; one byte of names, which is qstr 0; no cells.
  const code = [0x00, 0x02, 0x00];
  for (const index of children.keys()) {
    code.push(MAKE_FUNCTION, ...encodeVarint(index), CALL_FUNCTION, 0, POP_TOP);
  }
  code.push(LOAD_CONST_NONE, RETURN_VALUE);
  const bytes = Uint8Array.from(code);
  const malformed = (message: string): never => {
    throw new Error(message);
  };
  return { kind: 'bytecode', code: bytes, prelude: decodePrelude(bytes, malformed), children };
}

function refuseSecond(first: ReadPart, second: ReadPart): never {
  const [a, b] = [first, second].map((part) => MPY_ARCH_NAMES[part.mpy.header.archNumber]);
  const arches = a === b ? `both for ${a}` : `the one for ${a}, the other for ${b}`;
  return fail(
    'mpy-two-native',
    `two parts have machine code, ${first.name} and ${second.name}, ${arches}; a module can have one such part`,
    { file: second.name },
    'a Python part of a C module must be plain bytecode: take @micropython.native, .viper and the inline assembler out ' +
      'of it, or write that function in C',
  );
}
