/** How many instructions of a module ran, by function and by source line. */
import { STT_FUNC } from '../../elf/constants.ts';
import { firstNotBelow } from '../../sorted.ts';
import { LineIndex, type SourceLine } from '../where/line-index.ts';
import type { LinkedFile, LinkedSymbol } from '../where/linked-file.ts';
import type { CountedBlock } from './counts.ts';
import { countsInCode } from './find-code.ts';

export interface FunctionCount {
  readonly name: string;
  /** `main.c:12`, where it begins; undefined where nothing is known of its source. */
  readonly place?: string;
  readonly instructions: number;
}

export interface LineCount {
  readonly file: string;
  readonly line: number;
  readonly instructions: number;
}

export interface Profile {
  readonly module: string;
  readonly arch: string;
  /** All that ran in the module. */
  readonly instructions: number;
  /** Those that ran, the most expensive first. */
  readonly functions: readonly FunctionCount[];
  /** By file and line. */
  readonly lines: readonly LineCount[];
}

/**
 * @param file the ELF file of the module that ran
 * @param blocks everything that ran on the machine
 * @param nameOf how a path of the debug information is told
 */
export function profileOf(
  { module, arch }: Pick<Profile, 'module' | 'arch'>,
  file: LinkedFile,
  blocks: readonly CountedBlock[],
  nameOf: (path: string) => string = (path) => path,
): Profile {
  const text = file.sections.find(({ name }) => name === '.text');
  const counts = text === undefined ? new Map<number, number>() : countsInCode(text.bytes, blocks);
  const index = new LineIndex(file);
  const lineAt: LineFinder = (address) => {
    const found = index.find(address);
    return found && { file: nameOf(found.file), line: found.line };
  };
  const functionAt = functionFinder(file);
  const byFunction = new Map<string, FunctionCount>();
  const byLine = new Map<string, LineCount>();
  let instructions = 0;
  for (const [offset, count] of counts) {
    const address = offset + text!.address;
    instructions += count;
    addFunction(byFunction, functionAt(address), lineAt, count);
    const found = lineAt(address);
    if (found === undefined) continue;
    const key = `${found.file}\0${found.line}`;
    byLine.set(key, { ...found, instructions: (byLine.get(key)?.instructions ?? 0) + count });
  }
  const functions = [...byFunction.values()].sort((a, b) => b.instructions - a.instructions);
  return { module, arch, instructions, functions, lines: [...byLine.values()].sort(byPlace) };
}

type LineFinder = (address: number) => SourceLine | undefined;

function addFunction(
  all: Map<string, FunctionCount>,
  symbol: LinkedSymbol | undefined,
  lineAt: LineFinder,
  count: number,
): void {
  // Ways to the firmware and the like, which the linker makes.
  const name = symbol?.name ?? '(linker)';
  const key = `${name} ${symbol?.address}`;
  const before = all.get(key);
  const source = before === undefined && symbol !== undefined ? lineAt(symbol.address) : undefined;
  const place = before?.place ?? (source && `${source.file}:${source.line}`);
  all.set(key, { name, place, instructions: (before?.instructions ?? 0) + count });
}

/** The function that an address is in; the last one to begin where several are one in another. */
function functionFinder({ symbols }: LinkedFile): (address: number) => LinkedSymbol | undefined {
  const functions = symbols.filter(({ type, size }) => type === STT_FUNC && size > 0);
  return (address) => {
    for (let i = firstNotBelow(functions.length, (k) => functions[k]!.address <= address) - 1; i >= 0; i--) {
      const one = functions[i]!;
      if (address < one.address + one.size) return one;
      // Functions of a module are no larger than its code; a longer walk would find none.
      if (address - one.address > LARGEST_FUNCTION) return undefined;
    }
    return undefined;
  };
}

const LARGEST_FUNCTION = 1 << 20;

function byPlace(a: LineCount, b: LineCount): number {
  return a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1;
}
