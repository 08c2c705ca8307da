import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { findQstrs } from '../modules/qstr-search.ts';
import { readAll, writeOutput } from './files.ts';
import { markOf } from './lost-part.ts';

/**
 * Up to version 1.26 MicroPython took these types from the config header; later versions define them behind it.
 * `py/mpconfig.h` tells its version before it includes the config header.
 */
const OLDER_VERSIONS = [
  '#if defined(MICROPY_VERSION_MINOR) && MICROPY_VERSION_MAJOR == 1 && MICROPY_VERSION_MINOR < 27',
  'typedef uintptr_t mp_uint_t;',
  'typedef intptr_t mp_int_t;',
  '#endif',
  '',
].join('\n');

/**
 * Writes the config header of a module's sources. Its table of qstrs, and so the module, is the same as that of
 * `mpy_ld.py` unless a header of the module names one that no source does, which `mpy_ld.py` misses.
 *
 * @param sources C and assembler sources; those of Python, which `dynruntime.mk` names too, have no qstrs of this kind
 */
export async function makeConfigHeader(sources: readonly string[], output: string): Promise<void> {
  // Every byte is a character: names of qstrs are found whatever the encoding of the comments around them.
  const texts = readAll(sources)
    .filter(({ name }) => !name.endsWith('.py'))
    .map(({ name, bytes }) => ({ path: resolve(name), text: bytes.toString('latin1') }));
  const { header } = await findQstrs(texts, { includeFolders: ownFolders(), asListed: true });
  writeOutput(output, withOlderVersions(header) + markOf(sources, output));
}

/** `-I.` of `dynruntime.mk`; MicroPython's own headers are full of qstrs that the module does not use. */
function ownFolders(): string[] {
  return existsSync('py/dynruntime.h') ? [] : [resolve('.')];
}

function withOlderVersions(header: string): string {
  return header.replace(/(?=^#define MP_QSTR_)/m, OLDER_VERSIONS);
}
