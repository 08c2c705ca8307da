/**
 * What `-fstack-protector` of compilers counts on: a word, `__stack_chk_guard`, that functions put in front of what the
 * caller keeps on the stack, and `__stack_chk_fail`, which they call when it is another one at their end. Nobody tells
 * that routine who calls it, so each function gets one of its own, which raises an exception with its name.
 */
import type { Arch } from '../../arch/index.ts';
import * as elf from '../../elf/constants.ts';
import type { ElfSymbol, ObjectFile, Section } from '../../elf/object.ts';
import type { FamilyRules } from '../families/types.ts';
import { type Chunk, makeChunk } from '../model/model.ts';
import { raiseException } from './abort.ts';
import type { Library } from './libraries.ts';
import { functionAt, userOf } from './undefined.ts';

/** The second is what GCC calls it on x86 where code is independent of its place. */
const FAIL = ['__stack_chk_fail', '__stack_chk_fail_local'];
const WHAT = 'wrote beyond its part of the stack';

/**
 * What ends texts that are copied, so that they do not bring it by chance: a zero, ends of lines, and what is no
 * character.
 */
const GUARD = [0x00, 0x0a, 0xff, 0x0d, 0xa5, 0xff, 0x0a, 0x5a];

/** The chunks of one of these names; undefined for any other. */
export function provideStackCheck(arch: Arch, rules: FamilyRules, name: string): readonly Chunk[] | undefined {
  if (name === '__stack_chk_guard') {
    const { wordSize } = arch;
    const data = Uint8Array.from(GUARD.slice(0, wordSize));
    return [
      makeChunk({ name: `.rodata.${name}`, symbol: name, role: 'rodata', align: wordSize, size: wordSize, data }),
    ];
  }
  const [fail = '', caller] = name.split(' in ', 2);
  if (!FAIL.includes(fail)) return undefined;
  return raiseException(arch, rules, name, `${caller ?? 'a function'} ${WHAT}`);
}

/** Run-time libraries of compilers: Zig's has a routine that stops the CPU without a word. */
const RUN_TIME = /(^|[/\\])lib(compiler_rt|clang_rt\b[^/\\]*|gcc)\.a$/;

/**
 * Objects in which every function calls a routine of its own, with the name of the function. Where a module or a
 * library of its author's brings such a routine, it is called as ever.
 */
export function nameStackChecks(objects: ObjectFile[], libraries: readonly Library[] = []): ObjectFile[] {
  const isDefined = (name: string) =>
    libraries.some((library) => !RUN_TIME.test(library.file) && library.definitions(name) !== undefined) ||
    objects.some(({ symbols }) => symbols.some((symbol) => symbol.name === name && symbol.shndx !== elf.SHN_UNDEF));
  const names = new Set(FAIL.filter((name) => !isDefined(name)));
  return objects.map((object) => (object.symbols.some(({ name }) => names.has(name)) ? named(object, names) : object));
}

function named(object: ObjectFile, names: ReadonlySet<string>): ObjectFile {
  const made = new Map<string, ElfSymbol>();
  const ownOf = (symbol: ElfSymbol, section: Section, offset: number): ElfSymbol => {
    if (!names.has(symbol.name)) return symbol;
    const user = userOf({ symbol, object, section, offset });
    const caller = functionAt(object, user.section, user.offset);
    if (caller === undefined) return symbol;
    // Parts that the compiler has moved elsewhere have a dot in their names.
    const name = `${symbol.name} in ${caller.replace(/\..*$/, '')}`;
    const own = made.get(name) ?? { ...symbol, name };
    made.set(name, own);
    return own;
  };
  const sections = object.sections.map((section) => {
    const relocations = section.relocations.map((one) => ({
      ...one,
      symbol: ownOf(one.symbol, section, one.offset),
    }));
    return { ...section, relocations };
  });
  return { ...object, sections };
}
