/** Constructors where functions turn the register window: no compiler for that is at hand, but an emulated core is. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { archByName } from '../../natmod-rules/arch/index.ts';
import { SHT_INIT_ARRAY } from '../../natmod-rules/elf/constants.ts';
import { HARNESS_TOOLS } from '../../tasks/run/xtensa.ts';
import { run } from '../support/compile.ts';
import { link } from '../support/link.ts';
import { madeObjects } from '../support/link-made.ts';
import { DATA_FLAGS, TEXT_FLAGS } from '../support/make-object.ts';
import { testWith } from '../support/needs.ts';

/**
 * The routine that a module with two constructors begins with: its words (two constructors, mpy_init), then its code.
 */
function startRoutine(): { readonly words: number; readonly code: Uint8Array } {
  const text = { name: '.text', flags: TEXT_FLAGS, data: 8 };
  const relocations = ['first', 'second'].map((symbol, i) => ({ offset: 4 * i, type: 1, symbol, addend: 0 }));
  const table = { name: '.init_array', type: SHT_INIT_ARRAY, flags: DATA_FLAGS, data: 8, relocations };
  const symbols = ['mpy_init', 'first', 'second'].map((name) => ({ name, section: '.text' }));
  const objects = madeObjects('xtensawin', { 'm.o': { sections: [text, table], symbols } });
  const { image } = link({ arch: archByName('xtensawin'), objects, qstrs: [], sourceName: 'm.mpy', compact: true });
  const { data, relocations: words } = image.chunks.find(({ name }) => name === '.start')!;
  return { words: words.length, code: data.subarray(4 * words.length) };
}

/**
 * Calls that routine as a firmware does and ends with what mpy_init answers. The assembler knows a core without
 * windows, so their instructions are bytes: entry a1, 32; callx8 a8; retw; wsr to WINDOWSTART, WINDOWBASE and PS
 * (window overflows enabled); simcall.
 */
const program = (code: Uint8Array) => `
.text
.global _start
_start: j begin
.align 4
place: .word module_entry
state: .word 0x40000
stack: .word stack_top
where: .word value
begin:
  movi a2, 1
  .byte 0x20, 0x49, 0x13
  movi a2, 0
  .byte 0x20, 0x48, 0x13
  l32r a2, state
  .byte 0x20, 0xe6, 0x13
  rsync
  l32r a1, stack
  movi a10, 11
  movi a11, 22
  movi a12, 33
  movi a13, 44
  l32r a8, place
  .byte 0xe0, 0x08, 0x00
  mov a3, a10
  movi a2, 1
  .byte 0x00, 0x51, 0x00
1: j 1b
.align 4
.word first, second, mpy_init
module_entry: .byte ${[...code].join(', ')}
.align 4
first: .byte 0x36, 0x41, 0x00
  l32r a2, where
  l32i a3, a2, 0
  slli a3, a3, 1
  addi a3, a3, 1
  s32i a3, a2, 0
  movi a10, 0
  movi a4, 0
  movi a5, 0
  .byte 0x90, 0x00, 0x00
.align 4
second: .byte 0x36, 0x41, 0x00
  l32r a2, where
  l32i a3, a2, 0
  slli a4, a3, 1
  add a3, a3, a4
  s32i a3, a2, 0
  movi a11, 0
  .byte 0x90, 0x00, 0x00
.align 4
mpy_init: .byte 0x36, 0x41, 0x00
  add a2, a2, a3
  add a2, a2, a4
  add a2, a2, a5
  l32r a6, where
  l32i a6, a6, 0
  add a2, a2, a6
  .byte 0x90, 0x00, 0x00
.data
value: .word 1
.space 512
stack_top: .word 0
`;

testWith(
  { compiler: 'xtensa', tool: HARNESS_TOOLS },
  'xtensawin: constructors run in order, and mpy_init gets its arguments and gives its result',
  (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'natmod-test-'));
    t.teardown(() => rmSync(folder, { recursive: true, force: true }));
    const { words, code } = startRoutine();
    t.is(words, 3);
    writeFileSync(join(folder, 'm.s'), program(code));
    const place = ['-Wl,-Ttext=0xfe000000', '-Wl,-Tdata=0xfe010000', '-Wl,-e,_start'];
    const flags = ['-nostdlib', '-nostartfiles', '-Wa,--no-transform', ...place];
    run('xtensa-lx106-elf-gcc', [...flags, 'm.s', '-o', 'm.elf'], folder);
    const machine = ['-machine', 'sim', '-cpu', 'dc232b', '-semihosting', '-nographic', '-monitor', 'none'];
    const options = [...machine, '-serial', 'none', '-kernel', 'm.elf'];
    const { status } = spawnSync('qemu-system-xtensa', options, { cwd: folder, timeout: 60_000 });
    // The arguments, and (1 * 2 + 1) * 3.
    t.is(status, 11 + 22 + 33 + 44 + 9);
  },
);
