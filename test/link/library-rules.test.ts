import { archByName } from '../../natmod-rules/arch/index.ts';
import { readArchive } from '../../natmod-rules/elf/archive.ts';
import { definedSymbols } from '../../natmod-rules/elf/object.ts';
import type { Library } from '../../natmod-rules/link/read/libraries.ts';
import { archive } from '../elf/make-archive.ts';
import { compile } from '../support/compile.ts';
import { type LinkResult, link } from '../support/link.ts';
import type { LinkObject } from '../support/link-fixtures.ts';
import { problemsOf } from '../support/link-made.ts';
import { testWith } from '../support/needs.ts';

/** One architecture for each family that has its own way to reach symbols. */
const ARCHES = ['x64', 'x86', 'armv6m', 'armv7m', 'rv32imc', 'rv64imc', 'xtensa'] as const;
type Name = (typeof ARCHES)[number];

const INIT = 'long mpy_init(void *self, long n, long m, void *args)';

/**
 * A library of one member per source, `name.o` by the key; keys that differ only behind a `#` make members of one name.
 */
function library(arch: Name, file: string, sources: Record<string, string>, flags: string[] = []): Library {
  const members = Object.entries(sources).map(([name, source]) => {
    const [object] = compile(arch, { 'member.c': source }, { flags });
    return { name: `${name.replace(/#.*/, '')}.o/`, data: object!.bytes };
  });
  return readArchive(archive(...members), file, { definedSymbols });
}

function linkWith(arch: Name, main: string, libraries: Library[], flags: string[] = []) {
  const objects: LinkObject[] = compile(arch, { 'main.c': main }, { flags });
  const options = { arch: archByName(arch), objects, qstrs: [], sourceName: 'm.mpy', libraries };
  const result: LinkResult = link(options);
  const members = [...new Set(result.image.chunks.map((chunk) => chunk.object))].filter((name) => name.includes('('));
  return { result, options, members };
}

for (const arch of ARCHES) {
  const needed = { compiler: arch } as const;

  testWith(
    needed,
    `${arch}: members are pulled when they are needed, also by other members, and in a fixed order`,
    (t) => {
      const chain = library(arch, 'a.a', {
        last: 'long c(long x) { return x + 4; }',
        unused: 'long unused(long x) { return x; } long also_unused;',
        middle: 'long c(long x); long b(long x) { return c(x) + 2; }',
        first: 'long b(long x); long a(long x) { return b(x) + 1; }',
      });
      const { result, options, members } = linkWith(arch, `long a(long x); ${INIT} { return a(n); }`, [chain]);
      t.deepEqual(members, ['a.a(first.o)', 'a.a(middle.o)', 'a.a(last.o)']);
      t.deepEqual(link(options).mpy, result.mpy);
    },
  );

  testWith(needed, `${arch}: the first library that defines a symbol is taken, whatever the later ones have`, (t) => {
    const one = library(arch, 'one.a', { x: 'long f(long x) { return x + 1; }' });
    const two = library(arch, 'two.a', { y: 'long f(long x) { return x + 2; }', z: 'long g(long x) { return x; }' });
    const main = `long f(long x); long g(long x); ${INIT} { return f(n) + g(m); }`;
    t.deepEqual(linkWith(arch, main, [one, two]).members, ['one.a(x.o)', 'two.a(z.o)']);
    t.deepEqual(linkWith(arch, main, [two, one]).members, ['two.a(y.o)', 'two.a(z.o)']);
  });

  testWith(needed, `${arch}: members of one name are different members`, (t) => {
    const same = library(arch, 'a.a', {
      'same#1': 'static long v; long f(long x) { return v += x; }',
      'same#2': 'static long v; long g(long x) { return v -= x; }',
    });
    const { members, result } = linkWith(arch, `long f(long x); long g(long x); ${INIT} { return f(n) + g(m); }`, [
      same,
    ]);
    t.is(members.length, 2);
    t.is(result.image.chunks.filter(({ role }) => role === 'bss').length, 2);
  });

  testWith(needed, `${arch}: an undefined weak symbol pulls nothing, a weak definition of the module stays`, (t) => {
    const one = library(arch, 'a.a', {
      maybe: 'long maybe(long x) { return x + 1; }',
      own: 'long own(long x) { return x + 1; }',
    });
    const main = `__attribute__((weak)) long maybe(long x); __attribute__((weak)) long own(long x) { return x; }
      ${INIT} { return (maybe ? maybe(n) : 0) + own(m); }`;
    t.deepEqual(linkWith(arch, main, [one]).members, []);
  });

  testWith(
    needed,
    `${arch}: a strong definition in a member goes before the weak one of a member that came first`,
    (t) => {
      const sections = ['-ffunction-sections'];
      const weak =
        '__attribute__((weak)) long f(long x) { return x; } long g(long x); long start(long x) { return f(x) + g(x); }';
      const strong = 'long g(long x) { return x; } long f(long x) { return x + 1; }';
      const one = library(arch, 'a.a', { weak, strong }, sections);
      const { members, result } = linkWith(arch, `long start(long x); ${INIT} { return start(n); }`, [one]);
      t.deepEqual(members, ['a.a(weak.o)', 'a.a(strong.o)']);
      const { chunks, resolve } = result.image;
      const targets = chunks.flatMap(({ relocations, words }) => [
        ...relocations.map(({ symbol }) => resolve(symbol)),
        ...words.map(({ target }) => target),
      ]);
      const used = targets.flatMap((target) =>
        target.kind === 'chunk' && target.chunk.name === '.text.f' ? [target.chunk.object] : [],
      );
      t.deepEqual([...new Set(used)], ['a.a(strong.o)']);
    },
  );

  testWith(needed, `${arch}: a member is left out when all it defines comes from one that is needed anyway`, (t) => {
    const weak = '__attribute__((weak)) long f(long x)';
    const both = 'long f(long x) { return x + 1; } long g(long x) { return x + 2; }';
    const main = `long f(long x); long g(long x); ${INIT} { return g(f(n)); }`;
    const apart = library(arch, 'a.a', { weak: `${weak} { return x + 1; }`, both });
    t.deepEqual(linkWith(arch, main, [apart]).members, ['a.a(both.o)']);
    // Only the weak one asks for the other.
    const chain = library(arch, 'a.a', { weak: `long g(long x); ${weak} { return g(x); }`, both });
    const one = linkWith(arch, `long f(long x); ${INIT} { return f(n); }`, [chain]);
    t.deepEqual(one.members, ['a.a(weak.o)', 'a.a(both.o)']);
  });

  testWith(needed, `${arch}: two members that define one symbol are refused when both are needed`, (t) => {
    const one = library(arch, 'a.a', {
      x: 'long f(long x) { return x; } long twice(long x) { return x; }',
      y: 'long g(long x) { return x; } long twice(long x) { return x; }',
    });
    const problems = problemsOf(() =>
      linkWith(arch, `long f(long x); long g(long x); ${INIT} { return f(n) + g(m); }`, [one]),
    );
    t.deepEqual(
      problems.map(({ code, where }) => [code, where?.file, where?.symbol]),
      [['duplicate-symbol', 'a.a(y.o)', 'twice']],
    );
  });

  testWith(needed, `${arch}: common symbols of modules and members are one variable in BSS`, (t) => {
    const flags = ['-fcommon'];
    const one = library(arch, 'a.a', { x: 'long shared[4]; long f(long x) { return shared[x]; }' }, flags);
    const { members, result } = linkWith(
      arch,
      `long shared[2]; long f(long x); ${INIT} { shared[0] = n; return f(0); }`,
      [one],
      flags,
    );
    t.deepEqual(members, ['a.a(x.o)']);
    t.is(result.sizes.bss, 4 * archByName(arch).wordSize);
  });

  testWith(
    needed,
    `${arch}: what the firmware offers is not taken from a library, unless the module defines it`,
    (t) => {
      const libc = library(
        arch,
        'c.a',
        {
          memset: 'void *memset(void *p, int c, __SIZE_TYPE__ n) { char *q = p; while (n--) *q++ = c; return p; }',
        },
        ['-fno-builtin', '-fno-tree-loop-distribute-patterns'],
      );
      const main = `void *memset(void *p, int c, __SIZE_TYPE__ n); ${INIT} { memset(args, n, m); return 0; }`;
      t.deepEqual(linkWith(arch, main, [libc], ['-fno-builtin']).members, []);
    },
  );
}
