/**
 * Every option, once: the command line, the help, the flags that `gulp --tasks` shows, what is said of a typing error
 * and docs/options.md are made from this table.
 */
import { availableParallelism } from 'node:os';
import { LEVELS } from '../../natmod-rules/link/shrink/levels.ts';
import * as kind from './kinds.ts';
import { type TaskName, taskNames } from './tasks.ts';

export interface OptionRow {
  readonly kind: kind.Kind<unknown>;
  /** What stands for the value in the help. */
  readonly value?: string;
  /** Letter for one dash. */
  readonly short?: string;
  /** Its field in `Options`; the name in camel case when left out. */
  readonly field?: string;
  /** What holds when it is not given, where that is not plain from the text. */
  readonly default?: string;
  /** `NAME=value` says the same, as it does to make. */
  readonly variable?: string;
  readonly tasks: readonly TaskName[];
  readonly text: string;
  readonly example: string;
}

const RUNNING = ['run', 'repl', 'test'] as const satisfies readonly TaskName[];
const BUILDING = ['build', 'watch', 'size', ...RUNNING, 'deploy', 'package'] as const satisfies readonly TaskName[];
const WITH_BOARD = [...RUNNING, 'watch', 'deploy'] as const satisfies readonly TaskName[];
const DEFAULT_SECONDS = 60;

export const OPTIONS = {
  arch: {
    kind: kind.arches,
    value: 'NAME,...',
    field: 'arches',
    default: "the ARCH of the module's Makefile, or this machine's",
    variable: 'ARCH',
    tasks: [...BUILDING, 'clean', 'compile-commands'],
    text: 'architectures to build for, or all (also ARCH=NAME)',
    example: '--arch armv7m,x64',
  },
  board: {
    kind: kind.boards,
    value: 'NAME,...',
    field: 'boardKinds',
    tasks: BUILDING,
    text: 'architectures by the chips of boards, such as rp2040; `gulp list --boards` names them',
    example: '--board rp2040,esp32',
  },
  boards: {
    kind: kind.flag,
    tasks: ['list'],
    text: 'list: the boards and chips, and which architecture each takes',
    example: '--boards',
  },
  module: {
    kind: kind.modules,
    value: 'NAME,...',
    field: 'modules',
    default: 'every module',
    tasks: [...BUILDING, 'clean', 'compile-commands'],
    text: 'modules to take instead of every one, or their folders',
    example: '--module features0',
  },
  dir: {
    kind: kind.path,
    value: 'DIR',
    default: "natmod's examples with gulp, this folder with natmod",
    tasks: [...BUILDING, 'clean', 'list', 'compile-commands'],
    text: 'folder of a module, or of several folders of modules, instead of the usual one',
    example: '--dir ../mymodule',
  },
  goal: {
    kind: kind.text,
    value: 'NAME',
    default: "that of the Makefile, or the only one with MicroPython's rules",
    tasks: [...BUILDING, 'compile-commands'],
    text: 'goal to build as make would, where rules of the Makefile are for one goal or prepare something first',
    example: '--goal mpy',
  },
  out: {
    kind: kind.path,
    value: 'DIR',
    tasks: [...BUILDING, 'clean'],
    text: "folder for the results, instead of build or of the module's own",
    example: '--out build',
  },
  jobs: {
    kind: kind.wholeNumber(1, 1024, availableParallelism),
    value: 'N',
    short: 'j',
    default: 'the number of cores',
    tasks: BUILDING,
    text: 'processes at once; as many as there are cores when not given',
    example: '--jobs 4',
  },
  'no-cache': {
    kind: kind.switchOff,
    field: 'cache',
    tasks: BUILDING,
    text: 'take nothing that earlier builds remembered, and remember nothing',
    example: '--no-cache',
  },
  'cache-url': {
    kind: kind.text,
    value: 'URL',
    default: 'NATMOD_CACHE_URL',
    tasks: BUILDING,
    text: 'server of a cache that a team shares (HTTP cache protocol of Bazel)',
    example: '--cache-url https://cache.example.org',
  },
  explain: {
    kind: kind.flag,
    tasks: BUILDING,
    text: 'say of each module and source why it is made again, or why not',
    example: '--explain',
  },
  stats: {
    kind: kind.flag,
    tasks: ['cache'],
    text: 'show the records of the cache by kind, which is what `gulp cache` does anyway',
    example: '--stats',
  },
  clear: { kind: kind.flag, tasks: ['cache'], text: 'remove all records of the cache', example: '--clear' },
  optimize: {
    kind: kind.oneOf(...LEVELS),
    value: 'LEVEL',
    default: 'that of the config (optimize) or the Makefile (MPY_OPTIMIZE), or balanced',
    variable: 'MPY_OPTIMIZE',
    tasks: BUILDING,
    text: 'what to give up for what: balanced (small, and no slower), size, speed, or none (also MPY_OPTIMIZE=LEVEL; docs/size.md)',
    example: '--optimize size',
  },
  'no-optimize': {
    kind: kind.flag,
    tasks: BUILDING,
    text: "--optimize none: the plain form, byte for byte the reference linker's; no initialised variables then",
    example: '--no-optimize',
  },
  debug: {
    kind: kind.flag,
    tasks: BUILDING,
    text: 'also make MOD.elf beside the intermediates, for gdb, objdump and addr2line; the .mpy stays the same',
    example: '--debug',
  },
  sanitize: {
    kind: kind.sanitizers,
    value: 'CHECK,...',
    default: "the MPY_SANITIZE of the module's Makefile",
    variable: 'MPY_SANITIZE',
    tasks: BUILDING,
    text: 'put checks into the code: undefined behaviour, or a stack that was written over, raises a Python exception (undefined, stack, bounds, ...; docs/sanitizers.md has all)',
    example: '--sanitize undefined,stack',
  },
  gdb: {
    kind: kind.flag,
    tasks: ['run'],
    text: 'run: open gdb on the emulator, stopped where the script first calls a function of the module',
    example: '--gdb',
  },
  'gdb-port': {
    kind: kind.wholeNumber(0, 65_535, () => 0),
    value: 'N',
    tasks: ['run'],
    text: 'run: let a debugger of your own connect to port N of this machine',
    example: '--gdb-port 2331',
  },
  elf: {
    kind: kind.path,
    value: 'FILE',
    default: 'the only MOD.elf of the builds here',
    tasks: ['where', 'gdb'],
    text: 'where, gdb: the ELF file of the module, which --debug makes',
    example: '--elf build/armv7m/features1.build/features1.elf',
  },
  base: {
    kind: kind.text,
    value: 'TEXT[,DATA]',
    default: 'what the lines of natmod_where() in the log say',
    tasks: ['where', 'gdb'],
    text: 'where, gdb: address of the loaded code, and of its variables',
    example: '--base 0x20001c40',
  },
  symbols: {
    kind: kind.flag,
    tasks: ['size'],
    text: 'size: each symbol and source, the largest first',
    example: '--symbols',
  },
  compilers: {
    kind: kind.flag,
    tasks: ['size'],
    text: 'size: build with clang and zig too, where they are installed, and say which makes the smallest module',
    example: '--compilers',
  },
  diff: {
    kind: kind.text,
    value: 'BASE',
    tasks: ['size', 'run'],
    text: 'compare with a report (.json) or a git revision; size also with a folder of modules',
    example: '--diff HEAD~1',
  },
  profile: {
    kind: kind.flag,
    tasks: ['run'],
    text: 'run: count the instructions of each function and source line, in QEMU (docs/profile.md)',
    example: '--profile',
  },
  html: {
    kind: kind.file('.html', '.htm'),
    value: 'FILE',
    tasks: ['size', 'run'],
    text: 'size: write one page with a map of each module; run --profile: one with the sources and their counts',
    example: '--html size.html',
  },
  budget: {
    kind: kind.words,
    value: 'NUMBER,...',
    tasks: ['build', 'size', 'run'],
    text: 'fail when a .mpy file has more bytes, or with run --profile runs more instructions: 4000, 4k, NAME=NUMBER',
    example: '--budget 4k',
  },
  stack: {
    kind: kind.flag,
    tasks: ['size'],
    text: 'size: how deep the C stack gets in each function that Python may call, and on which way',
    example: '--stack',
  },
  'stack-budget': {
    kind: kind.words,
    value: 'BYTES,...',
    tasks: ['build', 'size'],
    text: 'fail when a function takes more of the C stack: 2000, 2k, NAME=BYTES',
    example: '--stack-budget 1k',
  },
  keep: {
    kind: kind.flag,
    tasks: ['build'],
    text: 'build: list what was left out, kept once or shortened',
    example: '--keep',
  },
  why: {
    kind: kind.texts,
    value: 'SYMBOL',
    tasks: ['build'],
    text: 'build: say why a function or variable is in the module, or that it is not',
    example: '--why my_function',
  },
  'dump-after': {
    kind: kind.texts,
    value: 'PASS',
    tasks: ['build'],
    text: 'build: print the program as it is behind a pass of the linker (docs/linker.md lists them)',
    example: '--dump-after sort-sections',
  },
  'time-passes': {
    kind: kind.flag,
    tasks: ['build'],
    text: 'build: print how long each pass of the linker takes',
    example: '--time-passes',
  },
  check: {
    kind: kind.flag,
    tasks: ['build'],
    text: 'build: see behind every pass of the linker that the program is whole',
    example: '--check',
  },
  trace: {
    kind: kind.file('.json'),
    value: 'FILE',
    tasks: ['build'],
    text: 'build: write when every process, module and pass ran, for chrome://tracing or ui.perfetto.dev',
    example: '--trace trace.json',
  },
  verbose: {
    kind: kind.flag,
    short: 'V',
    variable: 'V',
    tasks: taskNames,
    text: 'print full command lines (also V=1)',
    example: '--verbose',
  },
  'mpy-dir': {
    kind: kind.path,
    value: 'DIR',
    variable: 'MPY_DIR',
    default: "the MPY_DIR of the module's Makefile, or the headers that come with natmod",
    tasks: [...BUILDING, 'list', 'compile-commands'],
    text: 'MicroPython source tree to take headers from (also MPY_DIR=DIR)',
    example: '--mpy-dir ../micropython',
  },
  cross: {
    kind: kind.textOrNothing,
    value: 'PREFIX',
    variable: 'CROSS',
    tasks: [...BUILDING, 'list', 'compile-commands'],
    text: 'compiler prefix, such as arm-none-eabi- (also CROSS=PREFIX)',
    example: '--cross arm-none-eabi-',
  },
  cc: {
    kind: kind.text,
    value: 'COMMAND',
    variable: 'CC',
    tasks: [...BUILDING, 'list', 'compile-commands'],
    text: 'the compiler itself (also CC=COMMAND)',
    example: '--cc /opt/gcc/bin/arm-none-eabi-gcc',
  },
  code: {
    kind: kind.code,
    value: 'PYTHON',
    short: 'c',
    tasks: ['run', 'watch', 'deploy'],
    text: 'code to run instead of a script',
    example: "-c 'import features0'",
  },
  timeout: {
    kind: kind.seconds(DEFAULT_SECONDS),
    value: 'SECONDS',
    field: 'timeoutMs',
    default: String(DEFAULT_SECONDS),
    tasks: WITH_BOARD,
    text: `longest time for one script; ${DEFAULT_SECONDS} when not given`,
    example: '--timeout 120',
  },
  on: {
    kind: kind.oneOf('program', 'firmware'),
    value: 'KIND',
    tasks: RUNNING,
    text: 'run in a `program` or on `firmware` only, where there are both',
    example: '--on firmware',
  },
  offline: {
    kind: kind.flag,
    tasks: RUNNING,
    text: 'get nothing from the network; a MicroPython that is missing is named with the command that gets it',
    example: '--offline',
  },
  report: {
    kind: kind.file('.xml', '.json'),
    value: 'FILE',
    tasks: ['test', 'size', 'run'],
    text: 'write the results as .xml (JUnit, of test) or .json (run: with --profile)',
    example: '--report size.json',
  },
  url: {
    kind: kind.address,
    value: 'ADDRESS',
    tasks: ['package'],
    text: 'package: where the folder will be published, for mip before 0.4',
    example: '--url https://example.com/modules',
  },
  port: {
    kind: kind.port,
    value: 'PORT',
    tasks: [...WITH_BOARD, 'gdb'],
    text: 'board: auto, /dev/ttyACM0, COM3, socket://HOST:PORT, ws://HOST',
    example: '--port auto',
  },
  password: {
    kind: kind.password,
    value: 'WORD',
    tasks: [...WITH_BOARD, 'gdb'],
    text: 'password of WebREPL',
    example: '--password secret',
  },
  deploy: {
    kind: kind.flag,
    tasks: ['watch'],
    text: 'watch: copy what was built to the board on --port, then run what --run, a script or -c says',
    example: '--deploy',
  },
  run: {
    kind: kind.flag,
    tasks: ['watch', 'deploy'],
    text: "run the module's test, or a script, after deploying",
    example: '--run',
  },
  reset: { kind: kind.flag, tasks: ['deploy'], text: 'restart the board at the end', example: '--reset' },
  add: {
    kind: kind.texts,
    value: 'NAME,...',
    tasks: ['compilers', 'runtimes'],
    text: 'architectures, or all, to get what is missing for; runtimes: also names of runtimes, or ARCH=COMMAND',
    example: '--add armv7m',
  },
  remove: {
    kind: kind.texts,
    value: 'NAME,...',
    tasks: ['runtimes'],
    text: 'runtimes to remove',
    example: '--remove armv7m',
  },
  log: {
    kind: kind.oneOf('text', 'quiet', 'json'),
    value: 'FORM',
    default: 'text',
    tasks: taskNames,
    text: 'how to tell what is done: text, quiet (problems and results only), or json, one event a line',
    example: '--log json',
  },
} as const satisfies Record<string, OptionRow>;

export type OptionName = keyof typeof OPTIONS;

export const optionNames = Object.keys(OPTIONS) as readonly OptionName[];

/** The row of an option, without the types of its own. */
export function rowOf(name: OptionName): OptionRow {
  return OPTIONS[name];
}

/** The options that a task takes, in the order of the table. */
export function optionsOf(task: TaskName): OptionName[] {
  return optionNames.filter((name) => rowOf(name).tasks.includes(task));
}
