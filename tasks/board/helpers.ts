import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** No honest script imports more files from beside it. */
const MOST_HELPERS = 100;

/**
 * The Python files beside a script that it imports, with those that they import. A board needs them sent; MicroPython
 * of an operating system finds them itself.
 * @param folder where the script lies
 * @param known file names of modules that are on the board already, such as `features0.mpy`
 * @returns file name to content
 */
export async function helpersOf(
  script: Uint8Array,
  folder: string,
  known: Iterable<string>,
): Promise<Map<string, Uint8Array>> {
  const helpers = new Map<string, Uint8Array>();
  const seen = new Set([...known].map((name) => name.replace(/\.m?py$/, '')));
  const waiting = importsOf(script);
  for (let name = waiting.pop(); name !== undefined && helpers.size < MOST_HELPERS; name = waiting.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    // It may be a module of the firmware, or of the board's own file system.
    const bytes = await readFile(join(folder, `${name}.py`)).catch(() => undefined);
    if (bytes === undefined) continue;
    helpers.set(`${name}.py`, bytes);
    waiting.push(...importsOf(bytes));
  }
  return helpers;
}

/** Names of plain modules that the statements `import a, b as c` and `from a import b` name, wherever they stand. */
export function importsOf(script: Uint8Array): string[] {
  const text = new TextDecoder().decode(script);
  const plain = [...text.matchAll(/(?:^|[;:])[ \t]*import[ \t]+([^;#\n]+)/gm)].flatMap(([, list]) => list!.split(','));
  const from = [...text.matchAll(/(?:^|[;:])[ \t]*from[ \t]+(\w+)[ \t]+import\b/gm)].map(([, name]) => name!);
  return [...plain.map((item) => item.trim().split(/\s/)[0]!), ...from].filter((name) => /^\w+$/.test(name));
}
