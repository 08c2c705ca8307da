/**
 * Reads what the counting plugin of QEMU has written: `ADDRESS COUNT SIZES BYTES`, a line for each block of
 * instructions that ran.
 */

/** Instructions one behind the other, of which all run when the first does. */
export interface CountedBlock {
  /** Of the emulated machine. */
  readonly address: number;
  /** How often it ran. */
  readonly count: number;
  readonly bytes: Uint8Array;
  /** Bytes of each instruction. */
  readonly sizes: readonly number[];
}

const LINE = /^([0-9a-f]{1,16}) (\d{1,15}) ([1-9a-f]+) ((?:[0-9a-f]{2})+)$/;

/** Lines that are none of the plugin's are left out. */
export function readCounts(text: string): CountedBlock[] {
  return text.split('\n').flatMap((line) => {
    const [, address, count, digits, data] = LINE.exec(line) ?? [];
    if (address === undefined || digits === undefined || data === undefined) return [];
    const sizes = [...digits].map((digit) => Number.parseInt(digit, 16));
    const bytes = Uint8Array.from(Buffer.from(data, 'hex'));
    const isWhole = sizes.reduce((sum, size) => sum + size, 0) === bytes.length;
    return isWhole ? [{ address: Number.parseInt(address, 16), count: Number(count), bytes, sizes }] : [];
  });
}
