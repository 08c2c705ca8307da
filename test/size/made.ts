import type { Measure, SizedSymbol } from '../../natmod-rules/size/measure.ts';

const symbol = (kind: SizedSymbol['kind'], name: string, size: number, source = 'main.c'): SizedSymbol => ({
  kind,
  source,
  section: `.${kind}.${name}`,
  name,
  size,
  address: 0,
});

/** A module that nobody built; its numbers fit together. */
export function made(parts: Partial<Measure>): Measure {
  return {
    module: 'made',
    arch: 'armv7m',
    file: 522,
    blocks: { text: 420, rodata: 0, bss: 64 },
    relocations: { bytes: 12, records: 5 },
    kinds: { text: 300, rodata: 100, data: 20, bss: 64, got: 0 },
    other: 90,
    symbols: [
      symbol('text', 'big', 300),
      symbol('rodata', '"text"', 100),
      symbol('bss', 'buffer', 64),
      symbol('data', 'level', 20, 'sub/other.c'),
    ],
    ...parts,
  };
}
