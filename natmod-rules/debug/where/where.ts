/**
 * Says what the addresses of a crash are: function, file and line for those in the module, "firmware" for other code.
 */
import { EM_ARM, EM_XTENSA, SHF_ALLOC, STT_FUNC } from '../../elf/constants.ts';
import type { LoggedAddress } from './crash-log.ts';
import { LineIndex } from './line-index.ts';
import type { LinkedFile, LinkedSymbol } from './linked-file.ts';

/** Where a loaded module lies; bytes from address 0. */
export interface LoadPlace {
  /** Of the text block. */
  readonly text: number;
  /** Of the block with BSS and, behind it, rodata; undefined when nobody knows. */
  readonly data?: number;
}

export interface FoundPlace {
  readonly logged: LoggedAddress;
  /** Undefined for what is not in the module. */
  readonly inModule?: {
    readonly section: string;
    /** Function or variable with the distance from its start: `clamp+0x12`. */
    readonly symbol: string;
    readonly line?: string;
    /** Of the ELF file, for other tools. */
    readonly address: number;
  };
}

/** Addresses that are worth a line: those in the module, and code of the firmware. */
export function findPlaces(
  file: LinkedFile,
  place: LoadPlace | undefined,
  log: readonly LoggedAddress[],
): FoundPlace[] {
  const lines = new LineIndex(file);
  return log.flatMap((logged): FoundPlace[] => {
    const address = addressInFile(file, place, logged);
    const section = address === undefined ? undefined : sectionAt(file, address);
    if (address === undefined || section === undefined) return logged.role === 'value' ? [] : [{ logged }];
    // Behind a call that never returns there may be another function already.
    const asked = logged.role === 'return' ? address - 1 : address;
    const source = lines.find(asked);
    const line = source && `${source.file}:${source.line}`;
    return [{ logged, inModule: { section, symbol: symbolAt(file, asked, address), line, address } }];
  });
}

/** Whether any code lies where the module is. */
export function hasModuleCode(places: readonly FoundPlace[]): boolean {
  return places.some(({ inModule }) => inModule !== undefined);
}

function addressInFile(file: LinkedFile, place: LoadPlace | undefined, logged: LoggedAddress): number | undefined {
  const value = plainAddress(file, logged);
  if (place === undefined) return value;
  const text = file.sections.find(({ name }) => name === '.text');
  if (text !== undefined && value >= place.text && value < place.text + text.size)
    return value - place.text + text.address;
  const data = file.sections.filter(({ name }) => name === '.bss' || name === '.rodata');
  const start = Math.min(...data.map(({ address }) => address));
  if (place.data === undefined || data.length === 0) return undefined;
  const end = Math.max(...data.map(({ address, size }) => address + size));
  return value >= place.data && value < place.data + end - start ? value - place.data + start : undefined;
}

/**
 * Without what CPUs put into addresses of code: the bit for Thumb; the size of the window that a call on Xtensa turned.
 */
function plainAddress({ machine }: LinkedFile, { value, role }: LoggedAddress): number {
  if (machine === EM_ARM && role !== 'value') return value - (value % 2);
  const isWindow = machine === EM_XTENSA && role === 'return' && value >= 0x80000000;
  return isWindow ? (value % 0x40000000) + 0x40000000 : value;
}

function sectionAt({ sections }: LinkedFile, wanted: number): string | undefined {
  const found = sections.find(
    ({ flags, address, size }) => (flags & SHF_ALLOC) !== 0 && address <= wanted && wanted < address + size,
  );
  return found?.name;
}

function symbolAt({ symbols, sections }: LinkedFile, asked: number, address: number): string {
  const inside = (symbol: LinkedSymbol) => symbol.address <= asked && asked < symbol.address + Math.max(symbol.size, 1);
  const found = symbols.find((symbol) => symbol.type === STT_FUNC && inside(symbol)) ?? symbols.find(inside);
  const start =
    found?.address ??
    sections.find((section) => section.address <= asked && asked < section.address + section.size)?.address ??
    0;
  const distance = address - start;
  const name = found?.name ?? '.text';
  return distance === 0 ? name : `${name}+0x${distance.toString(16)}`;
}

/** The lines that are printed, in columns. */
export function describePlaces(places: readonly FoundPlace[]): string[] {
  const rows = places.map(({ logged, inModule }) => {
    const head = [logged.name, `0x${logged.value.toString(16).padStart(8, '0')}`];
    return inModule === undefined
      ? [...head, 'firmware', '']
      : [...head, inModule.symbol, inModule.line ?? inModule.section];
  });
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length), 0));
  return rows.map((row) =>
    row
      .map((text, i) => text.padEnd(widths[i] ?? 0))
      .join('  ')
      .trim(),
  );
}
