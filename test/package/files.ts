import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { MpyPart } from '../../natmod-rules/package/index.ts';

const linked = fileURLToPath(new URL('../fixtures/link', import.meta.url));
const compiled = fileURLToPath(new URL('fixtures', import.meta.url));

/** The native modules that the reference linker made, named `ARCH/CASE/CASE.mpy`, in order. */
export function linkedFiles(): MpyPart[] {
  return filesIn(linked);
}

/** What mpy-cross made, in order. */
export function compiledFiles(): MpyPart[] {
  return filesIn(compiled);
}

function filesIn(folder: string): MpyPart[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.mpy'))
    .sort()
    .map((name) => ({ name, bytes: new Uint8Array(readFileSync(`${folder}/${name}`)) }));
}

/** The one file of that name in either place. */
export function fileNamed(name: string): MpyPart {
  const found = [...compiledFiles(), ...linkedFiles()].find((file) => file.name === name);
  if (found === undefined) throw new Error(`no file ${name}`);
  return found;
}
