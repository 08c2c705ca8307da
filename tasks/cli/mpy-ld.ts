/**
 * `mpy-ld`: links a native module, with the command line of MicroPython's `tools/mpy_ld.py`. `py/dynruntime.mk` calls
 * it twice for each module, first with `--preprocess` for the config header, then for the link:
 *
 *     make MPY_LD="npx mpy-ld" MPY_TOOL="npx mpy-tool"
 *
 * Problems go to standard error. The first line of the first one is also printed to standard output behind `LinkError:`
 * as `mpy_ld.py` does, for scripts that look for it there; not on a terminal, where it would stand twice.
 *
 * The module has the bytes of `mpy_ld.py` unless an option asks for a smaller one.
 */
import { PASS_OPTIONS, PRINT_REMOVED } from '../../natmod-rules/link/shrink/pass-options.ts';
import { type Arguments, type CommandSpec, UsageError } from './arguments.ts';
import { runProgram } from './program.ts';

const spec: CommandSpec = {
  program: 'mpy-ld',
  summary: 'Links object files to a native .mpy module, or makes the config header of its sources.',
  files: 'FILE...',
  noFiles:
    "no file is named: MicroPython's rules name what SRC has of C and assembler, and that is nothing. C++ needs natmod's rules,\n" +
    'make MPY_DIR=$(npx natmod --sdk), or npx natmod build',
  options: [
    { names: ['--verbose', '-v'], help: 'say more; -vv and -vvv say still more' },
    { names: ['--arch'], value: 'ARCH', help: 'architecture of the module; x64 when left out' },
    { names: ['--arch-flags'], value: 'FLAGS', help: 'extensions of the architecture that the code needs: zba,zcmp' },
    { names: ['--source-name'], value: 'NAME', help: 'name that the module carries as its source file' },
    { names: ['--preprocess'], help: 'make the config header of the sources FILE...' },
    { names: ['--qstrs'], value: 'HEADER', help: 'config header with the qstrs of the module' },
    { names: ['--libs', '-l'], value: 'PATH', help: 'static library; may be given several times' },
    {
      names: ['--output', '-o'],
      value: 'PATH',
      help: 'file to write; the first FILE with .mpy or .config.h when left out',
    },
    { names: ['--externs', '-e'], value: 'PATH', help: 'linker script with symbols at fixed addresses' },
    ...PASS_OPTIONS.map(({ name, inverse, value, help }) => ({
      names: (inverse === undefined ? [name] : [inverse, name]) as [string, ...string[]],
      value,
      whole: true,
      help,
    })),
    {
      names: ['--elf'],
      value: 'FILE',
      whole: true,
      help: 'also write an ELF file with symbols and debug information, for gdb, objdump and addr2line',
    },
    { names: ['--dump-after'], value: 'PASS', whole: true, help: 'print the program as it is behind a pass' },
    { names: ['--time-passes'], whole: true, help: 'print how long each pass takes' },
    { names: ['--check'], whole: true, help: 'see behind every pass that the program is whole' },
    {
      names: ['--trace'],
      value: 'FILE',
      whole: true,
      help: 'write when every pass ran, for chrome://tracing or ui.perfetto.dev',
    },
    { names: [PRINT_REMOVED], whole: true, help: 'print what --gc-sections leaves out' },
  ],
};

/** Where the output goes: `x.o` → `x.mpy`, `x.c` → `x.config.h`. */
function outputOf(args: Arguments, from: string, to: string): string {
  const output = args.last('--output');
  if (output === '') throw new UsageError('--output is empty');
  if (output !== undefined) return output;
  const first = args.files[0]!;
  if (first.endsWith(from)) return first.slice(0, -from.length) + to;
  throw new UsageError(`'${first}' does not end with ${from}: name the file to write with -o`);
}

async function main(args: Arguments): Promise<void> {
  // Each half is loaded when it is wanted: linking is most of the program.
  if (args.count('--preprocess') > 0) {
    const { makeConfigHeader } = await import('./config-header.ts');
    await makeConfigHeader(args.files, outputOf(args, '.c', '.config.h'));
  } else {
    const { linkFiles } = await import('./link-files.ts');
    await linkFiles(args, outputOf(args, '.o', '.mpy'));
  }
}

runProgram(spec, process.argv.slice(2), main).then((status) => {
  process.exitCode = status;
});
