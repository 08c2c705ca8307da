import test from 'ava';
import { ARCHES, type ArchName, archByName } from '../../natmod-rules/arch/index.ts';
import { SHF_ALLOC, SHF_MERGE, SHF_STRINGS } from '../../natmod-rules/elf/constants.ts';
import type { CompactPass } from '../../natmod-rules/link/shrink/passes.ts';
import { type NativeCode, readMpy } from '../../natmod-rules/package/index.ts';
import { buildModule, compile } from '../support/compile.ts';
import { link } from '../support/link.ts';
import { linkObjects, madeObjects, problemsOf } from '../support/link-made.ts';
import { type MadeSection, TEXT_FLAGS } from '../support/make-object.ts';
import { testWith } from '../support/needs.ts';
import { EMULATOR, type RiscvArch, runInModule } from '../support/riscv-run.ts';
import { runMicroPython } from '../support/run.ts';

/** The same functions in every file, as templates and macros make them; compilers see one file at a time. */
const twin = (file: string, seed = 7) => `
__attribute__((noinline)) int leaf_${file}(int x) { return (x * ${seed}) ^ (x >> 3); }
__attribute__((noinline)) int caller_${file}(int x) { return leaf_${file}(x + 1) - leaf_${file}(x - 2); }
__attribute__((noinline)) int odd_${file}(unsigned x);
__attribute__((noinline)) int even_${file}(unsigned x) { return x == 0 ? 1 : 3 * odd_${file}(x - 1) + 1; }
__attribute__((noinline)) int odd_${file}(unsigned x) { return x == 0 ? 5 : 3 * even_${file}(x - 1) + 1; }
__attribute__((noinline)) int near_${file}(int x) { return leaf_${file}(x) + ${seed + 1}; }
__attribute__((noinline)) int shown_${file}(int x) { return x + 0x1234; }
__attribute__((noinline)) int through_${file}(int x) { return shown_${file}(x) * 3; }
__attribute__((noinline)) int (*look_${file}(void))(int) { return shown_${file}; }
`;
const DECLARE = (file: string) =>
  ['leaf', 'caller', 'near', 'shown', 'through'].map((name) => `int ${name}_${file}(int);`).join(' ') +
  ` int even_${file}(unsigned); int odd_${file}(unsigned); int (*look_${file}(void))(int);`;
const sum = (file: string) => `caller_${file}(x) + even_${file}(x & 7) + near_${file}(x) + through_${file}(x)`;
const SOURCES = {
  'main.c': `${DECLARE('a')} ${DECLARE('b')}
int sums(int x) { return (${sum('a')}) * 31 + ${sum('b')}; }
int same(int x) { return look_a() == look_b() ? 1000 : look_a()(x) == look_b()(x); }
static void *const table[] = {(void *)sums, (void *)same};
const void *mpy_init(void) { return table; }`,
  'a.c': twin('a'),
  'b.c': twin('b'),
};

const PASSES: readonly CompactPass[] = ['gc-sections', 'variables', 'icf'];

/** Names of the functions that the module of `SOURCES` has. */
function functionsOf(arch: ArchName, compact: readonly CompactPass[]): string[] {
  const data = archByName(arch);
  const objects = compile(arch, SOURCES, { flags: [...data.compactFlags, '-ffunction-sections'] });
  const { image } = link({ arch: data, objects, qstrs: [], sourceName: 'm.mpy', compact });
  return image.chunks
    .filter(({ role, section }) => role === 'text' && section !== undefined)
    .map(({ name }) => name.replace(/^\.text\./, ''))
    .sort();
}

for (const { name: arch } of ARCHES) {
  testWith(
    { compiler: arch },
    `${arch}: equal functions are kept once, and those whose address is looked at stay`,
    (t) => {
      const kept = functionsOf(arch, PASSES);
      const both = (name: string) => [`${name}_a`, `${name}_b`].filter((f) => kept.includes(f)).length;
      t.is(both('shown'), 2);
      // They call what stays twice, or return its address.
      t.deepEqual([both('through'), both('look')], [2, 2]);
      const calls = { leaf: both('leaf'), caller: both('caller'), near: both('near'), even: both('even') };
      // Calls of the ESP8266 load the address of the callee, so that only what calls nothing and is not called is sure.
      if (archByName(arch).family === 'xtensa') t.true(Object.values(calls).every((n) => n >= 1));
      else t.deepEqual(calls, { leaf: 1, caller: 1, near: 1, even: 1 });
      t.true(functionsOf(arch, ['gc-sections', 'variables']).length > kept.length);
    },
  );
}

const MODULE = {
  'twins.c': `#include "py/dynruntime.h"
${DECLARE('a')} ${DECLARE('b')}
static mp_obj_t sums(mp_obj_t n) { mp_int_t x = mp_obj_get_int(n); return mp_obj_new_int(${sum('a')} - (${sum('b')})); }
static MP_DEFINE_CONST_FUN_OBJ_1(sums_obj, sums);
static mp_obj_t value(mp_obj_t n) { mp_int_t x = mp_obj_get_int(n); return mp_obj_new_int(${sum('b')}); }
static MP_DEFINE_CONST_FUN_OBJ_1(value_obj, value);
static mp_obj_t same(void) { return mp_obj_new_bool(look_a() == look_b()); }
static MP_DEFINE_CONST_FUN_OBJ_0(same_obj, same);
mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_sums, MP_OBJ_FROM_PTR(&sums_obj));
    mp_store_global(MP_QSTR_value, MP_OBJ_FROM_PTR(&value_obj));
    mp_store_global(MP_QSTR_same, MP_OBJ_FROM_PTR(&same_obj));
    MP_DYNRUNTIME_INIT_EXIT
}
`,
  'a.c': twin('a'),
  'b.c': twin('b'),
};

/** `value` of the module above, as C has it. */
function expected(x: number): number {
  const leaf = (n: number) => (n * 7) ^ (n >> 3);
  const even = (n: number): number => (n === 0 ? 1 : 3 * odd(n - 1) + 1);
  const odd = (n: number): number => (n === 0 ? 5 : 3 * even(n - 1) + 1);
  return leaf(x + 1) - leaf(x - 2) + even(x & 7) + leaf(x) + 8 + (x + 0x1234) * 3;
}

for (const arch of ['x64', 'armv7m'] as const) {
  testWith({ compiler: arch, runtime: arch }, `${arch}: folded functions give the same values`, async (t) => {
    const { mpy, image } = buildModule(arch, 'twins', MODULE, { compact: true, flags: ['-ffunction-sections'] });
    t.is(image.chunks.filter(({ name }) => /leaf_[ab]$/.test(name)).length, 1);
    const script = 'import twins\nfor n in (0, 5, 6, 1000):\n    print(twins.sums(n), twins.value(n), twins.same())\n';
    const { stdout, stderr } = await runMicroPython(arch, { files: { 'twins.mpy': mpy }, script });
    t.is(stdout, [0, 5, 6, 1000].map((n) => `0 ${expected(n)} False\n`).join(''), stderr);
  });
}

for (const arch of ['rv32imc', 'rv64imc'] as const satisfies readonly RiscvArch[]) {
  testWith({ compiler: arch, tool: EMULATOR[arch] }, `${arch}: folded functions give the same values`, (t) => {
    const data = archByName(arch);
    const objects = compile(arch, SOURCES, { flags: data.compactFlags });
    const make = (compact: boolean) => link({ arch: data, objects, qstrs: [], sourceName: 'm.mpy', compact });
    const calls = [0, 5, 6, 1000].flatMap((n) => [0, 1].map((f) => ({ function: f, type: 'int' as const, args: [n] })));
    const small = make(true).mpy;
    t.deepEqual(runInModule(arch, small, calls, [0]), runInModule(arch, make(false).mpy, calls, [0]));
    t.true(small.length < make(false).mpy.length);
  });
}

/** Two sections with the bytes of a call and a return, and an entry that calls both. */
function pair(second: Partial<MadeSection>, extra: readonly MadeSection[] = []) {
  const call = (symbol: string) => [{ offset: 1, type: 4, symbol, addend: -4 }];
  const code = Uint8Array.of(0xe8, 0, 0, 0, 0, 0xc3);
  const text = { flags: TEXT_FLAGS, align: 1, data: code };
  const both = [...call('one'), ...call('two').map((r) => ({ ...r, offset: r.offset + code.length }))];
  const sections = [
    { ...text, name: '.text.mpy_init', data: Buffer.concat([code, code]), relocations: both },
    { ...text, name: '.text.one', relocations: call('out') },
    { ...text, name: '.text.two', relocations: call('out'), ...second },
    { ...text, name: '.text.out', data: Uint8Array.of(0xc3) },
    { ...text, name: '.text.other', data: Uint8Array.of(0x90, 0xc3) },
    ...extra,
  ];
  const symbols = ['mpy_init', 'one', 'two', 'out', 'other'].map((name) => ({ name, section: `.text.${name}` }));
  return madeObjects('x64', { 'pair.o': { sections, symbols } });
}

function isFolded(objects: ReturnType<typeof pair>): boolean {
  const arch = archByName('x64');
  const { image } = link({ arch, objects, qstrs: [], sourceName: 'm.mpy', compact: ['icf'] });
  return !image.chunks.some(({ name }) => name === '.text.two');
}

test('equal bytes with equal targets are one function; anything else that differs keeps both', (t) => {
  t.true(isFolded(pair({})));
  const call = { offset: 1, type: 4, symbol: 'out', addend: -4 };
  t.false(isFolded(pair({ data: Uint8Array.of(0xe8, 0, 0, 0, 0, 0xc3, 0x90) })));
  t.false(isFolded(pair({ data: Uint8Array.of(0xe8, 0, 0, 0, 0, 0x90) })));
  t.false(isFolded(pair({ relocations: [{ ...call, symbol: 'other' }] })));
  t.false(isFolded(pair({ relocations: [{ ...call, addend: -3 }] })));
  t.false(isFolded(pair({ relocations: [{ ...call, type: 2 }] })));
  t.false(isFolded(pair({ relocations: [] })));
  t.false(isFolded(pair({ align: 16 })));
});

test('a function whose address is stored, computed or told by a distance stays where it is', (t) => {
  const word = { name: '.rodata', align: 8, data: 8 };
  const of = (type: number, symbol: string) => [{ offset: 0, type, symbol }];
  for (const type of [1, 2, 4, 24]) {
    // One of both may be looked at: the other goes.
    t.true(isFolded(pair({}, [{ ...word, relocations: of(type, 'one') }])), `type ${type}`);
    const second = { ...word, name: '.rodata.b', relocations: of(type, 'two') };
    t.false(isFolded(pair({}, [{ ...word, relocations: of(type, 'one') }, second])), `type ${type}`);
  }
  // Its own address, told to others.
  const self = (symbol: string) => [{ offset: 1, type: 2, symbol, addend: -4 }];
  t.false(isFolded(pair({ relocations: self('two') })));
});

test('without the pass nothing is folded', (t) => {
  const { image } = linkObjects('x64', pair({}));
  t.true(image.chunks.some(({ name }) => name === '.text.two'));
});

/** A string that is merged, and a table whose relocation names the section of a function that refers to the string. */
const REWRITTEN = (type: number) =>
  madeObjects('x64', {
    'main.o': {
      sections: [
        {
          name: '.text.mpy_init',
          flags: TEXT_FLAGS,
          data: 8,
          relocations: [{ offset: 0, type: 1, symbol: 'tab' }],
        },
        { name: '.rodata.s', flags: SHF_ALLOC | SHF_MERGE | SHF_STRINGS, entrySize: 1, data: Buffer.from('hello\0') },
        {
          name: '.text.helper',
          flags: TEXT_FLAGS,
          align: 8,
          data: 16,
          relocations: [{ offset: 8, type: 1, symbol: '.rodata.s' }],
        },
        { name: '.rodata', align: 8, data: 8, relocations: [{ offset: 0, type, symbol: '.text.helper', addend: 8 }] },
      ],
      symbols: [
        { name: 'mpy_init', section: '.text.mpy_init' },
        { name: 'tab', section: '.rodata' },
      ],
    },
  });

test('a relocation against a section that only names merged strings keeps its addend, and one of an unknown type is told', (t) => {
  const arch = archByName('x64');
  const linked = (type: number) =>
    link({
      arch,
      objects: REWRITTEN(type),
      qstrs: [],
      sourceName: 'm.mpy',
      compact: ['gc-sections', 'merge-constants'],
    });
  const { image, mpy } = linked(1);
  const addressOf = (name: string) => image.place.get(image.chunks.find((chunk) => chunk.name === name)!)!.address;
  const text = Buffer.from((readMpy(mpy, 'm.mpy').root as NativeCode).text);
  t.is(Number(text.readBigUInt64LE(addressOf('.rodata'))), addressOf('.text.helper') + 8);
  t.is(Number(text.readBigUInt64LE(addressOf('.text.helper') + 8)), addressOf('.rodata.s'));
  const [problem] = problemsOf(() => linked(32));
  t.is(problem?.code, 'unknown-relocation');
});
