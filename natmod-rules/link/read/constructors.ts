/**
 * Constructors: functions that run before mpy_init, which compilers list in tables (.preinit_array, .init_array, the older .ctors;
 * gABI, "Initialization and Termination Functions"). The firmware knows nothing of them, so the linker writes a routine that the
 * module starts with. It calls each of them, in order, and then jumps to mpy_init with the arguments and the return address it was
 * entered with itself. The loader has filled every table before, so constructors may use all of the module's variables and call
 * the firmware; only the names that MP_DYNRUNTIME_INIT_ENTRY makes visible are still those of the importer.
 */
import type { Arch } from '../../arch/index.ts';
import type { ElfSymbol, Relocation } from '../../elf/object.ts';
import { bytes, halves } from '../families/types.ts';
import { type Chunk, LINKER, makeChunk, type Target } from '../model/model.ts';
import type { Program } from '../shrink/program.ts';

const TABLE = /^\.(preinit_array|init_array|ctors)(?:\.(\d+))?$/;

/** What comes without a number comes after all that has one. */
const LAST = 65536;

/** A machine word of a table: byte offset in it. */
interface Entry {
  readonly chunk: Chunk;
  readonly offset: number;
}

/**
 * The entries of all tables in the order of their calls: .preinit_array first, then by priority, small numbers first. Equal ones
 * keep link order in .init_array; .ctors comes behind and is read backwards, its number counts down from 65535.
 */
function inCallOrder(tables: readonly Chunk[], wordSize: number): Entry[] {
  const keyed = tables.map((chunk, index) => {
    const [, kind, number] = TABLE.exec(chunk.name) ?? [];
    const given = number === undefined ? LAST : Math.min(Number(number), LAST - 1);
    if (kind === 'ctors') return { chunk, order: [1, given === LAST ? LAST : LAST - 1 - given, 1, -index], back: true };
    return { chunk, order: [kind === 'preinit_array' ? 0 : 1, given, 0, index], back: false };
  });
  keyed.sort((a, b) => a.order.map((value, i) => value - b.order[i]!).find((d) => d !== 0) ?? 0);
  return keyed.flatMap(({ chunk, back }) => {
    const count = Math.floor(chunk.size / wordSize);
    const entries = Array.from({ length: count }, (_, i) => ({ chunk, offset: i * wordSize }));
    return back ? entries.reverse() : entries;
  });
}

/**
 * The program with a routine in front that calls what `tables` list and then goes on to the entry it had; the program itself when
 * there is nothing to call. Words of 0 and -1 without relocation, and undefined weak functions, are
 * left out.
 */
export function callConstructors(program: Program, tables: readonly Chunk[]): Program {
  const { arch, resolve, entry } = program;
  const table = new Table(arch.wordSize);
  for (const { chunk, offset } of inCallOrder(tables, arch.wordSize)) {
    const word = chunk.data.subarray(offset, offset + arch.wordSize);
    const relocations = chunk.relocations.filter((r) => r.offset === offset);
    const nobody = relocations.length === 0 ? isMark(word) : isAbsent(resolve(relocations[0]!.symbol));
    if (!nobody) table.add(word, relocations);
  }
  if (table.length === 0) return program;
  const start = startRoutine(arch, table, madeSymbol('mpy_init'));
  const bound = new Map<ElfSymbol, Target>([[start.init, entry]]);
  return {
    ...program,
    chunks: [start.chunk, ...program.chunks],
    resolve: (symbol) => bound.get(symbol) ?? resolve(symbol),
    entry: { kind: 'chunk', chunk: start.chunk, offset: start.offset },
  };
}

/** Old compilers begin tables with the one and end them with the other. */
function isMark(word: Uint8Array): boolean {
  return word.every((byte) => byte === 0) || word.every((byte) => byte === 0xff);
}

function isAbsent(target: Target): boolean {
  return target.kind === 'fixed' && target.weak === true;
}

/** A symbol that no object has. */
function madeSymbol(name: string): ElfSymbol {
  return { object: LINKER, index: -1, name, bind: 0, type: 0, shndx: 0, value: 0, size: 0 };
}

/** Machine words with their relocations. */
class Table {
  readonly words: number[] = [];
  readonly relocations: Relocation[] = [];
  readonly #wordSize: number;

  constructor(wordSize: number) {
    this.#wordSize = wordSize;
  }

  get length(): number {
    return this.words.length / this.#wordSize;
  }

  add(word: Uint8Array, relocations: readonly Relocation[]): void {
    const offset = this.words.length;
    this.words.push(...word);
    this.relocations.push(...relocations.map((r) => ({ ...r, offset })));
  }
}

interface Start {
  readonly chunk: Chunk;
  /** Where it is entered; bit 0 set for Thumb. */
  readonly offset: number;
  /** The symbol by which it refers to mpy_init. */
  readonly init: ElfSymbol;
}

/** R_386_32, R_X86_64_64, R_ARM_ABS32, R_XTENSA_32: S + A in a machine word. RISC-V has one for each size. */
const WORD_TYPE = { x86: 1, x64: 1, arm: 2, xtensa: 1 };

function startRoutine(arch: Arch, table: Table, init: ElfSymbol): Start {
  const { family, wordSize } = arch;
  const type = family === 'riscv' ? wordSize / 4 : WORD_TYPE[family];
  const toInit = { offset: 0, type, symbol: init, addend: 0 };
  const empty = new Uint8Array(wordSize);
  const { length } = table;
  // The loop ends at a word of 0, and the next one is mpy_init. On Xtensa each call has its own instructions.
  if (family !== 'xtensa') table.add(empty, []);
  table.add(empty, [toInit]);
  const code = family === 'xtensa' ? xtensaCode(arch, length) : LOOPS[`${family}${wordSize}`]!;
  const padding = new Uint8Array((wordSize - (code.length % wordSize)) % wordSize);
  const before = family === 'xtensa' ? 0 : code.length + padding.length;
  const data = Uint8Array.from(family === 'xtensa' ? [...table.words, ...code] : [...code, ...padding, ...table.words]);
  const relocations = table.relocations.map((r) => ({ ...r, offset: r.offset + before }));
  const chunk = makeChunk({ name: '.start', role: 'text', align: wordSize, size: data.length, data, relocations });
  const offset = family === 'xtensa' ? table.words.length : family === 'arm' ? 1 : 0;
  return { chunk, offset, init };
}

/**
 * By family and word size. All do the same: keep what mpy_init shall get, take the address of the table behind the code, call each
 * word of it up to a 0, load mpy_init from the word behind that, put everything back and jump. The stack stays aligned as
 * the ABIs ask at calls: to 16 bytes, on ARM to 8.
 */
const LOOPS: Readonly<Record<string, Uint8Array>> = {
  // push rdi, rsi, rdx, rcx, rbx; lea rbx, [rip + 0x1c]
  // again: mov rax, [rbx]; add rbx, 8; test rax, rax; je done; call rax; jmp again
  // done: mov rax, [rbx]; pop rbx, rcx, rdx, rsi, rdi; jmp rax
  x648: bytes(
    ...[0x57, 0x56, 0x52, 0x51, 0x53, 0x48, 0x8d, 0x1d, 0x1c, 0, 0, 0],
    ...[0x48, 0x8b, 0x03, 0x48, 0x83, 0xc3, 0x08, 0x48, 0x85, 0xc0, 0x74, 0x04, 0xff, 0xd0, 0xeb, 0xf0],
    ...[0x48, 0x8b, 0x03, 0x5b, 0x59, 0x5a, 0x5e, 0x5f, 0xff, 0xe0],
  ),
  // The arguments are on the stack already.
  // push ebx; sub esp, 8; call next; next: pop ebx; add ebx, 0x1f
  // again: mov eax, [ebx]; add ebx, 4; test eax, eax; je done; call eax; jmp again
  // done: mov eax, [ebx]; add esp, 8; pop ebx; jmp eax
  x864: bytes(
    ...[0x53, 0x83, 0xec, 0x08, 0xe8, 0, 0, 0, 0, 0x5b, 0x81, 0xc3, 0x1f, 0, 0, 0],
    ...[0x8b, 0x03, 0x83, 0xc3, 0x04, 0x85, 0xc0, 0x74, 0x04, 0xff, 0xd0, 0xeb, 0xf3],
    ...[0x8b, 0x03, 0x83, 0xc4, 0x08, 0x5b, 0xff, 0xe0],
  ),
  // Instructions that ARMv6-M has, too. push {r0-r4, lr}; adr r4, table
  // again: ldm r4!, {r0}; cmp r0, #0; beq done; blx r0; b again
  // done: ldr r0, [r4]; mov ip, r0; ldr r0, [sp, #20]; mov lr, r0; pop {r0-r4}; add sp, #4; bx ip
  arm4: halves(
    ...[0xb51f, 0xa406, 0xcc01, 0x2800, 0xd001, 0x4780, 0xe7fa],
    ...[0x6820, 0x4684, 0x9805, 0x4686, 0xbc1f, 0xb001, 0x4760],
  ),
  // addi sp, sp, -32; sw ra, s0, a0, a1, a2, a3; auipc s0, 0; addi s0, s0, 38
  // again: lw a4, 0(s0); addi s0, s0, 4; beqz a4, done; jalr a4; j again
  // done: lw a4, 0(s0); lw ra, s0, a0, a1, a2, a3; addi sp, sp, 32; jr a4
  riscv4: halves(
    ...[0x1101, 0xc006, 0xc222, 0xc42a, 0xc62e, 0xc832, 0xca36, 0x0417, 0x0000, 0x0413, 0x0264],
    ...[0x4018, 0x0411, 0xc319, 0x9702, 0xbfe5],
    ...[0x4018, 0x4082, 0x4412, 0x4522, 0x45b2, 0x4642, 0x46d2, 0x6105, 0x8702],
  ),
  // The same with ld, sd and words of 8 bytes.
  riscv8: halves(
    ...[0x7179, 0xe006, 0xe422, 0xe82a, 0xec2e, 0xf032, 0xf436, 0x0417, 0x0000, 0x0413, 0x02a4],
    ...[0x6018, 0x0421, 0xc319, 0x9702, 0xbfe5],
    ...[0x6018, 0x6082, 0x6422, 0x6542, 0x65e2, 0x7602, 0x76a2, 0x6145, 0x8702],
  ),
};

/**
 * Code behind a table of `count` functions and mpy_init. Words of it are loaded with l32r, because flash can be read in whole
 * words only and code has no cheap way to its own address.
 */
function xtensaCode(arch: Arch, count: number): number[] {
  const code: number[] = [];
  const load = (register: number, index: number) => {
    const place = 4 * (count + 1) + code.length;
    // The offset counts in words from the next multiple of 4 behind the instruction.
    const distance = (4 * index - ((place + 3) & ~3)) / 4;
    code.push((register << 4) | 1, distance & 0xff, (distance >> 8) & 0xff);
  };
  if (arch.name === 'xtensawin') {
    // Functions turn the register window by 8, so the arguments in a2-a5 are safe, and mpy_init has to be called, too.
    code.push(0x36, 0x41, 0x00); // entry a1, 32
    for (let i = 0; i < count; i++) {
      load(8, i);
      code.push(0xe0, 0x08, 0x00); // callx8 a8
    }
    code.push(0xad, 0x02, 0xbd, 0x03, 0xcd, 0x04, 0xdd, 0x05); // mov.n a10, a2; a11, a3; a12, a4; a13, a5
    load(8, count);
    code.push(0xe0, 0x08, 0x00, 0x2d, 0x0a, 0x1d, 0xf0); // callx8 a8; mov.n a2, a10; retw.n
    return code;
  }
  // addi a1, a1, -32; s32i.n a0, a2, a3, a4, a5
  code.push(0x12, 0xc1, 0xe0, 0x09, 0x01, 0x29, 0x11, 0x39, 0x21, 0x49, 0x31, 0x59, 0x41);
  for (let i = 0; i < count; i++) {
    load(0, i);
    code.push(0xc0, 0x00, 0x00); // callx0 a0
  }
  load(8, count);
  // l32i.n a2, a3, a4, a5, a0; addi a1, a1, 32; jx a8
  code.push(0x28, 0x11, 0x38, 0x21, 0x48, 0x31, 0x58, 0x41, 0x08, 0x01, 0x12, 0xc1, 0x20, 0xa0, 0x08, 0x00);
  return code;
}
