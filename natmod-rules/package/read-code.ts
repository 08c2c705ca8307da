import { decodePrelude } from './prelude.ts';
import { readRelocations } from './read-relocations.ts';
import type { MpyReader } from './reader.ts';
import {
  type NativeCode,
  type Prelude,
  type RawCode,
  SCOPE_BSS,
  SCOPE_RELOCATIONS,
  SCOPE_RODATA,
  wordSizeOf,
} from './types.ts';
import { CODE_KINDS } from './write.ts';

/** Functions inside functions; the loader recurses for each. */
const MAX_CODE_DEPTH = 200;

/** What the rest of the file says about its code. */
export interface CodeContext {
  readonly archNumber: number;
  readonly qstrCount: number;
}

/** Reads one function and, inside it, its children. `depth` is the number of functions around it. */
export function readRawCode(reader: MpyReader, context: CodeContext, depth = 0): RawCode {
  const offset = reader.offset;
  if (depth > MAX_CODE_DEPTH) return reader.malformed(`functions are nested over ${MAX_CODE_DEPTH} deep`, offset);
  const head = reader.varint('the head of a function');
  const kind = CODE_KINDS[head % 4]!;
  const hasChildren = (head & 4) !== 0;
  if (kind !== 'bytecode' && context.archNumber === 0) {
    return reader.malformed('there is machine code, but the header names no architecture', offset);
  }
  const bodyOffset = reader.offset;
  const body = reader.bytes(Math.floor(head / 8), kind === 'bytecode' ? 'bytecode' : 'machine code');
  const readChildren = (): RawCode[] => (hasChildren ? readChildList(reader, context, depth) : []);
  switch (kind) {
    case 'bytecode': {
      const prelude = readPrelude(reader, context, body, bodyOffset);
      return { kind, code: body, prelude, children: readChildren() };
    }
    case 'native-python': {
      const preludeOffset = reader.varint('the offset of a prelude');
      const prelude = readPrelude(reader, context, body.subarray(preludeOffset), bodyOffset + preludeOffset);
      if ((prelude.scopeFlags & SCOPE_RELOCATIONS) !== 0) refuseRelocations(reader, bodyOffset + preludeOffset);
      return { kind, text: body, preludeOffset, prelude, children: readChildren() };
    }
    case 'assembly': {
      const flagsOffset = reader.offset;
      const scopeFlags = reader.varint('scope flags');
      if ((scopeFlags & SCOPE_RELOCATIONS) !== 0) refuseRelocations(reader, flagsOffset);
      const positionalArgs = reader.varint('the number of arguments');
      const typeSignature = reader.varint('the types of arguments');
      return { kind, text: body, scopeFlags, positionalArgs, typeSignature, children: readChildren() };
    }
    case 'native':
      return readNative(reader, context, body, readChildren);
  }
}

function refuseRelocations(reader: MpyReader, offset: number): never {
  return reader.malformed('relocations in a function that cannot have them', offset);
}

function readPrelude(reader: MpyReader, context: CodeContext, code: Uint8Array, fileOffset: number): Prelude {
  const prelude = decodePrelude(code, (message, offset) => reader.malformed(message, fileOffset + offset));
  const wrong = prelude.names.find((name) => name >= context.qstrCount);
  if (wrong !== undefined) {
    reader.malformed(`a function uses qstr ${wrong}, but there are ${context.qstrCount}`, fileOffset);
  }
  return prelude;
}

function readChildList(reader: MpyReader, context: CodeContext, depth: number): RawCode[] {
  const offset = reader.offset;
  const length = reader.count('the number of inner functions');
  if (length === 0) return reader.malformed('inner functions are announced, but there are none', offset);
  return Array.from({ length }, () => readRawCode(reader, context, depth + 1));
}

/** The relocations come last, behind the children: the loader reads them when all else is in place. */
function readNative(
  reader: MpyReader,
  context: CodeContext,
  text: Uint8Array,
  readChildren: () => RawCode[],
): NativeCode {
  const scopeFlags = reader.varint('scope flags');
  const hasRodata = (scopeFlags & SCOPE_RODATA) !== 0;
  const rodataSize = hasRodata ? reader.varint('the size of rodata') : 0;
  const bssSize = (scopeFlags & SCOPE_BSS) !== 0 ? reader.varint('the size of BSS') : 0;
  const rodata = reader.bytes(rodataSize, 'rodata');
  const children = readChildren();
  const found =
    (scopeFlags & SCOPE_RELOCATIONS) !== 0
      ? readRelocations(reader, { text, rodata, wordSize: wordSizeOf(context.archNumber) })
      : { relocations: [] };
  return { kind: 'native', text, scopeFlags, rodata, bssSize, children, ...found };
}
