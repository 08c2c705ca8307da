/** Static libraries for random projects: made once for each content, by the real compiler. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runSync } from '../system/run-sync.ts';
import type { Piece } from './pieces.ts';
import type { Random } from './random.ts';
import type { Entry } from './state.ts';

const PREFIXES: Readonly<Record<string, { readonly prefix: string; readonly flags: readonly string[] }>> = {
  x64: { prefix: '', flags: [] },
  armv7m: { prefix: 'arm-none-eabi-', flags: ['-mthumb', '-mcpu=cortex-m3'] },
};

/** Where GCC for ARM looks with that `--sysroot`, in order; the first is for Cortex-M3 only. */
export const SEARCHED_FOLDERS: readonly string[] = ['m/root/lib/thumb/v7-m/nofp', 'm/root/lib', 'm/root/usr/lib'];

/** Makes object files and libraries with one member that returns a number. */
export class LibraryMaker {
  readonly #made = new Map<string, { object: string; archive: string; thin: string }>();

  /**
   * A library that the module links; thin ones, scripts that name another one, and one that the compiler has to find
   * among them.
   */
  piece(arch: string, random: Random): Piece {
    // Without its own system, a compiler for Linux lacks headers.
    const kind = random.pick(['plain', 'thin', 'script', ...(arch === 'x64' ? [] : ['searched', 'searched'])]);
    const number = 100 + random.below(900);
    const found = ["CFLAGS += '--sysroot=$(CURDIR)/root'", 'MPY_LD_FLAGS += -l:libx.a'];
    return {
      files: {
        ...this.files(arch, kind, number),
        'm/lib.c': 'int in_lib(void);\nint lib(void) { return in_lib(); }\n',
      },
      sources: ['lib.c'],
      head: kind === 'searched' ? found : ['MPY_LD_FLAGS += -llib/libx.a'],
      functions: ['lib'],
    };
  }

  /**
   * The files of a library whose member returns `number`.
   * @param folder where one lies that the compiler finds
   */
  files(arch: string, kind: string, number: number, folder = SEARCHED_FOLDERS.at(-1)!): Record<string, Entry> {
    const { object, archive, thin } = this.#make(arch, number);
    if (kind === 'searched') return { [`${folder}/libx.a`]: { text: archive } };
    if (kind === 'thin') return { 'm/lib/libx.a': { text: thin }, 'm/lib/x.o': { text: object } };
    if (kind === 'script')
      return {
        'm/lib/libx.a': { text: '/* GNU ld script */\nINPUT(libreal.a)\n' },
        'm/lib/libreal.a': { text: archive },
      };
    return { 'm/lib/libx.a': { text: archive } };
  }

  #make(arch: string, number: number) {
    const key = `${arch} ${number}`;
    let made = this.#made.get(key);
    if (made !== undefined) return made;
    const { prefix, flags } = PREFIXES[arch]!;
    const dir = mkdtempSync(join(tmpdir(), 'natmod-library-'));
    try {
      writeFileSync(join(dir, 'x.c'), `int in_lib(void) { return ${number}; }\n`);
      runSync([`${prefix}gcc`, ...flags, '-Os', '-fpic', '-c', '-o', 'x.o', 'x.c'], dir);
      runSync([`${prefix}ar`, 'rcD', 'libx.a', 'x.o'], dir);
      runSync([`${prefix}ar`, 'rcDT', 'libthin.a', 'x.o'], dir);
      const read = (name: string) => readFileSync(join(dir, name), 'latin1');
      made = { object: read('x.o'), archive: read('libx.a'), thin: read('libthin.a') };
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
    this.#made.set(key, made);
    return made;
  }
}
