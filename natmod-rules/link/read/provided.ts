/**
 * Small functions that the linker itself writes when nothing defines them: what C libraries and compilers for bare metal expect
 * of a run-time environment, and what the firmware offers in another form.
 */
import type { Arch } from '../../arch/index.ts';
import { provideSaveRestore } from '../families/riscv/save-restore.ts';
import { halves } from '../families/types.ts';
import { MEMMOVE, MEMSET } from '../model/firmware.ts';
import { type Chunk, makeChunk, type Target } from '../model/model.ts';
import { provideAtExit } from './at-exit.ts';

/** Chunks of one such function, its entry first. */
export function provide(arch: Arch, name: string): readonly Chunk[] | undefined {
  return (
    provideAtExit(arch, name) ??
    provideSaveRestore(arch, name) ??
    (arch.family === 'arm' ? provideForArm(name) : undefined)
  );
}

/** Names that a library need not define for that architecture. */
export function isProvided(arch: Arch, name: string): boolean {
  return provide(arch, name) !== undefined;
}

/** Run-time ABI for the Arm Architecture (IHI 0043), "Memory copying, clearing, and setting"; newlib's `__errno`. */
function provideForArm(name: string): readonly Chunk[] | undefined {
  if (/^__aeabi_mem(cpy|move)[48]?$/.test(name)) {
    // ldr r3, [pc, #0]; bx r3; address
    return [thumb(name, halves(0x4b00, 0x4718, 0, 0), 4, { kind: 'table-entry', index: MEMMOVE })];
  }
  if (/^__aeabi_memset[48]?$/.test(name)) {
    // Its last two arguments are those of memset exchanged: mov r3, r1; mov r1, r2; mov r2, r3; nop; ldr r3, [pc, #0]; bx r3
    const code = halves(0x460b, 0x4611, 0x461a, 0x46c0, 0x4b00, 0x4718, 0, 0);
    return [thumb(name, code, 12, { kind: 'table-entry', index: MEMSET })];
  }
  if (/^__aeabi_memclr[48]?$/.test(name)) {
    // mov r2, r1; movs r1, #0; ldr r3, [pc, #0]; bx r3; address
    return [thumb(name, halves(0x460a, 0x2100, 0x4b00, 0x4718, 0, 0), 8, { kind: 'table-entry', index: MEMSET })];
  }
  if (name === '__errno') {
    const errno = makeChunk({ name: '.bss.errno', role: 'bss', align: 4, size: 4 });
    // ldr r0, [pc, #0]; bx lr; address
    return [thumb(name, halves(0x4800, 0x4770, 0, 0), 4, { kind: 'chunk', chunk: errno, offset: 0 }), errno];
  }
  return undefined;
}

function thumb(name: string, data: Uint8Array, wordOffset: number, target: Target): Chunk {
  const words = [{ offset: wordOffset, target, addend: 0 }];
  return makeChunk({ name: `.stub.${name}`, role: 'text', align: 4, size: data.length, data, words });
}
