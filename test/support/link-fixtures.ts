/** The compiled objects under `test/fixtures/link`, and what goes with them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { ARCHES, type Arch, type ArchName, archByName } from '../../natmod-rules/arch/index.ts';
import { readQstrs } from '../../natmod-rules/preprocess/index.ts';

export interface LinkObject {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface LinkFixture {
  readonly arch: Arch;
  readonly name: string;
  /** In link order. */
  readonly objects: readonly LinkObject[];
  /** The reference linker's output, where that is right. */
  readonly expected?: Uint8Array;
}

const root = new URL('../fixtures/link/', import.meta.url);

/** Names behind the indices of `mp_native_qstr_table` in every fixture. */
export const FIXTURE_QSTRS: readonly string[] = readQstrs(readFileSync(new URL('src/qstrs.h', root), 'utf8'));

/** Folder of the sources, one folder per case in it. */
export const FIXTURE_SOURCES = new URL('src/', root);

export function linkFixture(archName: ArchName, name: string): LinkFixture {
  const folder = new URL(`${archName}/${name}/`, root);
  const objects = readdirSync(folder)
    .filter((file) => file.endsWith('.o'))
    .sort()
    .map((file) => ({ name: file, bytes: readFileSync(new URL(file, folder)) }));
  const expected = new URL(`${name}.mpy`, folder);
  return {
    arch: archByName(archName),
    name,
    objects,
    expected: existsSync(expected) ? readFileSync(expected) : undefined,
  };
}

export function allLinkFixtures(): LinkFixture[] {
  return ARCHES.flatMap((arch) =>
    readdirSync(new URL(`${arch.name}/`, root))
      .sort()
      .map((name) => linkFixture(arch.name, name)),
  );
}
