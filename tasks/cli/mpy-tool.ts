/**
 * `mpy-tool`: merges .mpy files and shows what is in them, with the command line of MicroPython's `tools/mpy-tool.py`.
 * What belongs to building a firmware (freezing) or to debugging MicroPython itself (segments, JSON) is refused.
 */
import type { MpyFile } from '../../natmod-rules/package/types.ts';
import { fail } from '../../natmod-rules/problem.ts';
import { type Arguments, type CommandSpec, UsageError } from './arguments.ts';
import { readAll, writeOutput } from './files.ts';
import { print, runProgram, writeAll } from './program.ts';

const spec: CommandSpec = {
  program: 'mpy-tool',
  summary: 'Merges .mpy files into one, or shows what is in them.',
  files: 'FILE.mpy...',
  options: [
    { names: ['--hexdump', '-x'], help: 'show the bytes of each file and what they are' },
    { names: ['--disassemble', '-d'], help: 'show the contents of each file, with its bytecode' },
    { names: ['--merge'], help: 'merge the files into one; standard output when there is no -o' },
    { names: ['--output', '-o'], value: 'PATH', help: 'file to write, - for standard output' },
    { names: ['-march-flags'], value: 'NUMBER', help: 'architecture flags of the merged file' },
    { names: ['--qstr-header', '-q'], value: 'PATH', help: 'taken and not used: it is for freezing' },
    { names: ['-mlongint-impl'], value: 'KIND', help: 'taken and not used: it is for freezing' },
    { names: ['-mmpz-dig-size'], value: 'N', help: 'taken and not used: it is for freezing' },
    { names: ['--freeze', '-f'], help: "refused: freezing belongs to the firmware's build" },
    { names: ['--json', '-j'], help: 'refused' },
    { names: ['--extract', '-e'], value: 'BASE', help: 'refused' },
    { names: ['--extract-only'], value: 'KIND', help: 'refused' },
  ],
};

const OF_THE_TREE = "use tools/mpy-tool.py of MicroPython's source tree for that";

function checkOptions(args: Arguments): void {
  if (args.count('--freeze') > 0) {
    throw new UsageError(
      "--freeze is not offered here: freezing belongs to the firmware's build, which has the tool for it",
    );
  }
  for (const name of ['--json', '--extract', '--extract-only']) {
    if (args.count(name) > 0) throw new UsageError(`${name} is not offered here: ${OF_THE_TREE}`);
  }
  const longint = args.last('-mlongint-impl');
  if (longint !== undefined && !['none', 'longlong', 'mpz'].includes(longint)) {
    throw new UsageError(`-mlongint-impl is '${longint}', it must be none, longlong or mpz`);
  }
  readNumber(args, '-mmpz-dig-size');
  if (args.count('--merge') > 0 && args.count('--hexdump') + args.count('--disassemble') > 0 && isStdout(args)) {
    throw new UsageError('the listing and the merged file cannot both go to standard output: name a file with -o');
  }
}

function readNumber(args: Arguments, name: string): number | undefined {
  const text = args.last(name);
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new UsageError(`${name} is '${text}', it must be a number`);
}

function isStdout(args: Arguments): boolean {
  return args.last('--output') === undefined || args.last('--output') === '-';
}

async function main(args: Arguments): Promise<void> {
  checkOptions(args);
  const archFlags = readNumber(args, '-march-flags');
  const parts = readAll(args.files);
  const { readMpy } = await import('../../natmod-rules/package/read.ts');
  const read = parts.map(({ name, bytes }) => ({ name, bytes, mpy: readMpy(bytes, name) }));
  if (args.count('--hexdump') > 0) {
    const { hexdumpMpy } = await import('../../natmod-rules/package/hexdump.ts');
    print(read.map(({ bytes, mpy }) => hexdumpMpy(bytes, mpy)).join('\n'));
  }
  if (args.count('--disassemble') > 0) {
    if (args.count('--hexdump') > 0) print('');
    const { disassembleMpy } = await import('../../natmod-rules/package/disassemble.ts');
    const { describeMpy } = await import('../../natmod-rules/package/describe.ts');
    const texts = read.map(({ name, mpy }) => `file      ${name}\n${describeMpy(mpy)}${disassembleMpy(mpy)}`);
    print(texts.join('\n').trimEnd());
  }
  if (args.count('--merge') === 0) return;
  const { mergeMpy } = await import('../../natmod-rules/package/merge.ts');
  const merged = mergeMpy(read);
  const output =
    archFlags === undefined || parts.length === 1 ? merged : await withFlags(readMpy(merged, 'merged'), archFlags);
  if (isStdout(args)) writeAll(1, output);
  else writeOutput(args.last('--output')!, output);
}

async function withFlags(mpy: MpyFile, archFlags: number): Promise<Uint8Array> {
  if (archFlags !== 0 && mpy.header.archNumber === 0) {
    fail('no-native-part', '-march-flags is for native code, and no file has any', undefined, 'leave -march-flags out');
  }
  const { writeMpy } = await import('../../natmod-rules/package/write.ts');
  return writeMpy({ ...mpy, header: { ...mpy.header, archFlags } });
}

runProgram(spec, process.argv.slice(2), main).then((status) => {
  process.exitCode = status;
});
