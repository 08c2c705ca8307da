import { fail } from '../problem.ts';
import { readRawCode } from './read-code.ts';
import { MpyReader } from './reader.ts';
import { STATIC_QSTRS } from './static-qstrs.ts';
import {
  ARCH_FLAGS_PRESENT,
  MPY_ARCH_NAMES,
  MPY_SUB_VERSION,
  MPY_VERSION,
  type MpyFile,
  type MpyHeader,
  type MpyObject,
  type MpyQstr,
} from './types.ts';
import { OBJECT_KINDS } from './write.ts';

/** Tuples inside tuples; the compiler makes far fewer, and the loader recurses for each. */
const MAX_TUPLE_DEPTH = 200;

/**
 * Reads a .mpy file of version 6, after MicroPython's `py/persistentcode.c`. `file` is its name in errors.
 *
 * Any bytes give a value or a NatmodError with the byte offset. Accepted is what the tools write: varints in their
 * shortest form, strings with their final zero byte, nothing behind the last byte. So the value holds all there is in
 * the file, and `writeMpy` gives the same bytes back. Binary fields are views into `bytes`, not copies.
 *
 * Errors: `not-mpy`, `mpy-version`, `mpy-sub-version` (native code only), `mpy-arch`, `mpy-truncated`, `mpy-malformed`.
 */
export function readMpy(bytes: Uint8Array, file: string): MpyFile {
  const reader = new MpyReader(bytes, file);
  const header = readHeader(reader);
  const qstrCountOffset = reader.offset;
  const qstrCount = reader.count('the number of qstrs');
  if (qstrCount === 0) return reader.malformed('there is no qstr, so the source has no name', qstrCountOffset);
  const objectCount = reader.count('the number of objects');
  const qstrs = Array.from({ length: qstrCount }, () => readQstr(reader));
  const objects = Array.from({ length: objectCount }, () => readObject(reader, 0));
  const root = readRawCode(reader, { archNumber: header.archNumber, qstrCount });
  if (reader.remaining > 0) reader.malformed(`${reader.remaining} bytes follow behind the end of the code`);
  return { header, qstrs, objects, root };
}

/** Reads no more than the header. */
export function readMpyHeader(bytes: Uint8Array, file: string): MpyHeader {
  return readHeader(new MpyReader(bytes, file));
}

function readHeader(reader: MpyReader): MpyHeader {
  const { file } = reader;
  if (reader.remaining === 0 || reader.byte('the header') !== 0x4d) {
    return fail('not-mpy', "not a .mpy file: its first byte is not 'M'", { file, offset: 0 });
  }
  const version = reader.byte('the header');
  if (version !== MPY_VERSION) return wrongVersion(file, version);
  const features = reader.byte('the header');
  const subVersion = features & 3;
  // Bit 7 is the sixth bit of the number; bit 6 has another use.
  const archNumber = (features >> 2) & 0x2f;
  if (archNumber >= MPY_ARCH_NAMES.length) {
    return fail('mpy-arch', `unknown architecture number ${archNumber}`, { file, offset: 2 });
  }
  if (archNumber !== 0 && subVersion !== MPY_SUB_VERSION) return wrongSubVersion(file, archNumber, subVersion);
  const smallIntBits = reader.byte('the header');
  return { version, subVersion, archNumber, archFlags: readArchFlags(reader, features), smallIntBits };
}

function readArchFlags(reader: MpyReader, features: number): number {
  if ((features & ARCH_FLAGS_PRESENT) === 0) return 0;
  const offset = reader.offset;
  const flags = reader.varint('the architecture flags');
  return flags === 0 ? reader.malformed('architecture flags are announced, but there are none', offset) : flags;
}

function wrongVersion(file: string, version: number): never {
  return fail(
    'mpy-version',
    `.mpy version ${version}; only version ${MPY_VERSION} can be read`,
    { file, offset: 1 },
    version < MPY_VERSION
      ? 'it was made for MicroPython 1.18 or older: compile it again with mpy-cross 1.23 or later'
      : 'it was made for a later MicroPython than this tool knows',
  );
}

function wrongSubVersion(file: string, archNumber: number, subVersion: number): never {
  return fail(
    'mpy-sub-version',
    `native code for ${MPY_ARCH_NAMES[archNumber]} of ABI ${MPY_VERSION}.${subVersion}; ` +
      `only ${MPY_VERSION}.${MPY_SUB_VERSION} can be used`,
    { file, offset: 2 },
    `build it again for MicroPython 1.23 or later, whose ABI is ${MPY_VERSION}.${MPY_SUB_VERSION}`,
  );
}

function readQstr(reader: MpyReader): MpyQstr {
  const offset = reader.offset;
  const head = reader.varint('a qstr');
  const value = Math.floor(head / 2);
  if (head % 2 === 0) return { bytes: readText(reader, value, 'a qstr') };
  if (value === 0 || value > STATIC_QSTRS.length) {
    return reader.malformed(`there is no static qstr ${value}; they are 1 to ${STATIC_QSTRS.length}`, offset);
  }
  return { static: value };
}

const simpleObjects = new Map<number, MpyObject>();
for (const kind of ['fun-table', 'none', 'false', 'true', 'ellipsis'] as const) {
  simpleObjects.set(OBJECT_KINDS.indexOf(kind), { kind });
}

function readObject(reader: MpyReader, depth: number): MpyObject {
  const offset = reader.offset;
  const number = reader.byte('an object');
  const simple = simpleObjects.get(number);
  if (simple !== undefined) return simple;
  const kind = OBJECT_KINDS[number];
  switch (kind) {
    case 'tuple': {
      if (depth === MAX_TUPLE_DEPTH) return reader.malformed(`tuples are nested over ${depth} deep`, offset);
      const length = reader.count('the length of a tuple');
      return { kind, items: Array.from({ length }, () => readObject(reader, depth + 1)) };
    }
    case 'str':
    case 'bytes':
      return { kind, bytes: readText(reader, reader.varint(`the length of a ${kind} object`), `a ${kind} object`) };
    case 'int':
    case 'float':
    case 'complex': {
      const length = reader.varint(`the length of a ${kind} object`);
      return { kind, bytes: reader.bytes(length, `a ${kind} object`) };
    }
    default:
      return reader.malformed(`unknown object kind ${number}`, offset);
  }
}

/** The bytes of a string, without the zero byte that firmware relies on when it uses them in place. */
function readText(reader: MpyReader, length: number, what: string): Uint8Array {
  const bytes = reader.bytes(length, what);
  const offset = reader.offset;
  if (reader.byte(what) !== 0) return reader.malformed(`${what} does not end in a zero byte`, offset);
  return bytes;
}
