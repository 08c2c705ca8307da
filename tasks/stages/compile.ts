import { resolve } from 'node:path';
import type { Arch, FloatImpl } from '../../natmod-rules/arch/index.ts';
import { archByName } from '../../natmod-rules/arch/index.ts';
import { defaultFlags, isCompiled } from '../../natmod-rules/compile/index.ts';
import type { ModuleMemory } from '../incremental/module-memory.ts';
import { openReport } from '../report/open.ts';
import type { Report } from '../report/report.ts';
import { lookAt } from '../system/file-hashes.ts';
import { isOnDisk, writeWhole } from '../system/files.ts';
import { type Pool, sharedPool } from '../system/pool.ts';
import { sdkDir } from '../system/project.ts';
import { allOrProblems, handled } from '../system/settle.ts';
import { findToolchain, type Toolchain } from '../toolchain/find.ts';
import { type CompileJob, compileSource } from './compile-source.ts';
import { makeFile, missingStage, type Stage, type StageFile, stage } from './stage.ts';

export interface CompileOptions {
  /** `armv7m`, or its data. */
  readonly arch: Arch | string;
  /** Folder for objects, dependency files and the config header. */
  readonly buildDir: string;
  /** Folder the compiler runs in; names of sources and relative flags start from it. */
  readonly cwd?: string;
  /** All flags of the module. Left out: those of MicroPython's flow, and `extraFlags` behind them. */
  readonly cflags?: readonly string[];
  readonly extraFlags?: readonly string[];
  /** MicroPython tree to take headers from; the embedded SDK when left out. */
  readonly mpyDir?: string;
  readonly floatImpl?: FloatImpl;
  /** Left out: the usual compiler of the architecture. */
  readonly toolchain?: Toolchain;
  /** Bounds the processes that run at once; all stages share one when left out. */
  readonly pool?: Pool;
  /** Gets command lines and what compilers print; left out: standard error gets what compilers print. */
  readonly report?: Report;
  /** Print command lines, where there is no `report`. */
  readonly verbose?: boolean;
  /** What spares compiling again; without it every source is compiled. */
  readonly memory?: ModuleMemory;
}

/**
 * Compiles C, C++ and assembler sources with an external compiler, several at once; the objects come out in the order
 * of the sources. The config header of `preprocess` must come first. Other files pass.
 *
 * Errors: `missing-stage` without `preprocess`; `no-compiler`; `compile-failed` for each source that has errors, after
 * what the compiler printed was passed on.
 */
export function compile(options: CompileOptions): Stage<'compile'> {
  const arch = typeof options.arch === 'string' ? archByName(options.arch) : options.arch;
  const cwd = resolve(options.cwd ?? '.');
  const buildDir = resolve(options.buildDir);
  return stage('natmod-compile', async function* (files) {
    const outputs: Promise<StageFile>[] = [];
    let job: CompileJob | undefined;
    for await (const file of files) {
      if (file.natmod?.kind === 'config') {
        const configHeader = resolve(buildDir, file.relative);
        const configLook = placeConfig(configHeader, file.contents, options.memory);
        job = { ...(await prepare(options, arch, cwd)), buildDir, configHeader, configLook, config: file.contents };
        yield file;
      } else if (isCompiled(file.path)) {
        outputs.push(handled(compileFile(file, job)));
      } else yield file;
    }
    yield* await allOrProblems(outputs);
  });
}

/** A header that is as it should be stays, so that it looks unchanged to whoever looks at its time. */
function placeConfig(path: string, contents: Buffer, memory: ModuleMemory | undefined): string {
  if (!isOnDisk(path, contents)) writeWhole(path, contents);
  memory?.session.hashes.nextRound([path]);
  memory?.session.hashes.hash(path);
  return lookAt(path);
}

async function prepare(options: CompileOptions, arch: Arch, cwd: string) {
  const { mpyDir = sdkDir, floatImpl, extraFlags = [], pool = sharedPool(), memory } = options;
  return {
    cwd,
    pool,
    report: options.report ?? openReport({ log: 'text', verbose: options.verbose }),
    memory,
    toolchain: options.toolchain ?? (await findToolchain(arch, { cwd })),
    cflags: options.cflags ?? [...defaultFlags(arch, { mpyDir: resolve(mpyDir), floatImpl }), ...extraFlags],
  };
}

async function compileFile(file: StageFile, job: CompileJob | undefined): Promise<StageFile> {
  if (job === undefined) missingStage('compile', `the source ${file.relative} without a config header`, 'preprocess');
  const name = file.natmod?.kind === 'source' ? file.natmod.name : undefined;
  const { objectName, bytes } = await compileSource({ name, path: file.path, contents: file.contents }, job);
  return makeFile(job.buildDir, objectName, bytes, { kind: 'object', name: objectName });
}
