/** Random projects: one module each, of a few random pieces, with compilers that are scripts. */
import { launcher } from './launcher.ts';
import type { LibraryMaker } from './library.ts';
import { type Piece, pieces } from './pieces.ts';
import type { Random } from './random.ts';
import type { Entry, Settings, State } from './state.ts';

const MIN_PIECES = 2;
const MORE_PIECES = 3;
const COMPILERS = ['x86_64-linux-gnu-gcc', 'arm-none-eabi-gcc'];

/** A project to begin with. */
export function randomProject(random: Random, libraries: LibraryMaker): State {
  const arch = random.pick(['x64', 'x64', 'armv7m']);
  const names = new Set<string>(['compiler']);
  const all = Object.keys(pieces);
  const count = MIN_PIECES + random.below(MORE_PIECES + 1);
  while (names.size <= count) names.add(random.pick(all));
  const chosen = [...names].map((name) => pieces[name]!(random));
  if (random.oneIn(3)) chosen.push(libraries.piece(arch, random));
  const files = new Map<string, Entry>();
  for (const { files: more = {} } of chosen)
    for (const [path, entry] of Object.entries(more))
      files.set(path, typeof entry === 'string' ? { text: entry } : entry);
  files.set('m/mod.c', { text: mainSource(chosen.flatMap(({ functions = [] }) => functions)) });
  files.set('m/Makefile', { text: makefile(chosen) });
  for (const [path, entry] of tools(random)) files.set(path, entry);
  return { files, settings: firstSettings(arch, chosen, random) };
}

function mainSource(functions: readonly string[]): string {
  const declared = functions.map((name) => `int ${name}(void);\n`).join('');
  const stored = functions.map((name) => `    mp_store_global(MP_QSTR_${name}, mp_obj_new_int(${name}()));\n`).join('');
  return `#include "py/dynruntime.h"
${declared}mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
${stored}    MP_DYNRUNTIME_INIT_EXIT
}
`;
}

function makefile(chosen: readonly Piece[]): string {
  const sources = chosen.flatMap((piece) => piece.sources ?? []);
  const head = chosen.flatMap((piece) => piece.head ?? []);
  const tail = chosen.flatMap((piece) => piece.tail ?? []);
  // Rules come behind the include, so that `all` stays the first one.
  const lines = [
    'MOD = m',
    `SRC = mod.c ${sources.join(' ')}`,
    ...head,
    'include $(MPY_DIR)/py/dynruntime.mk',
    ...tail,
  ];
  return `${lines.join('\n')}\n`;
}

/**
 * A toolchain of launchers, which are programs; one of scripts that ask a further script, so that nobody can tell what
 * they do; and a script that is named outright.
 */
function tools(random: Random): Map<string, Entry> {
  const files = new Map<string, Entry>();
  const number = () => 100 + random.below(900);
  for (const name of COMPILERS) {
    files.set(`tools/b1/${name}`, launcher(number()));
    files.set(`tools/b2/${name}`, {
      text: script(`. "$(dirname "$0")/../inner/flags.sh"\nexec ${name} $more "$@"`),
      isProgram: true,
    });
    files.set(`tools/named/${name}.sh`, {
      text: script(`exec "$(dirname "$0")/../inner/${name}" "$@"`),
      isProgram: true,
    });
    files.set(`tools/inner/${name}`, { text: script(`exec ${name} -DTOOL=${number()} "$@"`), isProgram: true });
  }
  files.set('tools/inner/flags.sh', { text: `more=-DTOOL=${number()}\n` });
  return files;
}

/** A script that finds the real compiler behind the folders of the project. */
function script(lines: string): string {
  return `#!/bin/sh\nPATH=$REAL_PATH\n${lines}\n`;
}

function firstSettings(arch: string, chosen: readonly Piece[], random: Random): Settings {
  const env = Object.assign({}, ...chosen.map((piece) => piece.env ?? {})) as Record<string, string>;
  const path = random.pick([[], ['tools/b1'], ['tools/b1'], ['tools/b2', 'tools/b1']]);
  return { arch, words: [], cc: undefined, path, env };
}
