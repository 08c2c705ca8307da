/** What GNU objdump says of code: for each function, which source line every instruction is of. */
import { execFileSync, spawnSync } from 'node:child_process';
import { type ArchName, archByName } from '../../../natmod-rules/arch/index.ts';
import { findWindowedCompiler } from '../../../tasks/bootstrap/xtensa-windowed.mjs';
import { findProgram } from '../../../tasks/system/find-program.ts';

export interface Instruction {
  /** Bytes from the start of the function. */
  readonly offset: number;
  readonly mnemonic: string;
  /** `FILE:LINE`; empty when objdump knows none. */
  readonly line: string;
}

export interface ListedFunction {
  readonly name: string;
  /** Its address. */
  readonly start: number;
  readonly code: readonly Instruction[];
}

/** The name of a tool of binutils for an architecture. */
export function binutil(arch: ArchName, tool: string): string {
  const windowed = arch === 'xtensawin' ? findWindowedCompiler() : undefined;
  if (windowed !== undefined) return windowed.replace(/gcc$/, tool);
  const { prefixes } = archByName(arch);
  const names = arch === 'x64' || arch === 'x86' ? [tool] : prefixes.map((prefix) => `${prefix}${tool}`);
  return names.find((name) => findProgram(name, '/') !== undefined) ?? names[0]!;
}

/** Runs a tool that must be silent on standard error. @returns what it printed */
export function runSilently(command: string, args: readonly string[]): string {
  const { stdout, stderr, status } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0 || stderr !== '') throw new Error(`${command} ${args.join(' ')}: status ${status}\n${stderr}`);
  return stdout;
}

/**
 * Whether the line table of a linked file says anything of an address. objdump prints lines where they change, and so
 * nothing where a stretch without lines begins.
 */
export function describedBy(arch: ArchName, elf: string): (address: number) => boolean {
  const text = runSilently(binutil(arch, 'readelf'), ['-W', '--debug-dump=decodedline', elf]);
  const ranges: (readonly [start: number, end: number])[] = [];
  let start: number | undefined;
  for (const [, line, hex] of text.matchAll(/^\S.*?\s(\d+|-)\s+0x([0-9a-f]+)\b/gm)) {
    const address = Number.parseInt(hex!, 16);
    if (line !== '-') start ??= address;
    else if (start !== undefined) {
      ranges.push([start, address]);
      start = undefined;
    }
  }
  return (address) => ranges.some(([from, to]) => from <= address && address < to);
}

/** All functions of an object or ELF file. Labels that compilers make do not begin one. */
export function listFunctions(arch: ArchName, file: string): ListedFunction[] {
  const options = { encoding: 'utf8', maxBuffer: 1 << 28 } as const;
  const text = execFileSync(binutil(arch, 'objdump'), ['-dl', '--no-show-raw-insn', file], options);
  const functions: { name: string; start: number; code: Instruction[] }[] = [];
  let line = '';
  for (const row of text.split('\n')) {
    const head = /^([0-9a-f]+) <(.+)>:$/.exec(row);
    const source = /^(\/.*|[^\s:]+):(\d+)(?: \(discriminator \d+\))?$/.exec(row);
    const instruction = /^\s*([0-9a-f]+):\t(\S+)/.exec(row);
    if (head !== null && !/\.L|^\$|^\.text/.test(head[2]!)) {
      functions.push({ name: head[2]!, start: Number.parseInt(head[1]!, 16), code: [] });
      line = '';
    } else if (source !== null) line = `${source[1]}:${source[2]}`;
    else if (instruction !== null) {
      const last = functions.at(-1);
      const offset = Number.parseInt(instruction[1]!, 16) - (last?.start ?? 0);
      last?.code.push({ offset, mnemonic: instruction[2]!, line });
    }
  }
  return functions;
}
