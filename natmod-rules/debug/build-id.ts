import { createHash } from 'node:crypto';
import { SHT_NOTE } from '../elf/constants.ts';
import type { NativeCode } from '../package/index.ts';
import type { OutSection } from './elf-file.ts';

const NT_GNU_BUILD_ID = 3;

/** The note that carries it. */
export function buildIdSection(native: NativeCode): OutSection {
  const note = Buffer.alloc(16 + BUILD_ID_BYTES);
  note.writeUInt32LE(4, 0);
  note.writeUInt32LE(BUILD_ID_BYTES, 4);
  note.writeUInt32LE(NT_GNU_BUILD_ID, 8);
  note.write('GNU\0', 12, 'latin1');
  note.set(Buffer.from(buildId(native), 'hex'), 16);
  return {
    name: '.note.gnu.build-id',
    type: SHT_NOTE,
    flags: 0,
    address: 0,
    align: 4,
    bytes: Uint8Array.from(note),
  };
}

const BUILD_ID_BYTES = 20;

/**
 * Tells builds of a module apart: a hash of all that its native part puts into memory, in hexadecimal. The .mpy file
 * has it, and its ELF file carries it; merging with parts in Python does not change it.
 */
export function buildId({ text, rodata, bssSize }: Pick<NativeCode, 'text' | 'rodata' | 'bssSize'>): string {
  const hash = createHash('sha1').update(`${text.length} ${rodata.length} ${bssSize}\n`).update(text).update(rodata);
  return hash.digest('hex');
}
