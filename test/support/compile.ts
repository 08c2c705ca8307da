/** Compiles sources that a test brings along. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ArchName, archByName } from '../../natmod-rules/arch/index.ts';
import { defaultFlags } from '../../natmod-rules/compile/index.ts';
import { collectQstrs, configHeader } from '../../natmod-rules/preprocess/index.ts';
import { type LinkResult, link } from './link.ts';
import type { LinkObject } from './link-fixtures.ts';
import { findCompiler } from './needs.ts';

export interface CompileOptions {
  /** Behind the usual ones. */
  readonly flags?: readonly string[];
  /** Files that the sources include. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Compile and link a module for the smallest size. */
  readonly compact?: boolean;
}

/** What the objects under `test/fixtures/link` were compiled with. */
export const FREESTANDING = ['-Os', '-fpic', '-fno-common', '-ffreestanding'];

/** The embedded SDK: folder that has `py/dynruntime.h`. */
const SDK = fileURLToPath(new URL('../../natmod-rules/sdk', import.meta.url));

/** Compiles C, C++ (`.cpp`) and assembler (`.S`) sources that need no header of MicroPython, in the order given. */
export function compile(
  arch: ArchName,
  sources: Readonly<Record<string, string>>,
  { flags = [], headers = {} }: CompileOptions = {},
): LinkObject[] {
  return compileWith(arch, sources, headers, (source) => [
    ...(source.endsWith('.c') ? ['-std=gnu99'] : []),
    ...FREESTANDING,
    ...archByName(arch).flags,
    ...flags,
  ]);
}

/** Compiles the sources of a module that includes `py/dynruntime.h`, and links it. */
export function buildModule(
  arch: ArchName,
  moduleName: string,
  sources: Readonly<Record<string, string>>,
  { flags = [], headers = {}, compact = false }: CompileOptions = {},
): LinkResult & { readonly objects: readonly LinkObject[] } {
  const qstrs = collectQstrs(Object.values(sources));
  const config = `${moduleName}.config.h`;
  const own = [...defaultFlags(archByName(arch), { mpyDir: SDK }), `-DMP_CONFIGFILE="${config}"`, ...flags];
  if (compact) own.push(...archByName(arch).compactFlags, ...archByName(arch).sizeFlags);
  const objects = compileWith(arch, sources, { ...headers, [config]: configHeader(qstrs) }, () => own);
  const sourceName = `${moduleName}.mpy`;
  return { ...link({ arch: archByName(arch), objects, qstrs, sourceName, compact }), objects };
}

function compileWith(
  arch: ArchName,
  sources: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>>,
  flagsFor: (source: string) => readonly string[],
): LinkObject[] {
  const folder = mkdtempSync(join(tmpdir(), 'natmod-compile-'));
  try {
    for (const [name, text] of Object.entries({ ...sources, ...headers })) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    return Object.keys(sources).map((source) => {
      const object = source.replace(/\.\w+$/, '.o');
      run(compilerFor(arch, source), [...flagsFor(source), '-I', folder, '-c', source, '-o', object], folder);
      return { name: object, bytes: readFileSync(join(folder, object)) };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function compilerFor(arch: ArchName, source: string): string {
  const compiler = findCompiler(arch)!;
  return source.endsWith('.cpp') ? compiler.replace(/gcc$/, 'g++') : compiler;
}

/** Runs a tool to its end; an Error with what it said when it fails. */
export function run(command: string, args: readonly string[], cwd?: string, env?: Record<string, string>): string {
  const result = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, LC_ALL: 'C', ...env },
  });
  if (result.status === 0) return result.stdout;
  throw new Error(`${command} ${args.join(' ')}: ${result.error?.message ?? result.stderr}`);
}
