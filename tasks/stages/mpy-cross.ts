import { relative, resolve } from 'node:path';
import { type Arch, archByName } from '../../natmod-rules/arch/index.ts';
import { intermediatePath } from '../../natmod-rules/compile/index.ts';
import type { ModuleMemory } from '../incremental/module-memory.ts';
import { partKey } from '../incremental/part-key.ts';
import { openReport } from '../report/open.ts';
import type { Report } from '../report/report.ts';
import { isOnDisk, writeWhole } from '../system/files.ts';
import { hashOf } from '../system/hash.ts';
import { type Pool, sharedPool } from '../system/pool.ts';
import { allOrProblems, handled } from '../system/settle.ts';
import { checkMade, compilePython, findMpyCross, type PythonJob } from '../toolchain/mpy-cross.ts';
import { makeFile, type Stage, type StageFile, stage } from './stage.ts';

export interface MpyCrossOptions {
  /** Architecture of the module that the Python sources become part of. */
  readonly arch: Arch | string;
  /** Folder for the compiled files. */
  readonly buildDir: string;
  /** Folder that names of sources start from. */
  readonly cwd?: string;
  /** Options of mpy-cross. Left out: `-march` of the architecture. */
  readonly flags?: readonly string[];
  /** MicroPython tree whose own mpy-cross is preferred. */
  readonly mpyDir?: string;
  readonly pool?: Pool;
  /** Gets command lines and what mpy-cross prints; left out: standard error gets what it prints. */
  readonly report?: Report;
  /** Print command lines, where there is no `report`. */
  readonly verbose?: boolean;
  /** What spares compiling again; without it every source is compiled. */
  readonly memory?: ModuleMemory;
}

/**
 * Compiles Python sources to bytecode and checks that the result fits a module of the architecture. Other files pass at
 * once, and those made here follow them in order; so what is behind this stage works while mpy-cross runs.
 *
 * Errors: `python-failed` after what mpy-cross printed was passed on, `no-mpy-cross`, those of `checkPythonPart`.
 */
export function mpyCross(options: MpyCrossOptions): Stage<'mpyCross'> {
  const arch = typeof options.arch === 'string' ? archByName(options.arch) : options.arch;
  const cwd = resolve(options.cwd ?? '.');
  const buildDir = resolve(options.buildDir);
  return stage('natmod-mpy-cross', async function* (files) {
    const outputs: Promise<StageFile>[] = [];
    let job: PythonJob | undefined;
    for await (const file of files) {
      if (!file.path.endsWith('.py')) {
        yield file;
        continue;
      }
      job ??= {
        mpyCross: findMpyCross(options.mpyDir, cwd),
        arch,
        flags: options.flags ?? [`-march=${arch.name}`],
        cwd,
        pool: options.pool ?? sharedPool(),
        bytecode: options.memory?.session.bytecode ?? new Map(),
        report: options.report ?? openReport({ log: 'text', verbose: options.verbose }),
      };
      outputs.push(handled(compileFile(file, buildDir, job, options.memory)));
    }
    yield* await allOrProblems(outputs);
  });
}

async function compileFile(
  file: StageFile,
  buildDir: string,
  job: PythonJob,
  memory: ModuleMemory | undefined,
): Promise<StageFile> {
  const name = file.natmod?.kind === 'source' ? file.natmod.name : relative(job.cwd, file.path);
  const mpyName = intermediatePath(name, '.mpy');
  const key = memory?.session.observes ? partKey(name, hashOf(file.contents), job, memory.session.hashes) : undefined;
  let bytes = key === undefined ? undefined : await memory?.loadPart(name, key);
  if (bytes === undefined) {
    bytes = await compilePython(name, file.contents, resolve(buildDir, mpyName), job);
    checkMade(bytes, name, job);
    writeWhole(resolve(buildDir, mpyName), bytes);
    // A program reads the source itself, perhaps after it was changed once more.
    if (job.mpyCross.webAssembly || isOnDisk(file.path, file.contents)) memory?.keepPart(name, key, bytes);
  }
  return makeFile(buildDir, mpyName, bytes, { kind: 'python' });
}
