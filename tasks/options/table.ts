import { parseArgs } from 'node:util';

/** Our options with what `gulp --tasks` and `--help` say of them. `value` is the placeholder of its value. */
export const ownOptions = {
  arch: { value: 'NAME,...', text: 'architectures to build for, or all (also ARCH=NAME)' },
  module: { value: 'NAME,...', text: 'modules to take instead of every one, or their folders' },
  dir: { value: 'DIR', text: 'folder of a module, or of several folders of modules, instead of the usual one' },
  out: { value: 'DIR', text: "folder for the results, instead of build or of the module's own" },
  jobs: { value: 'N', text: 'processes at once; as many as there are cores when not given', short: 'j' },
  'no-cache': { text: 'neither take results of earlier builds from the cache nor keep them there' },
  stats: { text: 'show what is in the cache, which is what `gulp cache` does anyway' },
  clear: { text: 'empty the cache' },
  'no-optimize': {
    text: "the plain form, byte for byte the reference linker's, instead of the smallest; no initialised variables then",
  },
  debug: {
    text: 'also make MOD.elf beside the intermediates, for gdb, objdump and addr2line; the .mpy stays the same',
  },
  symbols: { text: 'size: each symbol and source, the largest first' },
  diff: { value: 'BASE', text: 'size: compare with a folder of modules, a report (.json) or a git revision' },
  html: { value: 'FILE', text: 'size: write one page with a map of each module' },
  budget: { value: 'BYTES,...', text: 'fail when a .mpy file is larger: 4000, 4k, NAME=BYTES' },
  keep: { text: 'build: list what was left out, kept once or shortened' },
  why: { value: 'SYMBOL', text: 'build: say why a function or variable is in the module, or that it is not' },
  verbose: { text: 'print full command lines (also V=1)', short: 'V' },
  'mpy-dir': { value: 'DIR', text: 'MicroPython source tree to take headers from (also MPY_DIR=DIR)' },
  cross: { value: 'PREFIX', text: 'compiler prefix, such as arm-none-eabi- (also CROSS=PREFIX)' },
  cc: { value: 'COMMAND', text: 'the compiler itself (also CC=COMMAND)' },
  code: { value: 'PYTHON', text: 'code to run instead of a script', short: 'c' },
  timeout: { value: 'SECONDS', text: 'longest time for one script; 60 when not given' },
  on: { value: 'KIND', text: 'run in a `program` or on `firmware` only, where there are both' },
  report: { value: 'FILE', text: 'write the results as .xml (JUnit, of test) or .json' },
  url: { value: 'ADDRESS', text: 'package: where the folder will be published, for mip before 0.4' },
  port: { value: 'PORT', text: 'board: auto, /dev/ttyACM0, COM3, socket://HOST:PORT, ws://HOST' },
  password: { value: 'WORD', text: 'password of WebREPL' },
  deploy: { text: 'watch: copy what was built to the board on --port, then run what --run, a script or -c says' },
  run: { text: "run the module's test, or a script, after deploying" },
  reset: { text: 'restart the board at the end' },
  add: { value: 'NAME,...', text: 'runtimes to get, or ARCH=COMMAND' },
  remove: { value: 'NAME,...', text: 'runtimes to remove' },
} as const satisfies Record<string, { value?: string; text: string; short?: string }>;

export type OwnOption = keyof typeof ownOptions;

// gulp's own options, so that they are not called unknown.
const gulpFlags = [
  ...['help', 'version', 'tasks', 'tasks-simple', 'tasks-json', 'compact-tasks', 'sort-tasks', 'color', 'silent'],
  ...['continue', 'series', 'log-level'],
];
const gulpValues = ['preload', 'gulpfile', 'cwd', 'tasks-depth', 'depth', 'completion'];
const gulpShorts: Record<string, string> = {
  help: 'h',
  version: 'v',
  gulpfile: 'f',
  tasks: 'T',
  silent: 'S',
  'log-level': 'L',
};

/** What was typed, sorted but not judged. */
export interface CommandLine {
  /** Values of our options in the order typed; `true` for one without a value. */
  readonly values: ReadonlyMap<OwnOption, readonly (string | true)[]>;
  /** Words such as `MICROPY_FLOAT_IMPL=none`. */
  readonly assignments: readonly { readonly name: string; readonly value: string }[];
  /** Words that name tasks. */
  readonly tasks: readonly string[];
  /** Words that name files; they have a dot or a slash. */
  readonly files: readonly string[];
  /** Options nobody knows, with their dashes. */
  readonly unknown: readonly string[];
  /** Tasks that gulp did not see, because it takes the word behind an option it does not know for its value. */
  readonly swallowed: readonly string[];
}

const known = describeOptions();

/** Sorts the arguments of a command line (without `node` and the script). Never throws. */
export function readCommandLine(argv: readonly string[]): CommandLine {
  const { tokens } = parseArgs({
    args: [...argv],
    options: known,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values = new Map<OwnOption, (string | true)[]>();
  const assignments: { name: string; value: string }[] = [];
  const tasks: string[] = [];
  const files: string[] = [];
  const unknown: string[] = [];
  const swallowed: string[] = [];
  let previousFlag = -2;
  for (const token of tokens) {
    if (token.kind === 'option') {
      const name = token.name as OwnOption;
      if (Object.hasOwn(ownOptions, name)) values.set(name, [...(values.get(name) ?? []), token.value ?? true]);
      else if (!Object.hasOwn(known, token.name.replace(/^no-/, ''))) unknown.push(token.rawName);
      if (Object.hasOwn(ownOptions, name) && token.value === undefined) previousFlag = token.index;
    } else if (token.kind === 'positional') {
      const assignment = /^([A-Za-z_][\w.-]*)=(.*)$/s.exec(token.value);
      if (assignment !== null) assignments.push({ name: assignment[1]!, value: assignment[2]! });
      else if (/[./\\]/.test(token.value)) files.push(token.value);
      else tasks.push(token.value);
      if (token.index === previousFlag + 1) swallowed.push(token.value);
    }
  }
  return { values, assignments, tasks, files, unknown, swallowed };
}

/** Names for "did you mean". */
export const optionNames: readonly string[] = [...Object.keys(ownOptions), ...gulpFlags, ...gulpValues];

function describeOptions(): Record<string, { type: 'string' | 'boolean'; multiple: boolean; short?: string }> {
  const described: Record<string, { type: 'string' | 'boolean'; multiple: boolean; short?: string }> = {};
  const add = (name: string, type: 'string' | 'boolean', short?: string) => {
    described[name] = { type, multiple: true, ...(short === undefined ? {} : { short }) };
  };
  for (const [name, option] of Object.entries(ownOptions) as [string, { value?: string; short?: string }][]) {
    add(name, option.value === undefined ? 'boolean' : 'string', option.short);
  }
  for (const name of gulpFlags) add(name, 'boolean', gulpShorts[name]);
  for (const name of gulpValues) add(name, 'string', gulpShorts[name]);
  return described;
}
