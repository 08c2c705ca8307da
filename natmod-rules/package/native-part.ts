import { readMpy } from './read.ts';
import type { MpyFile } from './types.ts';
import { writeMpy } from './write.ts';

/**
 * The module without its Python code: machine code and Python sources become a file whose outer function runs one after
 * the other, machine code first. Objects are constants of the Python code. Anything else comes back as it is.
 *
 * @param bytes a .mpy file
 * @param file named in errors
 * @throws NatmodError those of `readMpy`
 */
export function nativePart(bytes: Uint8Array, file: string): Uint8Array {
  const mpy = readMpy(bytes, file);
  const [first] = mpy.root.children;
  if (mpy.root.kind !== 'bytecode' || mpy.header.archNumber === 0 || first?.kind !== 'native') return bytes;
  const part: MpyFile = { ...mpy, objects: [], root: first };
  return writeMpy(part);
}
