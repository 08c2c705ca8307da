import type { Arch } from '../../natmod-rules/arch/index.ts';
import { type LoadedModule, TEXT } from './mpy-loader.ts';

/** Where the code at the start of the text jumps to, read as the CPU would; the Thumb bit is left out. */
export function jumpTarget(arch: Arch, module: LoadedModule): number {
  if (arch.family === 'arm') return thumb(module);
  if (arch.family === 'xtensa') return TEXT + 4 + signed(module.u24(TEXT) >> 6, 18);
  if (arch.family === 'riscv') return riscv(module);
  if (module.u8(TEXT) === 0xeb) return TEXT + 2 + signed(module.u8(TEXT + 1), 8);
  if (module.u8(TEXT) === 0xe9) return TEXT + 5 + module.i32(TEXT + 1);
  throw new Error('no jump');
}

function thumb(module: LoadedModule): number {
  const first = module.u16(TEXT);
  if (first >> 11 === 0b11100) return TEXT + 4 + 2 * signed(first, 11);
  // push {r0, lr} before bl on the CPUs that have no b.w
  const at = first === 0xb501 ? TEXT + 2 : TEXT;
  const [high, low] = [module.u16(at), module.u16(at + 2)];
  const isBranch = (low & 0xd000) === 0x9000;
  const isCall = (low & 0xd000) === 0xd000;
  if (high >> 11 !== 0b11110 || !(at === TEXT ? isBranch : isCall)) throw new Error('no jump');
  const s = (high >> 10) & 1;
  const i1 = ((low >> 13) & 1) === s ? 1 : 0;
  const i2 = ((low >> 11) & 1) === s ? 1 : 0;
  return at + 4 - s * 2 ** 24 + i1 * 2 ** 23 + i2 * 2 ** 22 + (high & 0x3ff) * 4096 + (low & 0x7ff) * 2;
}

function riscv(module: LoadedModule): number {
  const code = module.u16(TEXT);
  if ((code & 0xe003) === 0xa001) {
    const bit = (from: number, to: number) => ((code >> from) & 1) << to;
    const low = bit(3, 1) | bit(4, 2) | bit(5, 3) | bit(11, 4) | bit(2, 5) | bit(7, 6) | bit(6, 7);
    return TEXT + signed(low | bit(9, 8) | bit(10, 9) | bit(8, 10) | bit(12, 11), 12);
  }
  // auipc t6; jr t6
  if ((module.u32(TEXT) & 0xfff) !== 0xf97 || (module.u32(TEXT + 4) & 0xfffff) !== 0xf8067) throw new Error('no jump');
  return TEXT + (module.u32(TEXT) & 0xfffff000) + (module.i32(TEXT + 4) >> 20);
}

function signed(value: number, bits: number): number {
  return (value << (32 - bits)) >> (32 - bits);
}
