/** What a module starts with when there are constructors. */
import type { Arch } from '../../../arch/index.ts';
import type { StartCode } from '../types.ts';
import * as code from './code.ts';
import { l32r } from './relocate.ts';

/**
 * Code behind a table of `count` functions and mpy_init. Words of it are loaded with l32r, because flash can be read in
 * whole words only and code has no cheap way to its own address.
 */
export function startCode({ isWindowed = false }: Arch, count: number): StartCode {
  const written: number[] = [];
  const load = (register: number, index: number) =>
    written.push(...l32r(register, 4 * index, 4 * (count + 1) + written.length));
  const call = isWindowed ? code.CALL_WINDOWED : code.CALL;
  written.push(...(isWindowed ? code.ENTRY_WINDOWED : code.SAVE).code);
  for (let i = 0; i < count; i++) {
    load(isWindowed ? 8 : 0, i);
    written.push(...call.code);
  }
  if (isWindowed) written.push(...code.ARGUMENTS_WINDOWED.code);
  load(8, count);
  written.push(...(isWindowed ? code.FINISH_WINDOWED : code.RESTORE).code);
  return { code: Uint8Array.from(written), table: 'before' };
}
