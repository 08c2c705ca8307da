/** The examples' objects, compiled as a build compiles them, for tests that link them in more than one way. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ESP8266_ROM } from '../../natmod-rules/arch/esp8266-rom.ts';
import { type ArchName, archByName } from '../../natmod-rules/arch/index.ts';
import { sourceKind } from '../../natmod-rules/compile/index.ts';
import type { LinkOptions } from '../../natmod-rules/link/index.ts';
import { readExterns } from '../../natmod-rules/link/read/externs.ts';
import { describeModule } from '../../tasks/modules/describe-module.ts';
import { findModules } from '../../tasks/modules/find.ts';
import { parseOptions } from '../../tasks/options/options.ts';
import { compile, preprocess, type StageFile, sources } from '../../tasks/stages/index.ts';
import { examplesDir } from '../../tasks/system/project.ts';
import { openLibraries, runtimeLibraries } from '../../tasks/toolchain/libraries.ts';

export interface CompiledExample {
  readonly name: string;
  /** What our linker is given. */
  readonly options: LinkOptions;
  /** Text of the config header. */
  readonly config: string;
  /** Absolute paths. */
  readonly libraries: readonly string[];
  readonly externs: readonly string[];
}

/** Those in C: the reference linker and the headers of a MicroPython tree know no other language. */
export const EXAMPLES = findModules(examplesDir).filter(({ name }) => !['cplusplus', 'rust', 'zig'].includes(name));

/**
 * Compiles all examples that a MicroPython tree has the sources for; the tree's own rules apply.
 * @param flags behind those
 */
export async function compileExamples(
  arch: ArchName,
  mpyDir: string,
  flags: readonly string[] = [],
): Promise<CompiledExample[]> {
  const buildDir = mkdtempSync(join(tmpdir(), 'natmod-examples-'));
  try {
    const compiled = await Promise.all(
      EXAMPLES.map(({ name }) => compileExample(arch, mpyDir, name, join(buildDir, name), flags)),
    );
    return compiled.filter((example) => example !== undefined);
  } finally {
    rmSync(buildDir, { recursive: true, force: true });
  }
}

async function compileExample(
  arch: ArchName,
  mpyDir: string,
  example: string,
  buildDir: string,
  flags: readonly string[],
) {
  const module = EXAMPLES.find(({ name }) => name === example)!;
  const plan = await describeModule(module, archByName(arch), parseOptions(['--mpy-dir', mpyDir], '/'));
  if ('skipped' in plan) return undefined;
  const { linker, name } = plan;
  const cflags = [...plan.cflags, ...flags];
  const cwd = module.dir;
  const toolchain = plan.toolchain!;
  const files: StageFile[] = [];
  const collect = new Writable({
    objectMode: true,
    write(file: StageFile, _encoding, done) {
      files.push(file);
      done();
    },
  });
  const compiled = plan.sources.filter((source) => sourceKind(source) !== 'python');
  const input = await sources(compiled, { cwd });
  await pipeline(
    input,
    preprocess({ name, includeFolders: [cwd], mpyDir: plan.mpyDir }),
    compile({ arch, buildDir, cwd, cflags, toolchain }),
    collect,
  );
  const config = files.find((file) => file.natmod?.kind === 'config')!;
  const objects = files.filter((file) => file.path.endsWith('.o'));
  const libraries = [
    ...linker.libraries.map((path) => resolve(cwd, path)),
    ...(plan.runtime === 'wanted' ? await runtimeLibraries(toolchain, cflags) : []),
  ];
  const externs = linker.externs.map((path) => resolve(cwd, path));
  const options: LinkOptions = {
    arch: archByName(arch),
    objects: objects.map((file, i) => ({ name: `${i}-${file.path.split('/').at(-1)}`, bytes: file.contents })),
    qstrs: config.natmod?.kind === 'config' ? config.natmod.qstrs : [],
    sourceName: linker.sourceName ?? `${name}.mpy`,
    archFlags: linker.archFlags,
    libraries: await openLibraries(libraries, { cwd, toolchain, cflags }),
    externs: new Map(externs.flatMap((file) => [...readExterns(readFileSync(file, 'utf8'), file).symbols])),
    rom: arch === 'xtensa' && plan.runtime !== 'none' ? ESP8266_ROM : undefined,
  };
  return { name: example, options, config: config.contents.toString(), libraries, externs };
}
