/** The description of a module that has no Makefile. */
import { ARCHES, type ArchName, archByName, type FloatImpl } from '../../natmod-rules/arch/index.ts';
import { checkModuleName, isLevel, LEVELS, type Level, sourceKind } from '../../natmod-rules/compile/index.ts';
import { NatmodError, type Problem, problemsIn } from '../../natmod-rules/problem.ts';
import { checkRuntimes } from '../../natmod-rules/runtime/commands.ts';
import { nearest } from '../options/nearest.ts';

/** What may differ between architectures. Lists are added to those of the module; other values replace them. */
export interface ArchConfig {
  /** C, C++, assembler and Python sources; paths from the folder of the module. */
  readonly sources?: readonly string[];
  /** Compiler flags, one word each; they go behind those of MicroPython's flow. */
  readonly flags?: readonly string[];
  /** Flags of C++ sources only, behind those. */
  readonly cxxFlags?: readonly string[];
  /** Make thread-local variables of C sources plain ones. */
  readonly tlsAsData?: boolean;
  /** Folders with headers. */
  readonly includeFolders?: readonly string[];
  /** Static libraries: paths, or a name such as `m` for one of the compiler's. */
  readonly libraries?: readonly string[];
  /** Link what the compiler's own libraries (libgcc, libm) have to give. */
  readonly linkRuntime?: boolean;
  /** Linker scripts with symbols at fixed addresses. */
  readonly externs?: readonly string[];
  /** Extensions of the CPU that the module counts on, such as `zba,zcmp` for rv32imc. */
  readonly archFlags?: string;
  /** How floats are represented; the usual way of the architecture when left out. */
  readonly floatImpl?: FloatImpl;
  /** Options of mpy-cross besides `-march`. */
  readonly mpyCrossFlags?: readonly string[];
  /** A compiler command in place of the usual one. */
  readonly cc?: string;
}

/** A native module. */
export interface ModuleConfig extends ArchConfig {
  /** What Python imports, and so the name of the file. */
  readonly name: string;
  readonly sources: readonly string[];
  /** Name that the module carries as its source file; `NAME.mpy` when left out. */
  readonly sourceName?: string;
  /** Architectures to build for when none is asked for; that of this machine when left out. */
  readonly arch?: ArchName | readonly ArchName[];
  /** Level of optimisation; `balanced` when left out. */
  readonly optimize?: Level;
  /** Make an ELF file with debug information besides. */
  readonly debug?: boolean;
  /** Checks to put into the code: `['undefined', 'stack']`. */
  readonly sanitize?: readonly string[];
  /** MicroPython source tree to take headers from. */
  readonly mpyDir?: string;
  /**
   * Commands that run the module, by architecture: they speak raw REPL on standard input and output or on the pty that
   * they announce. They run in the folder of the module, where relative paths start. A single word may be a port, such
   * as `socket://HOST:PORT`.
   */
  readonly runtimes?: { readonly [name in ArchName]?: readonly string[] };
  /** Differences of some architectures. */
  readonly architectures?: { readonly [name in ArchName]?: ArchConfig };
}

/** Says that an object describes a module: editors complete its fields, and TypeScript checks them. */
export function defineModule(config: ModuleConfig): ModuleConfig {
  return config;
}

type Check = (value: unknown) => string | undefined;

const isText: Check = (value) => (typeof value === 'string' && value !== '' ? undefined : 'must be a text');
const isBoolean: Check = (value) => (typeof value === 'boolean' ? undefined : 'must be true or false');
const isList: Check = (value) =>
  Array.isArray(value) && value.every((item) => typeof item === 'string' && item !== '')
    ? undefined
    : 'must be a list of texts';
const isLevelName: Check = (value) =>
  typeof value === 'string' && isLevel(value) ? undefined : `must be one of ${LEVELS.join(', ')}`;
const isFloat: Check = (value) =>
  ['none', 'float', 'double'].includes(value as string) ? undefined : "must be 'none', 'float' or 'double'";
const isArches: Check = (value) => {
  const names = Array.isArray(value) ? value : [value];
  const wrong = names.find((name) => !ARCHES.some((arch) => arch.name === name));
  return wrong === undefined ? undefined : `names the unknown architecture '${wrong}'; known are ${archNames()}`;
};

const archFields: Readonly<Record<keyof ArchConfig, Check>> = {
  sources: isList,
  flags: isList,
  cxxFlags: isList,
  tlsAsData: isBoolean,
  includeFolders: isList,
  libraries: isList,
  linkRuntime: isBoolean,
  externs: isList,
  archFlags: isText,
  floatImpl: isFloat,
  mpyCrossFlags: isList,
  cc: isText,
};

const fields: Readonly<Record<string, Check>> = {
  ...archFields,
  name: isText,
  sourceName: isText,
  arch: isArches,
  optimize: isLevelName,
  debug: isBoolean,
  sanitize: isList,
  mpyDir: isText,
};

/**
 * Checks what a config file or a gulpfile says.
 * @param file named in errors
 * @throws NatmodError `bad-config` with everything that is wrong, `bad-module-name`, `unknown-source`
 */
export function checkConfig(value: unknown, file: string): ModuleConfig {
  const problems: Problem[] = [];
  const wrong = (message: string, hint?: string) =>
    problems.push({ code: 'bad-config', message, where: { file }, hint });
  if (!isObject(value)) {
    wrong('this describes no module', "it must be an object: defineModule({ name: 'mymodule', sources: ['main.c'] })");
    throw new NatmodError(problems);
  }
  checkFields(value, fields, '', ['architectures', 'runtimes'], wrong);
  const { architectures, runtimes } = value;
  if (runtimes !== undefined) problems.push(...runtimeProblems(runtimes, file));
  if (architectures !== undefined && !isObject(architectures)) wrong('architectures must be an object');
  for (const [name, part] of Object.entries(isObject(architectures) ? architectures : {})) {
    const path = `architectures.${name}`;
    if (!ARCHES.some((arch) => arch.name === name)) wrong(`${path} is no architecture`, `known are ${archNames()}`);
    else if (isObject(part)) checkFields(part, archFields, `${path}.`, [], wrong);
    else wrong(`${path} must be an object`);
  }
  for (const name of ['name', 'sources']) if (value[name] === undefined) wrong(`${name} is missing`);
  if (problems.length > 0) throw new NatmodError(problems);
  const config = value as unknown as ModuleConfig;
  checkModuleName(config.name, file);
  const more = Object.values(config.architectures ?? {}).flatMap((part) => part?.sources ?? []);
  for (const source of [...config.sources, ...more]) sourceKind(source, file);
  return config;
}

function runtimeProblems(value: unknown, file: string): readonly Problem[] {
  try {
    checkRuntimes(value, file);
    return [];
  } catch (error) {
    return problemsIn(error).map((problem) => ({
      ...problem,
      code: 'bad-config',
      message: `runtimes: ${problem.message}`,
    }));
  }
}

function checkFields(
  value: Readonly<Record<string, unknown>>,
  known: Readonly<Record<string, Check>>,
  path: string,
  others: readonly string[],
  wrong: (message: string, hint?: string) => void,
): void {
  for (const [name, field] of Object.entries(value)) {
    if (field === undefined || others.includes(name)) continue;
    const check = Object.hasOwn(known, name) ? known[name] : undefined;
    if (check === undefined) {
      const near = nearest(name, [...Object.keys(known), ...others]);
      wrong(`there is no field ${path}${name}`, near === undefined ? undefined : `did you mean ${near}?`);
      continue;
    }
    const complaint = check(field);
    if (complaint !== undefined) wrong(`${path}${name} ${complaint}`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function archNames(): string {
  return ARCHES.map((arch) => arch.name).join(', ');
}

/** A module with what one architecture adds to it. */
export function configFor(config: ModuleConfig, arch: ArchName): ModuleConfig {
  const own = config.architectures?.[archByName(arch).name] ?? {};
  const both = (
    name: 'sources' | 'flags' | 'cxxFlags' | 'includeFolders' | 'libraries' | 'externs' | 'mpyCrossFlags',
  ) => [...(config[name] ?? []), ...(own[name] ?? [])];
  return {
    ...config,
    ...own,
    name: config.name,
    sources: [...new Set(both('sources'))],
    flags: both('flags'),
    cxxFlags: both('cxxFlags'),
    includeFolders: both('includeFolders'),
    libraries: both('libraries'),
    externs: both('externs'),
    mpyCrossFlags: both('mpyCrossFlags'),
  };
}
