/** What only the level `size` does to code, run: division without a library, and loads of bytes that share code. */
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { archByName } from '../../natmod-rules/arch/index.ts';
import { COMPACT_PASSES } from '../../natmod-rules/link/shrink/passes.ts';
import { HARNESS_TOOLS } from '../../tasks/run/xtensa.ts';
import { makefile, withRig } from '../flow/support/rig.ts';
import { runNatmod } from '../make/support/doors.ts';
import { compile } from '../support/compile.ts';
import { link } from '../support/link.ts';
import { testWith } from '../support/needs.ts';

const DIVISION = `
  #include "py/dynruntime.h"
  static mp_obj_t divide(mp_obj_t buffer) {
    mp_buffer_info_t info;
    mp_get_buffer_raise(buffer, &info, MP_BUFFER_RW);
    unsigned *p = info.buf;
    for (size_t i = 0; i + 5 < info.len / 4; i += 6) {
      unsigned n = p[i], d = p[i + 1];
      p[i + 2] = n / d; p[i + 3] = n % d;
      if (n == 0x80000000u && d == ~0u) continue;
      p[i + 4] = (int)n / (int)d; p[i + 5] = (int)n % (int)d;
    }
    return mp_const_none;
  }
  static MP_DEFINE_CONST_FUN_OBJ_1(divide_obj, divide);
  mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_divide, MP_OBJ_FROM_PTR(&divide_obj));
    MP_DYNRUNTIME_INIT_EXIT
  }`;

/** Numbers around every power of two, by each other. */
const ASK = `
import mod, struct
near = sorted({(x + y) & 0xffffffff for x in [0] + [1 << i for i in range(0, 32, 3)] + [1 << 31] for y in (-1, 0, 1, 7)})
pairs = [(n, d) for n in near for d in near if d]
signed = lambda x: x - (1 << 32) if x >> 31 else x
buffer = bytearray(b''.join(struct.pack('<6I', n, d, 0, 0, 0, 0) for n, d in pairs))
mod.divide(buffer)
wrong = 0
for i, (n, d) in enumerate(pairs):
    s, t = signed(n), signed(d)
    q = abs(s) // abs(t) * (1 if (s < 0) == (t < 0) else -1)
    want = [n // d, n % d] + ([0, 0] if (s, t) == (-1 << 31, -1) else [q & 0xffffffff, (s - q * t) & 0xffffffff])
    wrong += list(struct.unpack_from('<4I', buffer, 24 * i + 8)) != want
print(len(pairs), 'pairs', wrong, 'wrong')
`;

testWith(
  { compiler: 'armv6m', runtime: 'armv6m', tool: 'make' },
  'armv6m: division that the linker writes gives what Python gives, in 600 bytes less than that of the library',
  (t) =>
    withRig(async ({ dir, module }) => {
      const folder = module('division', { Makefile: makefile('SRC = mod.c\nLINK_RUNTIME = 1'), 'mod.c': DIVISION });
      const script = join(dir, 'ask.py');
      writeFileSync(script, ASK);
      const sizes: number[] = [];
      for (const level of ['balanced', 'size']) {
        const words = ['--arch', 'armv6m', '--out', join(dir, level), '--optimize', level];
        const { exitCode, stdout, stderr } = await runNatmod(folder, ['run', ...words, script]);
        t.is(exitCode, 0, stdout + stderr);
        t.regex(stdout, /\n?\d{4} pairs 0 wrong/, level);
        sizes.push(statSync(join(dir, level, 'armv6m', 'mod.mpy')).size);
      }
      t.true(sizes[1]! + 600 < sizes[0]!, sizes.join(' '));
      // Who has a say in division by zero keeps the routines that ask.
      const own = DIVISION.replace('static', 'int __aeabi_idiv0(int x) { return x + 1; }\n  static');
      writeFileSync(join(folder, 'mod.c'), own);
      const built = await runNatmod(folder, ['build', '--arch', 'armv6m', '--out', dir, '--optimize', 'size']);
      t.is(built.exitCode, 0, built.stdout + built.stderr);
      t.true(statSync(join(dir, 'armv6m', 'mod.mpy')).size > sizes[1]! + 600);
    }),
);

const COUNT = 9;
/** Leaves that load bytes and half-words to many registers, entered by their addresses only. */
const LEAVES = Array.from(
  { length: COUNT },
  (_, k) => `__attribute__((noinline)) static int f${k}(const unsigned char *p, int i) {
    const unsigned short *h = (const unsigned short *)p;
    int s = p[i] * ${k + 3} + p[i + ${k + 1}]; if (s & 1) return s ^ p[${k}];
    ${k % 2 === 0 ? '' : `for (int j = 0; j < ${k + 2}; j++) s += h[j] ^ p[j + i];`}
    return s + p[i ^ 1] + h[${k}]; }`,
).join('\n');

/** Loads to one register from several, as GCC writes them: `g` returns p[i] + p[0]. */
const LOADS = [0, 1, 2]
  .map((k) => {
    const load = (from: string) =>
      `ssa8l ${from}; srli a7, ${from}, 2; slli a7, a7, 2; l32i.n a7, a7, 0; srl a7, a7; extui a7, a7, 0, 8`;
    return `.section .text.g${k}, "ax"; .align 4; .globl g${k}
      g${k}: add.n a${4 + k}, a2, a3; ${load(`a${4 + k}`)}; mov.n a${9 + k}, a2; mov.n a8, a7; ${load(`a${9 + k}`)}
      add.n a2, a7, a8; ret.n`;
  })
  .join('\n');
const TABLE = `int g0(const unsigned char *, int), g1(const unsigned char *, int), g2(const unsigned char *, int);
  static int (*const table[])(const unsigned char *, int) =
    {${Array.from({ length: COUNT }, (_, k) => `f${k}`).join()}, g0, g1, g2};`;

function leaf(k: number, p: Buffer, i: number): number {
  if (k >= COUNT) return p[i]! + p[0]!;
  let s = p[i]! * (k + 3) + p[i + k + 1]!;
  if (s & 1) return s ^ p[k]!;
  for (let j = 0; j < k + 2 && k % 2 === 1; j++) s += p.readUInt16LE(2 * j) ^ p[j + i]!;
  return s + p[i ^ 1]! + p.readUInt16LE(2 * k);
}

testWith(
  { compiler: 'xtensa', tool: [...HARNESS_TOOLS, 'make'] },
  'xtensa: functions give what they gave where they share loads, keep their return address elsewhere and begin anywhere',
  (t) =>
    withRig(async ({ dir, module }) => {
      const source = `
        #include "py/dynruntime.h"
        ${LEAVES}
        ${TABLE}
        static mp_obj_t ask(mp_obj_t buffer, mp_obj_t k, mp_obj_t i) {
          mp_buffer_info_t info; mp_get_buffer_raise(buffer, &info, MP_BUFFER_READ);
          return mp_obj_new_int(table[mp_obj_get_int(k)](info.buf, mp_obj_get_int(i)));
        }
        static MP_DEFINE_CONST_FUN_OBJ_3(ask_obj, ask);
        mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
          MP_DYNRUNTIME_INIT_ENTRY
          mp_store_global(MP_QSTR_ask, MP_OBJ_FROM_PTR(&ask_obj));
          MP_DYNRUNTIME_INIT_EXIT
        }`;
      const text = 'The five boxing wizards jump quickly!';
      const calls = Array.from({ length: 8 * (COUNT + 3) }, (_, n) => ({ k: n >> 3, i: n & 7 }));
      const list = calls.map(({ k, i }) => ({
        call: 'ask',
        args: [{ bytes: text }, k, i],
        gives: `${leaf(k, Buffer.from(text), i)}`,
      }));
      const files = { Makefile: makefile('SRC = mod.c loads.S'), 'mod.c': source, 'loads.S': LOADS };
      const folder = module('leaves', { ...files, 'test_mod.calls.json': JSON.stringify(list) });
      for (const level of ['balanced', 'size']) {
        const words = ['test', '--arch', 'xtensa', '--out', join(dir, level), '--optimize', level];
        const { exitCode, stdout, stderr } = await runNatmod(folder, words);
        t.is(exitCode, 0, stdout + stderr);
        t.regex(stdout + stderr, /passed/, level);
      }

      const arch = archByName('xtensa');
      const bare = `${LEAVES}\n${TABLE}\nconst void *mpy_init(void) { return table; }`;
      const objects = compile(
        'xtensa',
        { 'm.c': bare, 'loads.S': LOADS },
        { flags: [...arch.compactFlags, ...arch.sizeFlags] },
      );
      const make = (without: string) => {
        const compact = COMPACT_PASSES.filter((pass) => pass !== without);
        return link({ arch, objects, qstrs: [], sourceName: 'm.mpy', compact }).image;
      };
      const { chunks, place } = make('none');
      const leaves = chunks.filter(({ name }) => /^\.text\.f\d/.test(name));
      t.is(leaves.length, COUNT);
      t.true(leaves.some((chunk) => place.get(chunk)!.address % 4 !== 0));
      t.true(make('sort-sections').chunks.every(({ role, align }) => role !== 'text' || align === 4));
      // mov.n aN, a0 is what each begins with that gave up a0.
      const freed = leaves.filter(({ data }) => (data[0]! & 15) === 13 && data[1] === 0);
      t.true(freed.length > 2, `${freed.length}`);
      t.true(chunks.filter(({ name }) => name.startsWith('.text.outlined')).length > 2);
    }),
);
