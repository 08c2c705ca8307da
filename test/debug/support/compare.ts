/** Compares the lines of a module's ELF file with those of the objects that it was linked of. */
import type { ArchName } from '../../../natmod-rules/arch/index.ts';
import { binutil, describedBy, type ListedFunction, listFunctions, runSilently } from './listing.ts';

export interface Compared {
  /** What is not as it should be, as text. */
  readonly wrong: readonly string[];
  /** Functions with every instruction at the place it had. */
  readonly same: number;
  /** Functions of which code was shortened or shared. */
  readonly moved: number;
  readonly instructions: number;
  /** Instructions that have lost their line. */
  readonly missing: number;
}

/** Functions are found by name; those of which there are several under a name are left out. */
export function compareLines(arch: ArchName, elf: string, objects: readonly string[]): Compared {
  const before = uniqueByName(objects.flatMap((object) => listFunctions(arch, object)));
  const after = uniqueByName(listFunctions(arch, elf));
  const counts = { same: 0, moved: 0, instructions: 0, missing: 0 };
  const wrong: string[] = [];
  const isDescribedThere = describedBy(arch, elf);
  for (const [name, now] of after) {
    const then = before.get(name);
    if (then === undefined) continue;
    const isSame = now.code.length === then.code.length && now.code.at(-1)?.offset === then.code.at(-1)?.offset;
    counts[isSame ? 'same' : 'moved']++;
    counts.instructions += now.code.length;
    const isDescribed = then.code.some(({ line }) => line !== '');
    if (isDescribed) counts.missing += now.code.filter(({ line }) => line === '').length;
    wrong.push(
      ...(isSame ? differences(now, then, isDescribedThere) : foreignLines(now, then)).map(
        (text) => `${name}: ${text}`,
      ),
    );
  }
  return { wrong, ...counts };
}

function uniqueByName(functions: readonly ListedFunction[]): Map<string, ListedFunction> {
  const counts = new Map<string, number>();
  for (const { name } of functions) counts.set(name, (counts.get(name) ?? 0) + 1);
  return new Map(functions.filter(({ name }) => counts.get(name) === 1).map((one) => [one.name, one]));
}

/** Where ends are shared with other functions there are no lines. */
function differences(now: ListedFunction, then: ListedFunction, isDescribed: (address: number) => boolean): string[] {
  return now.code.flatMap(({ line, offset }, i) => {
    const expected = then.code[i]!.line;
    return line === expected || line === '' || !isDescribed(now.start + offset)
      ? []
      : [`+0x${offset.toString(16)} is ${line}, and in the object ${expected}`];
  });
}

/**
 * Code that was moved has its lines in the order it had them: walking over both, each instruction of the module is
 * found again in the object, with the same line, no earlier than the one before it.
 */
function foreignLines(now: ListedFunction, then: ListedFunction): string[] {
  const wrong: string[] = [];
  let at = 0;
  for (const { line, mnemonic, offset } of now.code) {
    if (line === '') continue;
    let next = at;
    while (next < then.code.length && then.code[next]!.line !== line) next++;
    if (next === then.code.length)
      wrong.push(`+0x${offset.toString(16)} ${mnemonic} is ${line}, which comes earlier or not at all`);
    else at = next;
  }
  return wrong;
}

/** Functions whose frames do not reach from their first byte to their last, as text. */
export function compareFrames(arch: ArchName, elf: string): string[] {
  const frames = runSilently(binutil(arch, 'readelf'), ['-W', '--debug-dump=frames', elf]);
  const ends = new Map(
    [...frames.matchAll(/ pc=([0-9a-f]+)\.\.([0-9a-f]+)/g)].map(([, start, end]) => [hex(start), hex(end)]),
  );
  const symbols = runSilently(binutil(arch, 'readelf'), ['-sW', elf]);
  const functions = [...symbols.matchAll(/^\s*\d+: ([0-9a-f]+)\s+(\d+) FUNC .* (\S+)$/gm)];
  return functions.flatMap(([, value, size, name]) => {
    const start = arch.startsWith('arm') ? hex(value) & ~1 : hex(value);
    const end = ends.get(start);
    return end === undefined || size === '0' || end === start + Number(size)
      ? []
      : [`${name}: frames end at ${end.toString(16)}`];
  });
}

function hex(text = ''): number {
  return Number.parseInt(text, 16);
}
