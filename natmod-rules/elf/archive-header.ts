/**
 * The outer layer of a static library: the magic, the member headers and their names, in the GNU/SysV and the BSD
 * manner (ar(5); GNU binutils `include/aout/ar.h`; BSD ar(5)). Every offset in here counts bytes from the start of the
 * archive file.
 */
import { fail } from '../problem.ts';

/** A member header that has been checked: its data lies inside the file, or, in a thin archive, outside of it. */
export interface MemberHeader {
  /** Member name; in a thin archive the path of the file that holds it. */
  readonly name: string;
  /** Where its header starts. */
  readonly offset: number;
  /** Where its bytes start and how many there are; -1 for the start when they are in another file. */
  readonly start: number;
  readonly size: number;
  /** Thin archives: where the member's header starts in the archive `name`, when `name` is an archive itself. */
  readonly origin?: number;
}

/** What the headers say: ordinary members in file order, and the symbol index apart from them. */
export interface ArchiveLayout {
  readonly thin: boolean;
  readonly members: readonly MemberHeader[];
  readonly index?: IndexPlace;
}

/** The archive's own symbol index: bytes [start, start + size) of the file. */
export interface IndexPlace {
  readonly form: 'sysv' | 'bsd';
  /** Bytes of one of its numbers. */
  readonly width: 4 | 8;
  /** Where its header starts, for messages. */
  readonly offset: number;
  readonly start: number;
  readonly size: number;
}

interface RawHeader {
  readonly name: string;
  readonly offset: number;
  readonly start: number;
  readonly size: number;
}

const MAGIC = '!<arch>\n';
const THIN_MAGIC = '!<thin>\n';
const HEADER_SIZE = 60;
const MAX_MEMBERS = 500_000;
const MAX_NAME = 4096;
const REBUILD = 'the archive is damaged; build it anew with ar';

/** Whether the bytes start as a static library does, regular or thin. */
export function isArchive(bytes: Uint8Array): boolean {
  return startsWith(bytes, MAGIC) || startsWith(bytes, THIN_MAGIC);
}

/** Whether the bytes start as a thin archive does: one that only names the files its members are in. */
export function isThinArchive(bytes: Uint8Array): boolean {
  return startsWith(bytes, THIN_MAGIC);
}

/**
 * Reads every member header of an archive. Member data is neither read nor copied. Whatever cannot be an archive, or
 * does not fit into its file, ends in a NatmodError with the offset.
 */
export function readLayout(archive: Uint8Array, file: string): ArchiveLayout {
  const bytes = Buffer.from(archive.buffer as ArrayBuffer, archive.byteOffset, archive.length);
  if (!isArchive(bytes)) return fail('not-an-archive', 'this is not a static library', { file }, hintFor(bytes));
  const thin = isThinArchive(bytes);
  const raw = readRawHeaders(bytes, file, thin);
  const longNames = raw.find((header) => header.name === '//');
  let index: IndexPlace | undefined;
  const members: MemberHeader[] = [];
  for (const header of raw) {
    if (header === longNames) continue;
    const place = indexPlace(header.name, header);
    if (place !== undefined) {
      index ??= place;
      continue;
    }
    const member = nameMember(bytes, file, header, longNames);
    const named = indexPlace(member.name, member);
    if (named !== undefined) index ??= named;
    else members.push(thin ? { ...member, start: -1 } : member);
  }
  return { thin, members, index };
}

function readRawHeaders(bytes: Buffer, file: string, thin: boolean): RawHeader[] {
  const headers: RawHeader[] = [];
  let offset = MAGIC.length;
  while (offset < bytes.length) {
    // Some tools fill the file up to a block with newlines or zeros.
    if (bytes.length - offset < HEADER_SIZE && onlyPadding(bytes, offset)) break;
    if (headers.length === MAX_MEMBERS) {
      fail('archive-too-big', `more than ${MAX_MEMBERS} members`, { file, offset }, 'split the library');
    }
    const header = readRawHeader(bytes, file, offset);
    headers.push(header);
    const inside = !thin || isSpecial(header.name);
    const end = inside ? header.start + header.size : header.start;
    if (end > bytes.length) {
      const left = bytes.length - header.start;
      const what = `member '${header.name}' claims ${header.size} bytes, ${left} are left in the file`;
      fail('bad-archive', what, { file, offset }, 'the archive is cut off; copy or build it anew');
    }
    offset = end + (end & 1);
  }
  return headers;
}

function readRawHeader(bytes: Buffer, file: string, offset: number): RawHeader {
  if (offset + HEADER_SIZE > bytes.length) {
    const what = `a member header takes ${HEADER_SIZE} bytes, ${bytes.length - offset} are left in the file`;
    fail('bad-archive', what, { file, offset }, 'the archive is cut off; copy or build it anew');
  }
  if (bytes[offset + 58] !== 0x60 || bytes[offset + 59] !== 0x0a) {
    fail('bad-archive', 'a member header must end in 0x60 0x0a here and does not', { file, offset }, REBUILD);
  }
  const size = readDecimal(bytes, offset + 48, offset + 58);
  if (size === undefined) {
    const field = latin1(bytes, offset + 48, offset + 58).trimEnd();
    fail('bad-archive', `member size ${JSON.stringify(field)} is not a decimal number`, { file, offset }, REBUILD);
  }
  let end = offset + 16;
  while (end > offset && bytes[end - 1] === 0x20) end--;
  return { name: latin1(bytes, offset, end), offset, start: offset + HEADER_SIZE, size };
}

/** The header with its real name: short, in the table of long names, or (BSD) in front of the data. */
function nameMember(bytes: Buffer, file: string, raw: RawHeader, longNames: RawHeader | undefined): MemberHeader {
  const { name, offset, start, size } = raw;
  if (name.startsWith('#1/')) return nameInData(bytes, file, raw);
  const long = name.startsWith('/') ? /^\/(\d{1,10})(?::(\d{1,12}))?$/.exec(name) : null;
  if (long !== null) {
    const origin = long[2] === undefined ? undefined : Number(long[2]);
    return { name: longName(bytes, file, raw, Number(long[1]), longNames), offset, start, size, origin };
  }
  const short = name.endsWith('/') ? name.slice(0, -1) : name;
  if (short === '' || short.startsWith('/')) {
    fail('bad-archive', `member name ${JSON.stringify(name)} has no known form`, { file, offset }, REBUILD);
  }
  const ascii = !/[\x80-\xff]/.test(short);
  return { name: ascii ? short : utf8(bytes, offset, offset + short.length), offset, start, size };
}

function nameInData(bytes: Buffer, file: string, raw: RawHeader): MemberHeader {
  const digits = raw.name.slice(3);
  const length = /^\d{1,10}$/.test(digits) ? Number(digits) : -1;
  const room = Math.min(raw.size, bytes.length - raw.start);
  if (length < 1 || length > room || length > MAX_NAME) {
    const what = `member name '${raw.name}' needs 1 to ${Math.min(room, MAX_NAME)} bytes in front of the data`;
    fail('bad-archive', what, { file, offset: raw.offset }, REBUILD);
  }
  let end = raw.start + length;
  while (end > raw.start && bytes[end - 1] === 0) end--;
  const name = utf8(bytes, raw.start, end);
  return { name, offset: raw.offset, start: raw.start + length, size: raw.size - length };
}

function longName(bytes: Buffer, file: string, raw: RawHeader, at: number, table: RawHeader | undefined): string {
  const where = { file, offset: raw.offset };
  if (table === undefined) {
    return fail('bad-archive', `member name '${raw.name}' needs a table of long names, there is none`, where, REBUILD);
  }
  const start = table.start + at;
  const limit = table.start + table.size;
  if (start >= limit) {
    const what = `member name '${raw.name}' lies outside the table of long names (${table.size} bytes)`;
    return fail('bad-archive', what, where, REBUILD);
  }
  let end = start;
  while (end < limit && bytes[end] !== 0x0a && bytes[end] !== 0) end++;
  // Names end in "/\n"; System V's own end in a bare newline, Microsoft's in a zero.
  if (end > start && bytes[end - 1] === 0x2f) end--;
  if (end === start || end - start > MAX_NAME) {
    const what = `member name '${raw.name}' is ${end === start ? 'empty' : `longer than ${MAX_NAME} bytes`}`;
    return fail('bad-archive', what, where, REBUILD);
  }
  return utf8(bytes, start, end);
}

const INDEX_NAMES: ReadonlyMap<string, { form: 'sysv' | 'bsd'; width: 4 | 8 }> = new Map([
  ['/', { form: 'sysv', width: 4 }],
  ['/SYM64/', { form: 'sysv', width: 8 }],
  ['__.SYMDEF', { form: 'bsd', width: 4 }],
  ['__.SYMDEF SORTED', { form: 'bsd', width: 4 }],
  ['__.SYMDEF_64', { form: 'bsd', width: 8 }],
  ['__.SYMDEF_64 SORTED', { form: 'bsd', width: 8 }],
]);

function indexPlace(name: string, at: { offset: number; start: number; size: number }): IndexPlace | undefined {
  const kind = INDEX_NAMES.get(name);
  return kind === undefined ? undefined : { ...kind, offset: at.offset, start: at.start, size: at.size };
}

/** Members whose bytes are in the file even of a thin archive. */
function isSpecial(name: string): boolean {
  return name === '/' || name === '//' || name === '/SYM64/';
}

/** Digits followed by spaces, as the headers write numbers; undefined for anything else. */
function readDecimal(bytes: Uint8Array, start: number, end: number): number | undefined {
  let value = 0;
  let at = start;
  for (; at < end; at++) {
    const digit = bytes[at]! - 0x30;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  if (at === start) return undefined;
  for (; at < end; at++) if (bytes[at] !== 0x20) return undefined;
  return value;
}

function onlyPadding(bytes: Uint8Array, from: number): boolean {
  for (let i = from; i < bytes.length; i++) if (bytes[i] !== 0 && bytes[i] !== 0x0a) return false;
  return true;
}

function startsWith(bytes: Uint8Array, magic: string): boolean {
  if (bytes.length < magic.length) return false;
  for (let i = 0; i < magic.length; i++) if (bytes[i] !== magic.charCodeAt(i)) return false;
  return true;
}

function hintFor(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'the file is empty';
  if (startsWith(bytes, '\x7fELF')) return 'it is an ELF file: give an object (.o) as a source, libraries as .a';
  if (startsWith(bytes, '<bigaf>') || startsWith(bytes, '<aiaff>')) return "AIX archives can't be read: use GNU ar";
  return `static libraries start with ${JSON.stringify(MAGIC)} or ${JSON.stringify(THIN_MAGIC)}`;
}

function latin1(bytes: Buffer, start: number, end: number): string {
  return bytes.toString('latin1', start, end);
}

function utf8(bytes: Buffer, start: number, end: number): string {
  return bytes.toString('utf8', start, end);
}
