import { join } from 'node:path';
import { textIfThere } from '../system/if-there.ts';
import { isSame } from '../system/look.ts';
import { sdkDir } from '../system/project.ts';

/**
 * What the config header must bring for the headers of a MicroPython tree: up to 1.26 they left `mp_int_t` and
 * `mp_uint_t` to it, since then they define both.
 */
export async function wordTypes(mpyDir: string | undefined): Promise<string> {
  if (mpyDir === undefined || isSame(mpyDir, sdkDir)) return '';
  const text = textIfThere(join(mpyDir, 'py', 'mpconfig.h'), 'latin1');
  if (text === '' || /typedef\s+\w+\s+mp_uint_t\s*;/.test(text)) return '';
  return '#include <stdint.h>\ntypedef uintptr_t mp_uint_t;\ntypedef intptr_t mp_int_t;\n';
}
