/**
 * Reads a linked Xtensa module with binutils and compares it with what binutils reads in its objects. Of our own code
 * only the places of sections are believed.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LinkResult } from '../../natmod-rules/link/index.ts';
import { FIRMWARE } from './check-links.ts';
import { run } from './compile.ts';
import type { LinkObject } from './link-fixtures.ts';
import { DATA, type LoadedModule, loadMpy, TEXT } from './mpy-loader.ts';

const OBJDUMP = 'xtensa-lx106-elf-objdump';
const OBJCOPY = 'xtensa-lx106-elf-objcopy';

interface Listed {
  /** Of the object on disk. */
  readonly path: string;
  readonly name: string;
  /** `section offset` → symbol and addend of the relocation there. */
  readonly relocations: ReadonlyMap<string, Reference>;
  readonly symbols: readonly ListedSymbol[];
  /** Section → contents. */
  readonly contents: ReadonlyMap<string, Buffer>;
  /** Code section → its instructions. */
  readonly code: ReadonlyMap<string, readonly Instruction[]>;
}

interface Reference {
  readonly type: string;
  readonly symbol: string;
  readonly addend: number;
}

interface ListedSymbol {
  readonly name: string;
  readonly section: string;
  readonly value: number;
  readonly isLocal: boolean;
}

interface Instruction {
  readonly address: number;
  readonly mnemonic: string;
  readonly operands: string;
}

export interface ReadModule {
  /** What is not as it should be, as text. */
  readonly wrong: readonly string[];
  /** Numbers of what was compared. */
  readonly instructions: number;
  readonly literals: number;
  readonly branches: number;
  readonly words: number;
}

/**
 * Compares a module with its objects and library members, and with the fixed addresses that serve undefined symbols.
 */
export function readWithObjdump(
  result: LinkResult,
  files: readonly LinkObject[],
  fixed: ReadonlyMap<string, number>,
): ReadModule {
  const folder = mkdtempSync(join(tmpdir(), 'natmod-objdump-'));
  try {
    const objects = files.map((file, i) => list(join(folder, `${i}.o`), file));
    return new Comparison(result, objects, fixed, join(folder, 'text.bin')).run();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

class Comparison {
  private readonly result: LinkResult;
  private readonly objects: readonly Listed[];
  private readonly fixed: ReadonlyMap<string, number>;
  private readonly module: LoadedModule;
  private readonly textFile: string;
  private readonly wrong: string[] = [];
  private readonly jumps = new Map<number, number | undefined>();
  private readonly counts = { instructions: 0, literals: 0, branches: 0, words: 0 };

  constructor(result: LinkResult, objects: readonly Listed[], fixed: ReadonlyMap<string, number>, textFile: string) {
    this.result = result;
    this.objects = objects;
    this.fixed = fixed;
    this.module = loadMpy(result.mpy);
    this.textFile = textFile;
    writeFileSync(textFile, this.module.text);
  }

  run(): ReadModule {
    for (const object of this.objects) {
      for (const [section, expected] of object.code) this.compareCode(object, section, expected);
      for (const [key, reference] of object.relocations) {
        const [section, offset] = key.split(' ') as [string, string];
        const base = this.base(object, section);
        if (base === undefined || !/^R_XTENSA_(32|PLT)$/.test(reference.type)) continue;
        this.counts.words++;
        this.compareWord(object, section, Number(offset), this.module.u32(base + Number(offset)));
      }
    }
    return { ...this.counts, wrong: this.wrong };
  }

  private compareCode(object: Listed, section: string, expected: readonly Instruction[]): void {
    const base = this.base(object, section);
    if (base === undefined) return;
    const size = object.contents.get(section)!.length;
    const found = new Map(this.disassembleSection(object, section, base, size).map((one) => [one.address - base, one]));
    for (const { address: offset, mnemonic, operands } of expected) {
      const place = `${object.name}(${section}+0x${offset.toString(16)}): ${mnemonic} ${operands}`;
      const other = found.get(offset);
      this.counts.instructions++;
      if (other?.mnemonic !== mnemonic) {
        this.wrong.push(`${place} became ${other?.mnemonic}`);
        continue;
      }
      const reference = object.relocations.get(`${section} ${offset}`);
      if (reference?.type === 'R_XTENSA_SLOT0_OP') this.compareTarget(object, reference, place, mnemonic, other);
      else if (!isSameButMoved(operands, other.operands, base)) this.wrong.push(`${place} became ${other.operands}`);
    }
  }

  private compareTarget(
    object: Listed,
    reference: Reference,
    place: string,
    mnemonic: string,
    found: Instruction,
  ): void {
    const target = Number.parseInt(/(?:^|,\s*)(?:0x)?([\da-f]+)$/.exec(found.operands)?.[1] ?? '', 16);
    if (mnemonic === 'l32r') {
      this.counts.literals++;
      const [section, offset] = this.sectionOf(object, reference);
      this.compareWord(object, section, offset, this.module.u32(target));
      return;
    }
    this.counts.branches++;
    const wanted = this.address(object, reference);
    if (target === wanted || this.jumpToFixed(target) === wanted) return;
    const end = this.jumpToFixed(target) ?? target;
    this.wrong.push(`${place} leads to 0x${end.toString(16)} instead of 0x${wanted.toString(16)}`);
  }

  /** A word as the loader leaves it, against the object's contents and relocation. */
  private compareWord(object: Listed, section: string, offset: number, value: number): void {
    const plain = object.contents.get(section)!.readUInt32LE(offset);
    const reference = object.relocations.get(`${section} ${offset}`);
    const wanted = reference === undefined ? plain : (this.address(object, reference) + plain) >>> 0;
    if (value === wanted || this.jumpToFixed(value) === wanted) return;
    this.wrong.push(
      `${object.name}(${section}+0x${offset.toString(16)}) is 0x${value.toString(16)}, not 0x${wanted.toString(16)}`,
    );
  }

  /** Where code that only loads an address and jumps to it goes. */
  private jumpToFixed(address: number): number | undefined {
    if (!this.jumps.has(address)) this.jumps.set(address, this.readJump(address));
    return this.jumps.get(address);
  }

  private readJump(address: number): number | undefined {
    if (address < TEXT || address + 6 > TEXT + this.module.text.length) return undefined;
    const [load, jump] = this.disassemble(address, 6);
    if (load?.mnemonic !== 'l32r' || jump?.mnemonic !== 'jx') return undefined;
    const [register, literal] = load.operands.split(/,\s*/);
    return register === jump.operands.trim() ? this.module.u32(Number.parseInt(literal!, 16)) : undefined;
  }

  private sectionOf(object: Listed, { symbol, addend }: Reference): [string, number] {
    const found = object.symbols.find((one) => one.name === symbol && one.section !== '*UND*');
    return found === undefined ? [symbol, addend] : [found.section, found.value + addend];
  }

  private address(object: Listed, { symbol, addend }: Reference): number {
    const own = object.symbols.find((one) => one.name === symbol && one.section !== '*UND*');
    if (own !== undefined && own.section !== '*COM*' && (own.isLocal || this.base(object, own.section) !== undefined)) {
      return (this.base(object, own.section) ?? Number.NaN) + own.value + addend;
    }
    for (const other of this.objects) {
      const found = other.symbols.find((one) => one.name === symbol && !one.isLocal && !/^\*/.test(one.section));
      if (found !== undefined) return this.base(other, found.section)! + found.value + addend;
    }
    return (this.fixed.get(symbol) ?? FIRMWARE[symbol] ?? Number.NaN) + addend;
  }

  private base(object: Listed, section: string): number | undefined {
    const chunk = this.result.image.chunks.find((one) => one.object === object.name && one.name === section);
    const placement = chunk === undefined ? undefined : this.result.image.place.get(chunk);
    if (placement === undefined) return undefined;
    return { text: TEXT, rodata: this.module.rodata, bss: DATA }[placement.block] + placement.address;
  }

  /** The linked bytes in the object's clothes: its tables tell code from the gaps in between. */
  private disassembleSection(object: Listed, section: string, base: number, size: number): Instruction[] {
    const bytes = this.module.text.subarray(base - TEXT, base - TEXT + size);
    writeFileSync(`${object.path}.bytes`, bytes);
    run(OBJCOPY, ['--update-section', `${section}=${object.path}.bytes`, object.path, `${object.path}.linked`]);
    const options = ['-d', '-w', '-j', section, `--adjust-vma=${base}`, '--no-show-raw-insn'];
    return instructionsOf(run(OBJDUMP, [...options, `${object.path}.linked`]));
  }

  private disassemble(start: number, size: number): Instruction[] {
    const range = [`--start-address=${start}`, `--stop-address=${start + size}`, `--adjust-vma=${TEXT}`];
    const options = ['-D', '-w', '-b', 'binary', '-m', 'xtensa', '--no-show-raw-insn'];
    return instructionsOf(run(OBJDUMP, [...options, ...range, this.textFile]));
  }
}

/** Operands of one instruction in an object and in a module: targets inside the section are printed as addresses. */
function isSameButMoved(operands: string, moved: string, base: number): boolean {
  const [own, other] = [operands.split(/,\s*/), moved.split(/,\s*/)];
  const [target, movedTarget] = [own.pop() ?? '', other.pop() ?? ''];
  if (own.join() !== other.join()) return false;
  return target === movedTarget || Number.parseInt(movedTarget, 16) - base === (Number.parseInt(target, 16) | 0);
}

function instructionsOf(listing: string): Instruction[] {
  return [...listing.matchAll(/^ *([\da-f]+):\t([\w.]+)(?:\t(.*))?$/gm)].map(([, address, mnemonic, operands]) => ({
    address: Number.parseInt(address!, 16),
    mnemonic: mnemonic!,
    // Behind a target stand its name and, for a literal, its value.
    operands: (operands ?? '').replace(/( <.*>)?( \([^()]*\))?$/, '').trim(),
  }));
}

function list(path: string, { name, bytes }: LinkObject): Listed {
  writeFileSync(path, bytes);
  const code = new Map<string, Instruction[]>();
  for (const part of run(OBJDUMP, ['-d', '-w', '--no-show-raw-insn', path]).split('Disassembly of section ').slice(1)) {
    const section = part.slice(0, part.indexOf(':\n'));
    if (!section.startsWith('.literal')) code.set(section, instructionsOf(part));
  }
  const tables = run(OBJDUMP, ['-t', '-r', '-s', '-w', path]);
  return { path, name, code, ...listTables(tables), contents: listContents(tables) };
}

function listTables(tables: string): Pick<Listed, 'relocations' | 'symbols'> {
  const relocations = new Map<string, Reference>();
  for (const part of tables.split('RELOCATION RECORDS FOR [').slice(1)) {
    const section = part.slice(0, part.indexOf(']'));
    for (const [, offset, type, value] of part.matchAll(/^([\da-f]{8}) (R_\w+) +(\S+)/gm)) {
      if (!/^R_XTENSA_(SLOT0_OP|32|PLT)$/.test(type!)) continue;
      const [, symbol, addend] = /^(.*?)(?:([+-]0x[\da-f]+))?$/.exec(value!)!;
      const reference = { type: type!, symbol: symbol!, addend: Number(addend?.replace('+', '') ?? 0) };
      relocations.set(`${section} ${Number.parseInt(offset!, 16)}`, reference);
    }
  }
  const lines = tables.matchAll(/^([\da-f]{8}) (.{7}) (\S+)\t[\da-f]{8}(?: \.hidden)? (\S+)$/gm);
  const symbols = [...lines].map(([, value, flags, section, symbol]) => ({
    name: symbol!,
    section: section!,
    value: Number.parseInt(value!, 16),
    isLocal: flags!.startsWith('l'),
  }));
  return { relocations, symbols };
}

function listContents(tables: string): Map<string, Buffer> {
  const contents = new Map<string, Buffer>();
  for (const part of tables.split('Contents of section ').slice(1)) {
    const section = part.slice(0, part.indexOf(':\n'));
    const hex = [...part.matchAll(/^ [\da-f]+ ((?:[\da-f]{2,8} ){1,4})/gm)].map(([, words]) =>
      words!.replaceAll(' ', ''),
    );
    contents.set(section, Buffer.from(hex.join(''), 'hex'));
  }
  return contents;
}
