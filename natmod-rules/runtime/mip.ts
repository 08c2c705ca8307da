/** What a folder to publish needs besides the modules: files for `mip`, checksums and a table of sizes. */

import { ARCHES } from '../arch/index.ts';
import type { MpySizes } from '../package/index.ts';

/** One module for one architecture in the folder. */
export interface Published {
  /** Name that Python imports. */
  readonly name: string;
  /** How the user calls the module; the same for all architectures. */
  readonly module: string;
  readonly arch: string;
  /** `ARCH/NAME.mpy`, from the top of the folder. */
  readonly path: string;
  readonly sizes: MpySizes;
  /** SHA-256 in hexadecimal digits. */
  readonly sha256: string;
}

/**
 * A `package.json` for `mip` (MicroPython's `docs/reference/packages.rst`).
 * @param url address of the top of the folder, without a slash at its end; when left out, addresses are relative, which
 *   mip knows from 0.4 on
 */
export function mipPackage(modules: readonly Published[], url?: string): string {
  const urls = modules.map(({ name, path }) => [`${name}.mpy`, url === undefined ? `${name}.mpy` : `${url}/${path}`]);
  return `${JSON.stringify({ urls, deps: [] }, null, 2)}\n`;
}

/** Lines that `sha256sum --check` reads. */
export function checksumFile(files: readonly { readonly path: string; readonly sha256: string }[]): string {
  return files.map(({ path, sha256 }) => `${sha256}  ${path}\n`).join('');
}

/** In the README of every folder that was published: such a folder may be replaced. */
export const PUBLISHED_MARK = '<!-- Made by natmod package, which replaces this folder. -->';

/**
 * A README with a table of sizes: file size, and what the loaded module takes of the board's memory.
 * @param url as for `mipPackage`
 */
export function sizeReadme(modules: readonly Published[], url?: string): string {
  const address = url ?? 'ADDRESS';
  const arches = [...new Set(modules.map((module) => module.arch))];
  const names = [...new Set(modules.map((module) => module.module))];
  const cell = (name: string, arch: string): string => {
    const found = modules.find((module) => module.module === name && module.arch === arch);
    return found === undefined ? '' : `${found.sizes.file} / ${memoryOf(found.sizes)}`;
  };
  const rows = names.map((name) => `| ${name} | ${arches.map((arch) => cell(name, arch)).join(' | ')} |`);
  return `# Native modules for MicroPython

Each folder has the modules for one architecture, for firmware with native ABI 6.3 (MicroPython 1.23 or later).
The board says which architecture it takes: \`sys.implementation._mpy >> 10 & 15\`, with ${numbers(arches)}.

Install ${url === undefined ? 'from where this folder is published' : 'on a board with a network'}:

- \`mip.install("${address}/ARCH/NAME.mpy")\`: one module;
- \`mip.install("${address}/ARCH/package.json")\`: all modules, \`NAME.json\` in its place: one of them${needsNewMip(url)}

\`mpremote mip install\` takes the same addresses. \`sha256sum --check SHA256SUMS\` checks the files.

Bytes of the file / of memory once imported (code, read-only and static data):

| module | ${arches.join(' | ')} |
|---|${arches.map(() => '---:|').join('')}
${rows.join('\n')}

${PUBLISHED_MARK}
`;
}

function needsNewMip(url: string | undefined): string {
  return url === undefined
    ? ';\n  `mip.__version__` must be 0.4 or later (`gulp package --url ADDRESS` makes files for older ones).'
    : '.';
}

/** Bytes that code and data take once loaded. */
export function memoryOf(sizes: MpySizes): number {
  return sizes.text + sizes.rodata + sizes.bss + sizes.bytecode;
}

function numbers(arches: readonly string[]): string {
  return arches.map((arch) => `${ARCHES.find((one) => one.name === arch)?.mpyNumber} for ${arch}`).join(', ');
}
