import { ARCHES } from '../../natmod-rules/arch/index.ts';
import { ownOptions } from './table.ts';

/** What each public task does, in one line. */
export const descriptions = {
  build: 'Compile, link and pack modules into .mpy files, the smallest by default',
  watch: 'Build, and build again what a change affects, until Ctrl-C',
  size: 'Build modules and show how large they are, and what makes them so',
  clean: 'Remove what build made',
  cache: 'Show or empty the cache of compiled objects',
  list: 'Show modules, architectures and the compilers found',
  sources: 'Get the MicroPython sources that some modules are made of, for all later builds',
  inspect: 'Show what is inside a .mpy file: gulp inspect FILE.mpy',
  'compile-commands': 'Write compile_commands.json, from which editors learn the flags',
  run: "Build modules and run a script with them, or the module's own test: gulp run SCRIPT.py",
  repl: 'Build a module and open a prompt with it imported',
  test: 'Build modules and run their tests on every architecture',
  deploy: 'Build modules for the board on --port and copy them there',
  package: 'Build a folder to publish: modules of all architectures, for mip, with checksums',
  runtimes: 'Show where modules can run, get what is missing, remove it',
} as const;

const buildFlags = [
  'arch',
  'module',
  'dir',
  'out',
  'jobs',
  'no-optimize',
  'no-cache',
  'verbose',
  'mpy-dir',
  'cross',
  'cc',
] as const;
const runFlags = [...buildFlags, 'timeout', 'on', 'port', 'password'] as const;
const allFlags = Object.keys(ownOptions) as (keyof typeof ownOptions)[];

/** Options for `gulp --tasks`, by task. */
export const flagsOf = {
  build: describe([...buildFlags, 'budget', 'keep', 'why']),
  size: describe([...buildFlags, 'symbols', 'diff', 'budget', 'html', 'report']),
  watch: describe([...buildFlags, 'deploy', 'port', 'password', 'run', 'code', 'timeout']),
  cache: describe(['stats', 'clear']),
  clean: describe(['arch', 'module', 'dir', 'out']),
  list: describe(['dir', 'mpy-dir', 'cross', 'cc']),
  'compile-commands': describe(['arch', 'module', 'dir', 'mpy-dir', 'cross', 'cc']),
  run: describe([...runFlags, 'code']),
  repl: describe(runFlags),
  test: describe([...runFlags, 'report']),
  runtimes: describe(['add', 'remove']),
  deploy: describe([...buildFlags, 'port', 'password', 'run', 'reset', 'code', 'timeout']),
  package: describe([...buildFlags, 'url']),
} as const;

/** The head of `gulp --help`; gulp adds its own options below. */
export function usage(): string {
  const tasks = Object.entries(descriptions).map(([name, text]) => `  ${name.padEnd(16)} ${text}`);
  const options = Object.entries(describe(allFlags)).map(([name, text]) => `  ${name.padEnd(20)} ${text}`);
  const isNatmod = process.env.NATMOD_COMMAND === 'natmod';
  const text = `
Usage: gulp [task...] [options] [NAME=value...]

Tasks (build when none is named):
${tasks.join('\n')}
${isNatmod ? withoutGulp : ''}
Options of natmod:
${options.join('\n')}
  NAME=value           a variable for the Makefiles, as make takes it: MICROPY_FLOAT_IMPL=none

Architectures: ${ARCHES.map((arch) => arch.name).join(' ')}
Without --arch each module is built for the ARCH of its Makefile, or for this machine when it names none.`;
  return isNatmod ? text.replaceAll(/\bgulp (?=[[a-z])/g, 'natmod ') : text;
}

const withoutGulp = `
In place of tasks:
  init NAME        write a small module to start from into the folder NAME
  mpy-cross ...    the mpy-cross that a build takes
  --sdk            print the folder for MPY_DIR of make
  --version        print the version

natmod works on the module in this folder, or in the folders below it, unless --dir or --module names another.
`;

function describe(names: readonly (keyof typeof ownOptions)[]): Record<string, string> {
  return Object.fromEntries(
    names.map((name) => {
      const option: { value?: string; text: string; short?: string } = ownOptions[name];
      const short = option.short === undefined ? '' : `-${option.short}, `;
      return [`${short}--${name}${option.value === undefined ? '' : ` ${option.value}`}`, option.text];
    }),
  );
}
