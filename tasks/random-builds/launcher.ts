/** A compiler that is a program of the project's own: it runs the real one of the same name with one more flag. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runSync } from '../system/run-sync.ts';
import type { Entry } from './state.ts';

const FLAG = '-DTOOL=';
const PLACE = `${FLAG}000`;

/** The real compiler is looked for behind the folders of the project. */
const SOURCE = `#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int main(int argc, char **argv) {
    static char flag[] = "${PLACE}";
    char **words = calloc(argc + 2, sizeof *words);
    char *slash = strrchr(argv[0], '/');
    if (words == NULL) return 126;
    words[0] = slash ? slash + 1 : argv[0];
    words[1] = flag;
    memcpy(words + 2, argv + 1, (argc - 1) * sizeof *words);
    setenv("PATH", getenv("REAL_PATH"), 1);
    execvp(words[0], words);
    return 127;
}
`;

/** A launcher that gives the compiler a number of three digits. */
export function launcher(number: number): Entry {
  return { text: compiled().replace(`${PLACE}\0`, `${FLAG}${number}\0`), isProgram: true };
}

/** Whether a file of a project is such a program. */
export function isLauncher(entry: Entry | undefined): boolean {
  return entry !== undefined && 'text' in entry && entry.text.startsWith('\x7fELF') && entry.text.includes(FLAG);
}

let text: string | undefined;

function compiled(): string {
  if (text !== undefined) return text;
  const folder = mkdtempSync(join(tmpdir(), 'natmod-launcher-'));
  try {
    const file = join(folder, 'launcher');
    writeFileSync(`${file}.c`, SOURCE);
    runSync(['gcc', '-Os', '-s', '-w', '-o', file, `${file}.c`], folder);
    text = readFileSync(file, 'latin1');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return text;
}
