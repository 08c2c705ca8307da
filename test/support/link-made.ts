import { type ArchName, archByName } from '../../natmod-rules/arch/index.ts';
import { NatmodError, type Problem } from '../../natmod-rules/problem.ts';
import { type CheckedLinks, checkLinks } from './check-links.ts';
import { type CompileOptions, compile } from './compile.ts';
import { type LinkResult, link } from './link.ts';
import type { LinkObject } from './link-fixtures.ts';
import { type MadeObject, makeObject, TEXT_FLAGS } from './make-object.ts';

/** Links objects; a NatmodError as `link` throws it. */
export function linkObjects(arch: ArchName, objects: readonly LinkObject[]): LinkResult {
  return link({ arch: archByName(arch), objects, qstrs: [], sourceName: 'made.mpy' });
}

/** Objects written by hand, by name. */
export function madeObjects(arch: ArchName, objects: Readonly<Record<string, MadeObject>>): LinkObject[] {
  return Object.entries(objects).map(([name, made]) => ({ name, bytes: makeObject(archByName(arch), made) }));
}

export type Built = LinkResult & CheckedLinks & { readonly objects: readonly LinkObject[] };

/** Compiles, links, loads and follows every relocation; `wrong` tells of those that lead astray. */
export function build(arch: ArchName, sources: Readonly<Record<string, string>>, options?: CompileOptions): Built {
  return loaded(arch, compile(arch, sources, options));
}

export function loaded(arch: ArchName, objects: readonly LinkObject[]): Built {
  const result = linkObjects(arch, objects);
  return { ...result, ...checkLinks(archByName(arch), objects, result), objects };
}

/** The problems that linking ends in; an empty list when it ends in a module. */
export function problemsOf(work: () => unknown): readonly Problem[] {
  try {
    work();
    return [];
  } catch (error) {
    if (!(error instanceof NatmodError)) throw error;
    return error.problems;
  }
}

/** What linking code with one relocation against a variable `x` has to say; undefined when it links. */
export function buildError(arch: ArchName, code: readonly number[], type: number, offset: number): string | undefined {
  const text = {
    name: '.text',
    flags: TEXT_FLAGS,
    data: Uint8Array.from(code),
    relocations: [{ offset, type, symbol: 'x' }],
  };
  const data = { name: '.rodata', data: 4 };
  const symbols = [
    { name: 'mpy_init', section: '.text' },
    { name: 'x', section: '.rodata' },
  ];
  const objects = madeObjects(arch, { 'main.o': { sections: [text, data], symbols } });
  return problemsOf(() => linkObjects(arch, objects))[0]?.message;
}
