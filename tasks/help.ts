import { ARCHES } from '../natmod-rules/arch/index.ts';
import { ownOptions } from './support/command-line.ts';

/** What each public task does, in one line. */
export const descriptions = {
  build: 'Compile, link and pack modules into build/ARCH/MODULE.mpy',
  clean: 'Remove what build made',
  list: 'Show modules, architectures and the compilers found',
  sources: 'Get the MicroPython sources that some modules are made of, for all later builds',
  inspect: 'Show what is inside a .mpy file: gulp inspect FILE.mpy',
} as const;

const buildFlags = Object.keys(ownOptions) as (keyof typeof ownOptions)[];

/** Options for `gulp --tasks`, by task. */
export const flagsOf = {
  build: describe(buildFlags),
  clean: describe(['arch', 'module', 'out']),
  list: describe(['mpy-dir', 'cross', 'cc']),
} as const;

/** The head of `gulp --help`; gulp adds its own options below. */
export function usage(): string {
  const tasks = Object.entries(descriptions).map(([name, text]) => `  ${name.padEnd(10)} ${text}`);
  const options = Object.entries(describe(buildFlags)).map(([name, text]) => `  ${name.padEnd(20)} ${text}`);
  return `
Usage: gulp [task...] [options] [NAME=value...]

Tasks (build when none is named):
${tasks.join('\n')}

Options of natmod:
${options.join('\n')}
  NAME=value           a variable for the Makefiles, as make takes it: MICROPY_FLOAT_IMPL=none

Architectures: ${ARCHES.map((arch) => arch.name).join(' ')}
Without --arch each module is built for the ARCH of its Makefile, or for this machine when it names none.`;
}

function describe(names: readonly (keyof typeof ownOptions)[]): Record<string, string> {
  return Object.fromEntries(
    names.map((name) => {
      const option: { value?: string; text: string; short?: string } = ownOptions[name];
      const short = option.short === undefined ? '' : `-${option.short}, `;
      return [`${short}--${name}${option.value === undefined ? '' : ` ${option.value}`}`, option.text];
    }),
  );
}
