/** Whether the objects of a module fit its architecture: a wrong one links without a sound and fails on the board. */
import type { Arch } from '../../arch/index.ts';
import { abiOf, attributeSection, checkCompatible, conflictOf, otherCpuHint, traitsOf } from '../../elf/abi.ts';
import * as elf from '../../elf/constants.ts';
import type { ObjectFile } from '../../elf/object.ts';
import { fail, NatmodError, type Problem } from '../../problem.ts';

/** Errors: `wrong-architecture` for an object of another CPU family or word size. */
export function checkMachine(arch: Arch, { name, header }: ObjectFile): void {
  if (header.machine === arch.elfMachine && header.is64 === (arch.wordSize === 8)) return;
  const found = `${header.is64 ? 64 : 32}-bit ${elf.machineName(header.machine)}`;
  const wanted = `${arch.wordSize * 8}-bit ${elf.machineName(arch.elfMachine)}`;
  const message = `this is an object for ${found}, and ${arch.name} needs ${wanted}`;
  fail('wrong-architecture', message, { file: name }, otherCpuHint(arch));
}

/**
 * The module's own objects. One that asks for more than the architecture has, where a stronger CPU of the same kind
 * could run it, is taken when the object with mpy_init does so too: then the flags are the author's for the whole
 * module, and not a rule's mistake. Errors: `wrong-abi`, one for each object.
 */
export function checkObjects(arch: Arch, objects: readonly ObjectFile[], archFlags = 0): void {
  const options = { extensions: extensionsOf(arch, archFlags) };
  const judged = objects.map((object) => ({ object, abi: abiOf(traitsOf(object)) }));
  const isMeant = judged.some(({ object, abi }) => isEntry(object) && conflictOf(arch, abi, options) !== undefined);
  const problems: Problem[] = [];
  for (const { abi } of judged) {
    const conflict = conflictOf(arch, abi, options);
    if (conflict === undefined || (isMeant && !conflict.certain)) continue;
    problems.push(checkCompatible(arch, abi, options)!);
  }
  if (problems.length > 0) throw new NatmodError(problems);
}

/** Members of libraries. Errors: `wrong-machine` and `wrong-abi`, one for each library. */
export function checkMembers(arch: Arch, members: readonly ObjectFile[], archFlags = 0): void {
  const options = { extensions: extensionsOf(arch, archFlags) };
  // One member of a library tells enough.
  const problems = new Map<string | undefined, Problem>();
  const seen = new Set<string>();
  for (const { name, header, sections, library } of members) {
    if (problems.has(library)) continue;
    const attributes = sections.find((s) => s.name === attributeSection(header.machine))?.data;
    // Most members of a library say the same, and reading it takes its time.
    const { machine, flags, is64 } = header;
    const text = `${machine} ${flags} ${is64} ${attributes === undefined ? '' : Buffer.from(attributes).toString('latin1')}`;
    if (seen.has(text)) continue;
    seen.add(text);
    const problem = checkCompatible(arch, abiOf({ ...header, attributes, file: name }), options);
    if (problem !== undefined) problems.set(library, problem);
  }
  if (problems.size > 0) throw new NatmodError([...problems.values()]);
}

/**
 * Code that writes code onto the stack: GCC does so for the address of a function inside another one, and says in a
 * note that the stack must be executable. Nobody makes it so for a module. Errors: `executable-stack`, one for each
 * object.
 */
export function checkStack(objects: readonly ObjectFile[]): void {
  const problems = objects
    .filter(({ sections }) => sections.some((s) => s.name === '.note.GNU-stack' && (s.flags & elf.SHF_EXECINSTR) !== 0))
    .map(
      ({ name }): Problem => ({
        code: 'executable-stack',
        message: 'this code runs on the stack, which is not executable in MicroPython',
        where: { file: name },
        hint: 'do not take the address of a function inside another function: move it out, and give it what it needs as arguments',
      }),
    );
  if (problems.length > 0) throw new NatmodError(problems);
}

function isEntry({ symbols }: ObjectFile): boolean {
  return symbols.some(({ name, bind, shndx }) => name === 'mpy_init' && bind !== elf.STB_LOCAL && shndx !== 0);
}

function extensionsOf({ archFlags = {} }: Arch, bits: number): string[] {
  return Object.entries(archFlags)
    .filter(([, bit]) => (bits & bit) !== 0)
    .map(([name]) => name);
}
