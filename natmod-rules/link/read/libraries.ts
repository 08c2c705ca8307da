/**
 * Takes from static libraries what the module needs, by the usual rule: a member is pulled when it defines a symbol that is still
 * undefined. A definition in the module wins over any library, the first library that defines a symbol wins over later ones, an
 * undefined weak symbol pulls nothing, and what the firmware or a ROM offers is not looked for. Members come in the order in which
 * their first symbol was asked for, so the same input always gives the same module.
 */
import * as elf from '../../elf/constants.ts';
import { type ObjectFile, readObject } from '../../elf/object.ts';
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

/**
 * The members that have to be linked beside `objects`, read. `known` says which symbols need no definition.
 * Errors: those of reading members, each named `libm.a(sinf.o)`.
 */
export function pullMembers(
  objects: readonly ObjectFile[],
  libraries: readonly Library[],
  known: (name: string) => boolean,
): ObjectFile[] {
  const defined = new Set<string>();
  const wanted: string[] = [];
  const asked = new Set<string>();
  const pulled = new Set<string>();
  const members: ObjectFile[] = [];
  const take = (object: ObjectFile) => {
    for (const symbol of object.symbols) {
      if (symbol.bind !== elf.STB_LOCAL && symbol.shndx !== elf.SHN_UNDEF) defined.add(symbol.name);
    }
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
    const object = { ...readObject(member.data(), memberName(library, member, members)), library: library.file };
    members.push(object);
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
