import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { type ArchName, archByName } from '../../natmod-rules/arch/index.ts';
import { BRANCHES, type Branch, FAR } from '../support/branches.ts';
import { run } from '../support/compile.ts';
import { linkObjects, madeObjects, problemsOf } from '../support/link-made.ts';
import { TEXT_FLAGS } from '../support/make-object.ts';
import { loadMpy } from '../support/mpy-loader.ts';
import { testWith } from '../support/needs.ts';

/** Build attributes that say ARMv7-M, for linkers that put a detour where an older CPU would need one. */
const CORTEX_M = Buffer.from('A\x15\0\0\0aeabi\0\x01\x0b\0\0\0\x06\x0a\x07M\x09\x02', 'latin1');

/** The instruction and its target in one section of an object; a target is at `distance` bytes from the place. */
function made(branch: Branch, distance: number, isForGnu = false) {
  const { arch, code, type, addend } = branch;
  const at = distance < 0 ? Math.ceil(-distance / 4) * 4 : 0;
  const target = at + distance;
  const data = new Uint8Array(Math.max(target, at + code.length) + 16);
  data.set(code, at);
  const thumb = archByName(arch).family === 'arm' ? 1 : 0;
  const text = {
    name: '.text',
    flags: TEXT_FLAGS,
    align: 4,
    data,
    relocations: [{ offset: at, type, symbol: 'target', addend }],
  };
  const attributes = { name: '.ARM.attributes', type: 0x70000003, flags: 0, align: 1, data: CORTEX_M };
  const symbols = [
    { name: 'mpy_init', section: '.text', value: thumb, size: 4 },
    { name: 'target', section: '.text', value: target + thumb },
  ];
  return {
    at,
    objects: madeObjects(arch, { 'branch.o': { sections: thumb && isForGnu ? [text, attributes] : [text], symbols } }),
  };
}

/** The instruction's bytes after linking. */
function linkedCode(branch: Branch, distance: number): { view: DataView; at: number } {
  const { at, objects } = made(branch, distance);
  const { mpy, image } = linkObjects(branch.arch, objects);
  const chunk = image.chunks.find((c) => c.name === '.text')!;
  const { text } = loadMpy(mpy);
  return { view: new DataView(text.buffer), at: image.place.get(chunk)!.address + at };
}

/**
 * Where no module comes to the end of the reach, few lie far away, with high and low bits: each needs code of its size.
 */
function distancesOf({ lo, hi, step }: Branch): number[] {
  const near = [0, step, -step, 4, 8, 12, 64, -64, 128, -128, 252, -252];
  const powers = Array.from({ length: 23 }, (_, i) => 2 ** i).flatMap((p) =>
    hi === FAR && p > FAR / 40 ? [p + 4 * step, -p - 4 * step] : [p, -p, p + 4 * step, -p - 4 * step],
  );
  const ends = hi === FAR ? [lo, hi] : [lo, lo + step, hi - step, hi];
  const all = [...near, ...powers.map((p) => Math.trunc(p / step) * step), ...ends];
  return [...new Set(all)].filter((d) => d >= lo && d <= hi && (d - lo) % step === 0);
}

for (const branch of BRANCHES) {
  const title = `${branch.arch} ${branch.name} (type ${branch.type})`;

  test(`${title} leads to its target over every distance it can`, (t) => {
    for (const distance of distancesOf(branch)) {
      const { view, at } = linkedCode(branch, distance);
      t.is(branch.distance(view, at), distance);
    }
  });

  const { lo, hi, step } = branch;
  if (hi === FAR) continue;
  test(`${title} beyond its reach is an error with distance and bounds`, (t) => {
    for (const distance of [lo - step, hi + step, lo - 1024 * step, hi + 1024 * step]) {
      const problems = problemsOf(() => linkedCode(branch, distance));
      t.deepEqual(
        problems.map((p) => p.code),
        ['out-of-range'],
        `distance ${distance}`,
      );
      const { message, where, hint } = problems[0]!;
      const [, value, least, bound] = /against 'target': (-?\d+) is not in \[(-?\d+), (-?\d+)\)$/.exec(message) ?? [];
      t.true(Number(value) < Number(least) || Number(value) >= Number(bound), message);
      t.is(where?.file, 'branch.o');
      t.is(where?.section, '.text');
      t.regex(hint!, /too large/);
    }
  });
}

const LINKERS: Partial<Record<ArchName, { readonly tool: string; readonly args: readonly string[] }>> = {
  armv6m: { tool: 'arm-none-eabi-ld', args: [] },
  armv7m: { tool: 'arm-none-eabi-ld', args: [] },
  rv32imc: { tool: 'riscv64-unknown-elf-ld', args: ['-m', 'elf32lriscv', '--no-relax'] },
  rv64imc: { tool: 'riscv64-unknown-elf-ld', args: ['-m', 'elf64lriscv', '--no-relax'] },
  xtensa: { tool: 'xtensa-lx106-elf-ld', args: ['--no-relax'] },
  x86: { tool: 'ld', args: ['-m', 'elf_i386'] },
  x64: { tool: 'ld', args: ['-m', 'elf_x86_64'] },
};

for (const branch of BRANCHES) {
  const linker = LINKERS[branch.arch];
  // GNU ld has no rule for cbz to another section, and takes the addend in an 8-bit field of x86 for a positive number.
  if (linker === undefined || branch.type === 52 || (branch.arch === 'x86' && branch.type === 23)) continue;
  testWith(
    { tool: linker.tool },
    `${branch.arch} ${branch.name} (type ${branch.type}) is encoded as GNU ld encodes it`,
    (t) => {
      for (const distance of distancesOf(branch).filter((_, i, all) => i % 8 === 0 || i >= all.length - 4)) {
        const expected = gnuCode(linker, branch, distance);
        const { view, at } = linkedCode(branch, distance);
        const own = Buffer.from(view.buffer as ArrayBuffer, view.byteOffset + at, branch.code.length);
        t.is(own.toString('hex'), expected.toString('hex'), `distance ${distance}`);
      }
    },
  );
}

/** Links the same object with GNU ld, as a raw image. */
function gnuCode({ tool, args }: { tool: string; args: readonly string[] }, branch: Branch, distance: number): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'natmod-ld-'));
  try {
    const { at, objects } = made(branch, distance, true);
    writeFileSync(join(folder, 'branch.o'), objects[0]!.bytes);
    const options = ['-Ttext=0x10000', '--entry=0', '-o', 'branch.elf'];
    run(tool, [...args, ...options, 'branch.o'], folder);
    const file = readFileSync(join(folder, 'branch.elf'));
    const start = textOffset(file) + at;
    return file.subarray(start, start + branch.code.length);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Where .text starts in a linked ELF file. */
function textOffset(file: Buffer): number {
  const is64 = file[4] === 2;
  const word = (at: number) => (is64 ? Number(file.readBigUInt64LE(at)) : file.readUInt32LE(at));
  const table = word(is64 ? 40 : 32);
  const entry = is64 ? 64 : 40;
  const at = is64 ? 60 : 48;
  const offsetOf = (index: number) => word(table + index * entry + (is64 ? 24 : 16));
  const names = offsetOf(file.readUInt16LE(at + 2));
  for (let i = 0; i < file.readUInt16LE(at); i++) {
    const name = names + file.readUInt32LE(table + i * entry);
    if (file.toString('latin1', name, name + 6) === '.text\0') return offsetOf(i);
  }
  throw new Error('no .text');
}
