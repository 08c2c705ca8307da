import { encodeRelocations } from './relocations.ts';
import {
  ARCH_FLAGS_PRESENT,
  type MpyFile,
  type MpyHeader,
  type MpyObject,
  type MpyQstr,
  type NativeCode,
  type RawCode,
  SCOPE_BSS,
  SCOPE_RELOCATIONS,
  SCOPE_RODATA,
} from './types.ts';
import { ByteWriter } from './writer.ts';

/** Numbers of the object kinds; the position is the number. */
export const OBJECT_KINDS: readonly MpyObject['kind'][] = [
  'fun-table',
  'none',
  'false',
  'true',
  'ellipsis',
  'str',
  'bytes',
  'int',
  'float',
  'complex',
  'tuple',
];

/** Numbers of the code kinds; the position is the number. */
export const CODE_KINDS: readonly RawCode['kind'][] = ['bytecode', 'native-python', 'native', 'assembly'];

/** The bytes of the file; `writeMpy(readMpy(b))` equals `b`. */
export function writeMpy(mpy: MpyFile): Uint8Array {
  const out = new ByteWriter();
  writeHeader(out, mpy.header);
  out.varint(mpy.qstrs.length);
  out.varint(mpy.objects.length);
  for (const qstr of mpy.qstrs) writeQstr(out, qstr);
  for (const object of mpy.objects) writeObject(out, object);
  writeRawCode(out, mpy.root);
  return out.finish();
}

function writeHeader(out: ByteWriter, header: MpyHeader): void {
  const flags = header.archFlags === 0 ? 0 : ARCH_FLAGS_PRESENT;
  out.bytes([0x4d, header.version, header.subVersion | (header.archNumber << 2) | flags, header.smallIntBits]);
  if (flags !== 0) out.varint(header.archFlags);
}

function writeQstr(out: ByteWriter, qstr: MpyQstr): void {
  if ('static' in qstr) {
    out.varint(qstr.static * 2 + 1);
    return;
  }
  out.varint(qstr.bytes.length * 2);
  out.bytes(qstr.bytes);
  out.byte(0);
}

function writeObject(out: ByteWriter, object: MpyObject): void {
  out.byte(OBJECT_KINDS.indexOf(object.kind));
  if (object.kind === 'tuple') {
    out.varint(object.items.length);
    for (const item of object.items) writeObject(out, item);
  } else if ('bytes' in object) {
    out.varint(object.bytes.length);
    out.bytes(object.bytes);
    if (object.kind === 'str' || object.kind === 'bytes') out.byte(0);
  }
}

function writeRawCode(out: ByteWriter, code: RawCode): void {
  const body = code.kind === 'bytecode' ? code.code : code.text;
  out.varint(body.length * 8 + (code.children.length > 0 ? 4 : 0) + CODE_KINDS.indexOf(code.kind));
  out.bytes(body);
  if (code.kind === 'native-python') out.varint(code.preludeOffset);
  if (code.kind === 'native') writeData(out, code);
  if (code.kind === 'assembly') {
    out.varint(code.scopeFlags);
    out.varint(code.positionalArgs);
    out.varint(code.typeSignature);
  }
  if (code.children.length > 0) {
    out.varint(code.children.length);
    for (const child of code.children) writeRawCode(out, child);
  }
  if (code.kind === 'native' && (code.scopeFlags & SCOPE_RELOCATIONS) !== 0) {
    out.bytes(code.encodedRelocations ?? encodeRelocations(code.relocations));
  }
}

function writeData(out: ByteWriter, code: NativeCode): void {
  out.varint(code.scopeFlags);
  if ((code.scopeFlags & SCOPE_RODATA) !== 0) out.varint(code.rodata.length);
  if ((code.scopeFlags & SCOPE_BSS) !== 0) out.varint(code.bssSize);
  if ((code.scopeFlags & SCOPE_RODATA) !== 0) out.bytes(code.rodata);
}
