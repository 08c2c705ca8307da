/**
 * Follows every relocation of the objects through the loaded module, instruction by instruction, and compares where it
 * leads with what the symbol is. The decoders here undo what the CPU does with the bits; they share nothing with the
 * linker's encoders.
 */
import type { Arch, Family } from '../../natmod-rules/arch/index.ts';
import type { ElfSymbol, ObjectFile, Relocation, Section } from '../../natmod-rules/elf/object.ts';
import { readObject } from '../../natmod-rules/elf/object.ts';
import type { LinkResult } from '../../natmod-rules/link/index.ts';
import type { LinkObject } from './link-fixtures.ts';
import {
  DATA,
  FUN_TABLE,
  funTableEntry,
  type LoadedModule,
  loadMpy,
  OBJECT_TABLE,
  QSTR_TABLE,
  TEXT,
} from './mpy-loader.ts';

export interface CheckedLinks {
  readonly module: LoadedModule;
  /** Relocations that were followed, and those of kinds that no decoder is for. */
  readonly followed: number;
  readonly skipped: number;
  /** What leads elsewhere, as text; empty when all is right. */
  readonly wrong: readonly string[];
}

/** One relocation at its place in memory. */
interface Use {
  readonly module: LoadedModule;
  readonly object: ObjectFile;
  readonly section: Section;
  readonly relocation: Relocation;
  /** Address of the place. */
  readonly P: number;
  /** Explicit addend and, for records without one, what the object has in the field. */
  readonly A: number;
  /** Address of the symbol. */
  readonly S: number;
  readonly world: World;
}

/** Where an instruction leads, and where it should; undefined for a relocation that says nothing by itself. */
type Claim = readonly [actual: number, expected: number] | undefined;
type Decoder = (use: Use) => Claim | 'skipped';

class World {
  readonly result: LinkResult;
  readonly objects: readonly ObjectFile[];
  readonly module: LoadedModule;
  got = Number.NaN;

  constructor(result: LinkResult, objects: readonly ObjectFile[]) {
    this.result = result;
    this.objects = objects;
    this.module = loadMpy(result.mpy);
  }

  /** Where a section was put. */
  base(object: ObjectFile, index: number): number | undefined {
    const chunk = this.result.image.chunks.find((c) => c.object === object.name && c.section?.index === index);
    if (chunk === undefined) return undefined;
    const { block, address } = this.result.image.place.get(chunk)!;
    return { text: TEXT, rodata: this.module.rodata, bss: DATA }[block] + address;
  }

  address(symbol: ElfSymbol, object: ObjectFile): number {
    const own = symbol.bind === 0 || symbol.name.startsWith('__x86.get_pc_thunk.');
    if (own && symbol.shndx < 0xff00) return (this.base(object, symbol.shndx) ?? Number.NaN) + symbol.value;
    let weak: number | undefined;
    for (const other of this.objects) {
      const found = other.symbols.find(
        (s) => s.name === symbol.name && s.bind !== 0 && s.shndx !== 0 && s.shndx < 0xff00,
      );
      const base = found && this.base(other, found.shndx);
      if (base === undefined) continue;
      if (found!.bind === 1) return base + found!.value;
      weak ??= base + found!.value;
    }
    if (weak !== undefined) return weak;
    const common = this.result.image.chunks.find((c) => c.name === `COMMON.${symbol.name}`);
    if (common !== undefined) return DATA + this.result.image.place.get(common)!.address;
    return FIRMWARE[symbol.name] ?? (symbol.bind === 2 ? 0 : Number.NaN);
  }
}

/** What the firmware's loader puts in for the names it offers. */
export const FIRMWARE: Readonly<Record<string, number>> = {
  mp_fun_table: FUN_TABLE,
  mp_native_qstr_table: QSTR_TABLE,
  mp_native_obj_table: OBJECT_TABLE,
  memset: funTableEntry(50),
  memmove: funTableEntry(51),
  memcpy: funTableEntry(51),
  mp_type_type: funTableEntry(73),
  mp_type_str: funTableEntry(74),
  mp_type_list: funTableEntry(75),
  mp_type_dict: funTableEntry(76),
  mp_type_fun_builtin_0: funTableEntry(77),
  mp_type_fun_builtin_1: funTableEntry(78),
  mp_type_fun_builtin_2: funTableEntry(79),
  mp_type_fun_builtin_3: funTableEntry(80),
  mp_type_fun_builtin_var: funTableEntry(81),
  mp_type_Exception: funTableEntry(82),
};

/** A call may go through a stub whose word holds the address of a firmware function. */
function callee({ module, S }: Use, target: number): number {
  if (S < funTableEntry(0)) return target;
  for (let at = (target & ~1) + 2; at < target + 16; at += 2) {
    if (at % module.wordSize === 0 && module.word(at) === S) return S;
  }
  return target;
}

const addressWord: Decoder = ({ module, P, S, A }) => [module.word(P), S + A];
// Nobody takes a call to an undefined weak function, so it may lead anywhere.
const pc32: Decoder = (use) => (use.S === 0 ? undefined : [callee(use, use.P + use.module.i32(use.P) - use.A), use.S]);
const gotBase: Decoder = ({ module, world, P, A }) => {
  const got = P + module.i32(P) - A;
  if (Number.isNaN(world.got)) world.got = got;
  return [got, world.got];
};
const gotSlot: Decoder = ({ module, world, P, A, S }) => [module.word(world.got + module.i32(P) - A), S];

const thumbBranch: Decoder = (use) => {
  const { module, P, S } = use;
  if (S === 0) return undefined;
  const [high, low] = [module.u16(P), module.u16(P + 2)];
  const s = (high >> 10) & 1;
  const i1 = ((low >> 13) & 1) === s ? 1 : 0;
  const i2 = ((low >> 11) & 1) === s ? 1 : 0;
  const offset = -s * 2 ** 24 + i1 * 2 ** 23 + i2 * 2 ** 22 + (high & 0x3ff) * 4096 + (low & 0x7ff) * 2;
  return [callee(use, P + 4 + offset) & ~1, S & ~1];
};

function auipcPair(module: LoadedModule, at: number, low: number): number {
  return at + (module.u32(at) & 0xfffff000) + low;
}

/** The 12 bits of the instruction whose lower-part relocation names the label at this place. */
function lowPart({ module, section, relocation, P, object }: Use): number {
  const partner = section.relocations.find(
    ({ type, symbol }) =>
      (type === 24 || type === 25) && symbol.shndx === section.index && symbol.value === relocation.offset,
  );
  if (partner === undefined) throw new Error(`no lower part in ${object.name}`);
  const code = module.u32(P + partner.offset - relocation.offset);
  if (partner.type === 24) return (code | 0) >> 20;
  return (((code | 0) >> 25) << 5) | ((code >> 7) & 31);
}

/** Follows an Xtensa instruction; `l32r` is compared by what it loads. */
const xtensaSlot: Decoder = (use) => {
  const { module, world, object, P, S, A, relocation } = use;
  const op0 = module.u8(P) & 15;
  if (op0 === 12) {
    const code = module.u16(P);
    return [P + 4 + ((code & 0x30) | (code >> 12)), S + A];
  }
  const code = module.u24(P);
  if (op0 === 5) return [(P & ~3) + 4 + 4 * signed(code >> 6, 18), S + A];
  if (op0 === 6 && ((code >> 4) & 3) === 0) return [P + 4 + signed(code >> 6, 18), S + A];
  if (op0 === 6 && ((code >> 4) & 3) === 1) return [P + 4 + signed(code >> 12, 12), S + A];
  if (op0 !== 1) return [P + 4 + signed(code >> 16, 8), S + A];
  const loaded = module.u32(((P + 3) & ~3) - 0x40000 + 4 * (code >> 8));
  const { symbol } = relocation;
  return [loaded, literalValue(world, object, symbol.shndx, symbol.value + A)];
};

/** What the object says a literal is. */
function literalValue(world: World, object: ObjectFile, sectionIndex: number, offset: number): number {
  const section = object.sections[sectionIndex]!;
  const value = new DataView(section.data.buffer, section.data.byteOffset).getUint32(offset, true);
  const relocation = section.relocations.find((r) => r.offset === offset);
  if (relocation === undefined) return value;
  return (world.address(relocation.symbol, object) + relocation.addend + value) >>> 0;
}

function signed(value: number, bits: number): number {
  return (value << (32 - bits)) >> (32 - bits);
}

const DECODERS: Readonly<Record<Family, Readonly<Record<number, Decoder>>>> = {
  x86: { 1: addressWord, 2: pc32, 3: gotSlot, 4: pc32, 9: gotOffset, 10: gotBase, 43: gotSlot },
  x64: { 1: addressWord, 2: pc32, 4: pc32, 9: gotPc, 41: gotPc, 42: gotPc },
  arm: { 2: addressWord, 3: pc32, 10: thumbBranch, 25: gotBase, 26: gotSlot, 30: thumbBranch },
  riscv: {
    1: addressWord,
    2: addressWord,
    18: riscvCall,
    19: riscvCall,
    20: (use) => [use.module.word(auipcPair(use.module, use.P, lowPart(use))), use.S],
    23: (use) => [auipcPair(use.module, use.P, lowPart(use)), use.S + use.A],
  },
  xtensa: { 1: addressWord, 6: addressWord, 20: xtensaSlot },
};

function gotOffset({ module, world, P, A, S }: Use): Claim {
  return [world.got + module.i32(P) - A, S];
}

function gotPc({ module, P, A, S }: Use): Claim {
  return [module.word(P + module.i32(P) - A), S];
}

function riscvCall(use: Use): Claim {
  const { module, P, S } = use;
  return [callee(use, auipcPair(module, P, module.i32(P + 4) >> 20)), S];
}

/** Links are checked against the objects they were made of. */
export function checkLinks(arch: Arch, objects: readonly LinkObject[], result: LinkResult): CheckedLinks {
  const world = new World(
    result,
    objects.map((o) => readObject(o.bytes, o.name)),
  );
  const wrong: string[] = [];
  let followed = 0;
  let skipped = 0;
  // Offsets from the GOT mean nothing before its place is known.
  for (const use of [...uses(arch, world)].sort((a, b) => rank(arch, a) - rank(arch, b))) {
    const decoder = DECODERS[arch.family][use.relocation.type];
    const claim = decoder?.(use);
    if (claim === undefined || claim === 'skipped') {
      skipped++;
      continue;
    }
    followed++;
    const [actual, expected] = claim;
    if (Object.is(actual, expected)) continue;
    const { object, section, relocation } = use;
    const place = `${object.name}(${section.name}+0x${relocation.offset.toString(16)})`;
    wrong.push(`${place} type ${relocation.type}: 0x${actual.toString(16)} instead of 0x${expected.toString(16)}`);
  }
  return { module: world.module, followed, skipped, wrong };
}

function rank(arch: Arch, { relocation }: Use): number {
  return DECODERS[arch.family][relocation.type] === gotBase ? 0 : 1;
}

function* uses(arch: Arch, world: World): Generator<Use> {
  for (const object of world.objects) {
    for (const section of object.sections) {
      const base = world.base(object, section.index);
      if (base === undefined || section.name.startsWith('.literal')) continue;
      for (const relocation of section.relocations) {
        const S = world.address(relocation.symbol, object);
        const A = relocation.addend + inPlace(arch, section, relocation);
        yield { module: world.module, object, section, relocation, P: base + relocation.offset, A, S, world };
      }
    }
  }
}

/** Only x86 and ARM (everywhere) and Xtensa (in words) keep addends in the bytes. */
function inPlace({ family }: Arch, section: Section, { offset, type }: Relocation): number {
  const isXtensaWord = family === 'xtensa' && (type === 1 || type === 6);
  if (family !== 'x86' && family !== 'arm' && !isXtensaWord) return 0;
  if (offset + 4 > section.size) return 0;
  return new DataView(section.data.buffer, section.data.byteOffset).getInt32(offset, true);
}
