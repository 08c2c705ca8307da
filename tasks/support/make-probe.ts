import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import type { Arch } from '../../natmod-rules/arch/index.ts';
import { fail } from '../../natmod-rules/problem.ts';
import { findProgram } from './find-program.ts';
import { isFile, isSame } from './look.ts';
import { type MakeVariable, quoteForMake, readProbe } from './make-variables.ts';
import type { ModuleSource } from './modules.ts';
import type { Options } from './options.ts';
import { type ProcessResult, runProcess } from './processes.ts';
import { projectDir, sdkDir } from './project.ts';

const wanted = [
  ...[
    'MOD',
    'SRC',
    'SRC_O',
    'SRC_MPY',
    'ARCH',
    'BUILD',
    'MPY_DIR',
    'CFLAGS',
    'CFLAGS_EXTRA',
    'CFLAGS_ARCH',
    'CROSS',
    'CC',
  ],
  ...['LINK_RUNTIME', 'MPY_LD_FLAGS', 'MPY_CROSS_FLAGS', 'MPY_EXTERN_SYM_FILE', 'ARCH_FLAGS', 'MICROPY_FLOAT_IMPL'],
  ...['VPATH', 'CLEAN_EXTRA', 'MPY_SOURCES', 'MAKEFILE_LIST'],
] as const;

export type ProbedName = (typeof wanted)[number];

/** What make says of a module for one architecture. */
export interface Probe {
  get(name: ProbedName): MakeVariable;
  /** The MicroPython tree or the SDK whose headers are used; absolute. */
  readonly mpyDir: string;
  /** The flags are those of the dynruntime.mk that comes with natmod. */
  readonly usesSdk: boolean;
  /** MPY_DIR of the Makefile that did not exist, so that the SDK took its place. */
  readonly replacedMpyDir: boolean;
}

/** What make was asked; `tree` is a MicroPython tree that a module is made of, while the flags stay those of our SDK. */
interface Question {
  readonly mpyDir?: string;
  readonly tree?: string;
}

export type ProbeOptions = Pick<Options, 'mpyDir' | 'cross' | 'cc' | 'makeVariables' | 'verbose'>;

/**
 * Has GNU make evaluate a module's Makefile. MPY_DIR is, in this order: the user's, the Makefile's own if it exists,
 * our SDK.
 *
 * @param arch undefined: the Makefile's ARCH, or the host's when it has none
 * @param tree a MicroPython tree that MPY_DIR becomes once our SDK's dynruntime.mk is read
 * @throws NatmodError `no-make`, `make-failed`, `no-dynruntime`, `bad-mpy-dir`
 */
export async function probeModule(
  module: ModuleSource,
  arch: Arch | undefined,
  options: ProbeOptions,
  tree?: string,
): Promise<Probe> {
  const make = findMake();
  if (options.mpyDir !== undefined) checkMpyDir(options.mpyDir);
  let replacedMpyDir = false;
  const question = tree === undefined ? { mpyDir: options.mpyDir } : { mpyDir: sdkDir, tree };
  let answer = await runMake(make, module, arch, options, question);
  if (answer.variables === undefined && options.mpyDir === undefined && lacksDynruntime(answer.result)) {
    replacedMpyDir = true;
    answer = await runMake(make, module, arch, options, { mpyDir: sdkDir });
  }
  const { variables, result } = answer;
  if (variables === undefined) return makeFailed(module, result);
  const get = (name: ProbedName) => variables.get(name) ?? { value: '', origin: 'undefined' };
  if (!/dynruntime\.mk/.test(get('MAKEFILE_LIST').value)) noInclude(module);
  const mpyDir = resolve(module.dir, get('MPY_DIR').value.replace(/\\(.)/g, '$1'));
  return { get, mpyDir, usesSdk: tree !== undefined || isSame(mpyDir, sdkDir), replacedMpyDir };
}

/** The architecture of the machine we run on, as far as MicroPython knows it. */
export function hostArchName(): string | undefined {
  return { x64: 'x64', ia32: 'x86', arm: 'armv7emsp', riscv64: 'rv64imc' }[process.arch as string];
}

async function runMake(
  make: string,
  module: ModuleSource,
  arch: Arch | undefined,
  options: ProbeOptions,
  { mpyDir, tree }: Question,
): Promise<{ variables: Map<string, MakeVariable> | undefined; result: ProcessResult }> {
  const mark = `natmod-${randomBytes(9).toString('hex')}`;
  const variables = [...options.makeVariables.map(({ name, value }) => `${name}=${value}`)];
  if (arch !== undefined) variables.push(`ARCH=${arch.name}`);
  if (mpyDir !== undefined) variables.push(`MPY_DIR=${quoteForMake(mpyDir)}`);
  if (options.cross !== undefined) variables.push(`CROSS=${options.cross}`);
  if (options.cc !== undefined) variables.push(`CC=${options.cc}`);
  const files = ['-f', module.makefile, '-f', join(projectDir, 'tasks', 'support', 'probe.mk')];
  const result = await runProcess([make, '-rs', '--no-print-directory', ...files, ...variables, 'natmod-probe'], {
    cwd: module.dir,
    verbose: options.verbose,
    env: {
      // A make that runs us must not lend its flags and job slots to this one.
      ...{ MAKEFLAGS: undefined, MFLAGS: undefined, MAKELEVEL: undefined, GNUMAKEFLAGS: undefined },
      MPY_DIR: process.env.MPY_DIR ?? quoteForMake(sdkDir),
      NATMOD_MPY_TREE: tree === undefined ? '' : quoteForMake(tree),
      NATMOD_HOST_ARCH: hostArchName() ?? '',
      NATMOD_MARK: mark,
      NATMOD_VARIABLES: wanted.join(' '),
    },
  });
  return { variables: result.status === 0 ? readProbe(result.stdout, mark) : undefined, result };
}

function findMake(): string {
  // Where make is another one, GNU make is called gmake.
  const make = findProgram('gmake', projectDir) ?? findProgram('make', projectDir);
  const how = 'on Debian or Ubuntu: apt-get install make';
  return make ?? fail('no-make', 'GNU make not found on PATH; it evaluates the Makefiles of modules', undefined, how);
}

function checkMpyDir(dir: string): void {
  for (const file of ['py/dynruntime.h', 'py/dynruntime.mk']) {
    if (isFile(join(dir, file))) continue;
    const hint = `there is no ${file} in it; leave --mpy-dir away to use the headers that come with natmod`;
    fail('bad-mpy-dir', 'this is no MicroPython source tree', { file: dir }, hint);
  }
}

function lacksDynruntime(result: ProcessResult): boolean {
  return /py\/dynruntime\.mk/.test(result.output);
}

function makeFailed(module: ModuleSource, result: ProcessResult): never {
  const where = { file: join(module.dir, module.makefile) };
  if (result.startError !== undefined) fail('no-make', `make cannot be started: ${result.startError}`);
  const said = result.output.trim().split('\n').slice(-20).join('\n');
  return fail('make-failed', 'make cannot evaluate this Makefile', where, said === '' ? undefined : said);
}

function noInclude(module: ModuleSource): never {
  const where = { file: join(module.dir, module.makefile) };
  const line = 'include $(MPY_DIR)/py/dynruntime.mk';
  return fail('no-dynruntime', 'this is not the Makefile of a native module', where, `it must have the line: ${line}`);
}
