import { debugFile } from '../../natmod-rules/debug/index.ts';
import type { LinkResult } from '../../natmod-rules/link/index.ts';
import { writeWhole } from '../system/files.ts';

/**
 * Writes the ELF file beside a module.
 * @returns what there is to tell of it, a line each
 * @throws NatmodError `cannot-write`
 */
export async function writeDebugFile(file: string, { image, mpy }: LinkResult): Promise<readonly string[]> {
  const { elf, notes, described } = debugFile(image, mpy);
  await writeWhole(file, elf);
  if (described > 0 || notes.length > 0) return notes;
  return [`${file}: no object has debug information, so there are symbols only; compile with -g`];
}
