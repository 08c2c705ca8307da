import test from 'ava';
import { type ArchName, archByName } from '../../natmod-rules/arch/index.ts';
import { STT_FUNC } from '../../natmod-rules/elf/constants.ts';
import { readObject } from '../../natmod-rules/elf/object.ts';
import { linkMap, type Piece, reductionsOf, whySymbol } from '../../natmod-rules/link/explain/index.ts';
import { COMPACT_PASSES, type CompactChoice } from '../../natmod-rules/link/shrink/passes.ts';
import { readMpy } from '../../natmod-rules/package/index.ts';
import { measure } from '../../natmod-rules/size/index.ts';
import { compile } from '../support/compile.ts';
import { type LinkResult, link } from '../support/link.ts';
import type { LinkObject } from '../support/link-fixtures.ts';
import { linkObjects, madeObjects } from '../support/link-made.ts';
import { TEXT_FLAGS } from '../support/make-object.ts';
import { archesWithCompiler } from '../support/needs.ts';

const SOURCES = {
  'main.c': `extern const long mp_fun_table[];
long helper(long x);
long level = 40;
long cells[5];
static char name[] = "made here";
const char *const words[] = {"a longer beta", "beta"};
__attribute__((noinline)) int never_used(int x) { return x * 7; }
int used_by_unused(int x) { return never_used(x) + 1; }
__attribute__((noinline)) static long inner(long x) { cells[x & 3] += x; return helper(x) + helper(x + 1) + level++; }
static long entry(long x) { name[0] = words[x & 1][0]; return inner(x) + name[1] + mp_fun_table[x]; }
const struct { long kind; long (*call)(long); } entry_obj = {3, entry};
const void *mpy_init(void) { return &entry_obj; }
`,
  'helper.c': `__attribute__((noinline)) long leaf(long x) { return (x << 3) ^ (x >> 2); }
long helper(long x) { return leaf(x) + leaf(x * 5) - leaf(x - 3); }
`,
};

/** Without initialised variables, which a plain link refuses. */
const PLAIN = {
  'main.c': `long helper(long x);
__attribute__((noinline)) long entry(long x) { return helper(x) - 1; }
long mpy_init(long x) { return entry(x) + 3; }
`,
  'helper.c': SOURCES['helper.c'],
};

/** Passes that leave the start and the end of functions as they are. */
const UNBROKEN = COMPACT_PASSES.filter((pass) => pass !== 'outline' && pass !== 'share-literals');

type Linked = LinkResult & { readonly objects: readonly LinkObject[] };

function build(arch: ArchName, sources: Readonly<Record<string, string>>, compact: CompactChoice): Linked {
  const data = archByName(arch);
  const objects = compile(arch, sources, { flags: compact === false ? [] : data.compactFlags });
  return { ...link({ arch: data, objects, qstrs: [], sourceName: 'made.mpy', compact }), objects };
}

for (const arch of archesWithCompiler()) {
  test(`${arch}: the map has every byte of every block once, with symbols that fill their sections`, (t) => {
    const { image, mpy } = build(arch, SOURCES, true);
    const pieces = linkMap(image);
    for (const block of ['text', 'rodata', 'bss'] as const) {
      let end = 0;
      for (const piece of pieces.filter((p) => p.block === block)) {
        t.is(piece.address, end, `${piece.section} of ${piece.object}`);
        end += piece.size;
        t.deepEqual(extent(piece), { start: 0, end: piece.size });
        // Every function has a section of its own.
        if (piece.section.startsWith('.text.')) t.is(piece.parts.length, 1, JSON.stringify(piece));
      }
      t.is(end, image.size[block]);
    }
    const { kinds, blocks, file, other, relocations } = measure({ module: 'made', arch }, mpy, 'made.mpy', pieces);
    t.is(kinds!.text + kinds!.rodata + kinds!.data + kinds!.got, blocks.text + blocks.rodata);
    t.is(kinds!.bss, blocks.bss);
    t.is(kinds!.text + kinds!.rodata + kinds!.data + kinds!.got + relocations.bytes + other, file);
  });

  test(`${arch}: symbols are where the map has them, with the size they have after all passes`, (t) => {
    for (const compact of [false, UNBROKEN]) {
      const { image, mpy, objects } = build(arch, compact === false ? PLAIN : SOURCES, compact);
      const root = readMpy(mpy, 'made.mpy').root;
      const text = root.kind === 'native' ? root.text : new Uint8Array(0);
      const functions = linkMap(image).flatMap((piece) =>
        piece.kind !== 'text' ? [] : piece.parts.map((part) => ({ ...part, at: piece.address + part.offset, piece })),
      );
      let compared = 0;
      for (const { name, at, size, piece } of functions) {
        const code = codeOf(objects, piece, name, arch);
        if (code === undefined) continue;
        t.true(size <= code.bytes.length && size > 0, name);
        const here = text.subarray(at, at + size);
        // Code that lost bytes is the same at its start and its end.
        const same = size === code.bytes.length ? code.bytes.map((_, i) => i) : [0, 1, -2, -1];
        for (const i of same) {
          const offset = i < 0 ? code.bytes.length + i : i;
          if (!code.patched.has(offset)) t.is(here.at(i), code.bytes.at(i), `${name}+${i}`);
        }
        compared++;
      }
      t.true(compared >= (compact === false ? 2 : 4), `${compared} functions`);
    }
  });

  test(`${arch}: what was left out is told with its size, and what leads to what stayed`, (t) => {
    const { image } = build(arch, SOURCES, true);
    const { dropped, merged } = reductionsOf(image);
    const names = dropped.flatMap(({ symbols }) => symbols);
    for (const name of ['never_used', 'used_by_unused']) t.true(names.includes(name), name);
    t.true(dropped.every(({ size }) => size > 0));
    t.true(merged.after <= merged.before);
    const [reached] = whySymbol(image, 'leaf');
    t.is(reached?.kind, 'reached');
    const chain = reached?.kind === 'reached' ? reached.chain.map((step) => step.symbol) : [];
    t.is(chain[0], 'mpy_init');
    t.deepEqual(chain.slice(-2), ['helper', 'leaf']);
    t.true(chain.includes('entry_obj'), chain.join(' '));
    t.true(chain.includes('entry'), chain.join(' '));
    const [gone] = whySymbol(image, 'never_used');
    t.like(gone, { kind: 'dropped', referredBy: ['used_by_unused'] });
    t.like(whySymbol(image, 'used_by_unused')[0], { kind: 'dropped', referredBy: [] });
    t.like(whySymbol(image, 'mp_fun_table')[0], { kind: 'outside', what: 'mp_fun_table' });
    const [unknown] = whySymbol(image, 'never_written');
    t.true(unknown?.kind === 'unknown' && unknown.names.includes('helper'));
  });
}

function extent({ parts }: Piece): { start: number; end: number } | undefined {
  const joined = parts.every((part, i) => i === 0 || part.offset === parts[i - 1]!.offset + parts[i - 1]!.size);
  const last = parts.at(-1)!;
  return joined ? { start: parts[0]!.offset, end: last.offset + last.size } : undefined;
}

/** The code of a function as its object has it; `patched` are the offsets that a linker may change. */
function codeOf(objects: readonly LinkObject[], piece: Piece, name: string, arch: ArchName) {
  const found = objects.find((object) => object.name === piece.object);
  if (found === undefined) return undefined;
  const object = readObject(found.bytes, found.name);
  const symbol = object.symbols.find((s) => s.name === name && s.type === STT_FUNC);
  const section = symbol && object.sections[symbol.shndx];
  if (symbol === undefined || section === undefined || symbol.size === 0) return undefined;
  const start = archByName(arch).family === 'arm' ? symbol.value & ~1 : symbol.value;
  const patched = new Set(
    section.relocations.flatMap((r) => Array.from({ length: 12 }, (_, i) => r.offset - start + i - 3)),
  );
  return { bytes: [...section.data.subarray(start, start + symbol.size)], patched };
}

test('a plain link leaves nothing out, and says so of what nothing refers to', (t) => {
  const ret = { flags: TEXT_FLAGS, align: 1, data: Uint8Array.of(0xc3) };
  const objects = madeObjects('x64', {
    'one.o': {
      sections: [
        { ...ret, name: '.text.mpy_init' },
        { ...ret, name: '.text.idle' },
      ],
      symbols: ['mpy_init', 'idle'].map((name) => ({ name, section: `.text.${name}` })),
    },
  });
  const { image } = linkObjects('x64', objects);
  t.deepEqual(reductionsOf(image), {
    dropped: [],
    merged: { sections: 0, before: 0, after: 0 },
    folded: [],
    shortened: [],
    made: [],
    slots: [],
  });
  t.is(whySymbol(image, 'idle')[0]?.kind, 'kept-anyway');
});

test('symbols that overlap, reach outside or share bytes are cut so that no byte counts twice', (t) => {
  const code = Uint8Array.from({ length: 16 }, () => 0xc3);
  const at = (name: string, value: number, size: number) => ({ name, section: '.text', value, size });
  const objects = madeObjects('x64', {
    'one.o': {
      sections: [{ name: '.text', flags: TEXT_FLAGS, align: 1, data: code }],
      symbols: [
        at('mpy_init', 0, 6),
        at('twin', 0, 6),
        at('inside', 2, 2),
        at('across', 4, 6),
        at('huge', 12, 0x7fffffff),
        at('label', 11, 0),
      ],
    },
  });
  const { image } = link({ arch: archByName('x64'), objects, qstrs: [], sourceName: 'm.mpy' });
  const [piece] = linkMap(image);
  t.deepEqual(
    piece?.parts.map(({ name, offset, size }) => [name, offset, size]),
    [
      ['mpy_init', 0, 6],
      ['across', 6, 4],
      ['.text', 10, 1],
      ['label', 11, 1],
      ['huge', 12, 4],
    ],
  );
  t.deepEqual(piece?.parts[0]?.aliases, ['twin']);
});
