/** Finds return addresses on a stack: words that lead behind a call in the module's code. */
import { EM_386, EM_ARM, EM_RISCV, EM_X86_64 } from '../../elf/constants.ts';
import type { LoggedAddress } from './crash-log.ts';
import type { LinkedFile } from './linked-file.ts';
import type { LoadPlace } from './where.ts';

/**
 * What may be the callers of the code at the stack's top, the last one first. A word may be left from an earlier call,
 * so this is what has been on the stack, not what must be.
 * @param bytes of the stack, from the stack pointer on
 */
export function returnAddresses(file: LinkedFile, { text }: LoadPlace, bytes: Uint8Array): LoggedAddress[] {
  const code = file.sections.find(({ name }) => name === '.text');
  if (code === undefined) return [];
  const size = file.is64 ? 8 : 4;
  const view = Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length);
  const found: LoggedAddress[] = [];
  for (let at = 0; at + size <= bytes.length; at += size) {
    const value = size === 8 ? Number(view.readBigUInt64LE(at)) : view.readUInt32LE(at);
    const offset = value - text - (file.machine === EM_ARM ? value % 2 : 0);
    if (offset <= 0 || offset > code.size || !isBehindCall(file.machine, code.bytes, offset, value)) continue;
    found.push({ name: `stack+0x${at.toString(16)}`, value, role: 'return' });
  }
  return found;
}

/** Whether the instruction before an offset is a call. */
function isBehindCall(machine: number, code: Uint8Array, offset: number, value: number): boolean {
  const half = (back: number) => (offset < back ? 0 : code[offset - back]! | (code[offset - back + 1]! << 8));
  const byte = (back: number) => (offset < back ? 0 : code[offset - back]!);
  // `call rel32`; `call r/m` with a ModRM byte whose middle is 2, and what may follow that byte.
  if (machine === EM_X86_64 || machine === EM_386)
    return byte(5) === 0xe8 || [2, 3, 4, 6, 7].some((back) => byte(back) === 0xff && (byte(back - 1) & 0x38) === 0x10);
  // `blx Rm`, `bl`; a return address has the Thumb bit.
  if (machine === EM_ARM)
    return (
      value % 2 === 1 &&
      ((half(2) & 0xff87) === 0x4780 || ((half(4) & 0xf800) === 0xf000 && (half(2) & 0xd000) === 0xd000))
    );
  if (machine !== EM_RISCV || offset % 2 !== 0) return false;
  // `c.jalr`, `c.jal` (RV32); `jal ra` and `jalr ra`.
  const isShort = (half(2) & 0xf07f) === 0x9002 && (half(2) & 0xf80) !== 0;
  return isShort || (half(2) & 0xe003) === 0x2001 || (half(4) & 0xfff) === 0xef || (half(4) & 0xfff) === 0xe7;
}
