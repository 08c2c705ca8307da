/**
 * Takes from static libraries what the module needs, by the usual rule: a member is pulled when it defines a symbol
 * that is still undefined. A definition in the module wins over any library, the first library that defines a symbol
 * wins over later ones, an undefined weak symbol pulls nothing, and what the firmware or a ROM offers is not looked
 * for. Members come in the order in which their first symbol was asked for, so the same input always gives the same
 * module. A member for whose symbols others that are pulled anyway have definitions that win is left out: libgcc for
 * ARM has multiplication by itself, weak, and together with division.
 */
import * as elf from '../../elf/constants.ts';
import type { ObjectFile } from '../../elf/object.ts';
import type { ObjectReader } from '../../elf/object-reader.ts';
import { BY_LINKER, FUN_TABLE_SYMBOLS } from '../model/firmware.ts';
import { isLinked } from './select.ts';

export interface LibraryMember {
  readonly name: string;
  /** Tells members of equal name apart. */
  readonly offset: number;
  data(): Uint8Array;
}

/** A static library; `natmod-rules/elf/archive.ts` makes these of `.a` files. */
export interface Library {
  readonly file: string;
  /** The first member that defines a symbol. */
  definitions(symbol: string): LibraryMember | undefined;
}

/** A bound that no honest module comes near. */
const MOST_MEMBERS = 10_000;
/** Each is another search. */
const MOST_IDLE = 100;

/**
 * The members that have to be linked beside `objects`, read. `known` says which symbols need no definition.
 * Errors: those of reading members, each named `libm.a(sinf.o)`.
 */
export function pullMembers(
  objects: readonly ObjectFile[],
  libraries: readonly Library[],
  known: (name: string) => boolean,
  reader: ObjectReader,
): ObjectFile[] {
  const search = { objects, libraries, known, reader };
  let pulled = pull(search, new Set());
  const without = new Set<string>();
  for (const idle of idleMembers(objects, pulled).slice(0, MOST_IDLE)) {
    const fewer = pull(search, new Set([...without, idle.id]));
    // It may have been the one that pulled the others.
    if (!definesAll(fewer, pulled)) continue;
    without.add(idle.id);
    pulled = fewer;
  }
  return pulled.map(({ object }) => object);
}

interface Pulled {
  readonly id: string;
  readonly object: ObjectFile;
  /** The symbol for which it was pulled. */
  readonly cause: string;
}

/** Members whose symbols are weak there and strong in the objects or in another member. */
function idleMembers(objects: readonly ObjectFile[], pulled: readonly Pulled[]): readonly Pulled[] {
  const strong = new Set<string>();
  for (const object of [...objects, ...pulled.map((one) => one.object)]) {
    for (const { name, bind, shndx } of object.symbols) {
      if (bind === elf.STB_GLOBAL && shndx !== elf.SHN_UNDEF && shndx !== elf.SHN_COMMON) strong.add(name);
    }
  }
  return pulled.filter(({ object }) =>
    definitionsOf(object).every(({ name, bind }) => bind === elf.STB_WEAK && strong.has(name)),
  );
}

/** Whether what members were pulled for is defined by fewer of them, too. */
function definesAll(fewer: readonly Pulled[], all: readonly Pulled[]): boolean {
  const defined = new Set(fewer.flatMap(({ object }) => definitionsOf(object).map(({ name }) => name)));
  return all.every(({ cause }) => defined.has(cause));
}

function definitionsOf({ symbols }: ObjectFile) {
  return symbols.filter(({ bind, shndx }) => bind !== elf.STB_LOCAL && shndx !== elf.SHN_UNDEF);
}

interface Search {
  readonly objects: readonly ObjectFile[];
  readonly libraries: readonly Library[];
  readonly known: (name: string) => boolean;
  readonly reader: ObjectReader;
}

/** @param without members that are passed over */
function pull({ objects, libraries, known, reader }: Search, without: ReadonlySet<string>): Pulled[] {
  const defined = new Set<string>();
  const wanted: string[] = [];
  const asked = new Set<string>();
  const pulled = new Set(without);
  const members: Pulled[] = [];
  const take = (object: ObjectFile) => {
    for (const { name } of definitionsOf(object)) defined.add(name);
    for (const name of undefinedNames(object)) {
      if (!asked.has(name)) wanted.push(name);
      asked.add(name);
    }
  };
  for (const object of objects) take(object);
  for (let i = 0; i < wanted.length && members.length < MOST_MEMBERS; i++) {
    const name = wanted[i]!;
    if (defined.has(name) || isOffered(name) || known(name)) continue;
    const found = firstDefinition(libraries, name);
    if (found === undefined) continue;
    const { library, member } = found;
    const id = `${libraries.indexOf(library)} ${member.offset}`;
    if (pulled.has(id)) continue;
    pulled.add(id);
    const others = members.map((one) => one.object);
    const object = { ...reader.read(member.data(), memberName(library, member, others)), library: library.file };
    members.push({ id, object, cause: name });
    take(object);
  }
  return members;
}

function isOffered(name: string): boolean {
  return FUN_TABLE_SYMBOLS.has(name) || BY_LINKER.has(name);
}

function firstDefinition(libraries: readonly Library[], name: string) {
  for (const library of libraries) {
    const member = library.definitions(name);
    if (member !== undefined) return { library, member };
  }
  return undefined;
}

/** Members may have equal names; objects may not. */
function memberName(library: Library, member: LibraryMember, others: readonly ObjectFile[]): string {
  const name = `${library.file}(${member.name})`;
  return others.some((o) => o.name === name) ? `${name}@${member.offset}` : name;
}

/** Names that the linked sections of an object refer to and it does not define, weak references left out. */
function undefinedNames(object: ObjectFile): string[] {
  const names = new Set<string>();
  for (const section of object.sections) {
    if (!isLinked(section)) continue;
    for (const { symbol } of section.relocations) {
      if (symbol.shndx === elf.SHN_UNDEF && symbol.bind === elf.STB_GLOBAL) names.add(symbol.name);
    }
  }
  return [...names];
}
