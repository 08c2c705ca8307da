import { archByName } from '../../natmod-rules/arch/index.ts';
import type { Archive } from '../../natmod-rules/elf/archive.ts';
import { readObject } from '../../natmod-rules/elf/object.ts';
import { decodeAll } from '../../natmod-rules/link/families/x86/decode.ts';
import { findMicroPythonSource } from '../../tasks/bootstrap/provide.mjs';
import { findToolchain } from '../../tasks/toolchain/find.ts';
import { openLibraries, runtimeLibraries } from '../../tasks/toolchain/libraries.ts';
import { compile } from '../support/compile.ts';
import { compileExamples, EXAMPLES } from '../support/example-objects.ts';
import { link } from '../support/link.ts';
import { testWith } from '../support/needs.ts';
import { disassemble, walkX86 } from '../support/x86-walk.ts';

const needed = { compiler: 'x86', tool: ['make', 'i686-linux-gnu-objdump'] } as const;

testWith(
  { ...needed, source: true },
  'x86: every instruction of the examples is what their objects ask for, with the address of the GOT from a routine',
  async (t) => {
    const { compactFlags, sizeFlags } = archByName('x86');
    const tree = findMicroPythonSource() as { dir: string };
    const examples = await compileExamples('x86', tree.dir, [...compactFlags, ...sizeFlags]);
    t.true(examples.length >= EXAMPLES.length - 1);
    const total = { routines: 0, slots: 0, jumps: 0 };
    for (const { name, options } of examples) {
      for (const compact of [true, ['relax'] as const]) {
        const walked = walkX86(link({ ...options, compact }));
        t.deepEqual(walked.wrong, [], `${name} ${compact}`);
        t.true(walked.functions > 1 && walked.distances > 0, name);
        if (compact !== true) continue;
        total.routines += walked.routines;
        total.slots += walked.slots;
        total.jumps += walked.jumps;
      }
    }
    t.true(total.routines > 80 && total.slots > 100 && total.jumps > 500, JSON.stringify(total));
    t.log(JSON.stringify(total));
  },
);

/** Code that must stay as it is, and code that looks like it. */
const ODD = `
  extern const struct { int (*call[99])(int); } mp_fun_table;
  #define CALL(i, x) mp_fun_table.call[i](x)
  #define KEEP __attribute__((noinline, used))
  static const int numbers[] = { 1, 4, 9, 16 };
  KEEP static int switched(int x) { switch (x) { case 0: return CALL(1, 2); case 1: return CALL(2, x); case 2: return CALL(5, 6) + x;
    case 3: return x * CALL(7, 7); case 4: return CALL(4, 4) - 1; case 5: return 17; } return CALL(8, 1); }
  KEEP static int computed(int x) { static const void *const way[] = { &&a, &&b }; goto *way[x & 1];
    a: return CALL(1, x); b: return CALL(2, x); }
  KEEP static int apart(int x) { static const int way[] = { &&a - &&a, &&b - &&a }; goto *(&&a + way[x & 1]);
    a: return CALL(1, x); b: return CALL(2, x); }
  KEEP static int data(int x) { int r; asm("jmp 1f\\n.long 0x12eb05eb\\n1: movl $1, %0" : "=r"(r)); return CALL(r, x) + numbers[x & 3]; }
  KEEP static int own(int x) { int r; asm("call 1f\\n1: popl %0" : "=r"(r)); return CALL(3, x) + r; }
  KEEP static int loops(int n) { int s = 0; for (int i = 0; i < n; i++) { for (int j = i; j < n; j++) s += CALL(j, i) ^ numbers[j & 3]; } return s; }
  KEEP static int far(int n) { if (n) { ${Array.from({ length: 14 }, (_, i) => `CALL(${40 + i}, n + ${1000 + i});`).join(' ')} } return CALL(3, n) + numbers[n]; }
  KEEP static int calls(int n) { return n < 2 ? CALL(9, n) : calls(n - 1) + calls(n - 2) + numbers[n & 3]; }
  __attribute__((hot)) KEEP static int fast(int n) { return CALL(11, n) + 1; }
  int (*const table[])(int) = { switched, computed, apart, data, own, loops, far, calls, fast };
  const void *mpy_init(void) { return table; }`;

testWith(
  needed,
  'x86: functions that are not understood keep their code, and the others call a routine for the GOT',
  (t) => {
    const arch = archByName('x86');
    const objects = compile('x86', { 'm.c': ODD }, { flags: [...arch.compactFlags, '-fjump-tables', '-Wno-all'] });
    for (const compact of [true, ['relax'] as const]) {
      const result = link({ arch, objects, qstrs: [], sourceName: 'm.mpy', compact });
      const walked = walkX86(result);
      // Of the data among its code nobody can tell what it is.
      t.deepEqual(
        walked.wrong.filter((line) => !line.startsWith('.text.data:')),
        [],
      );
      t.true(walked.routines >= 3, `${walked.routines}`);
      const { before, place } = result.image;
      const isWhole = (name: string) => {
        const chunk = before.program.chunks.find(
          (one) => one.name === `.text.${name}` || one.name === `.text.hot.${name}`,
        )!;
        const now = before.follow({ kind: 'chunk', chunk, offset: 0 });
        return now.kind === 'chunk' && place.has(now.chunk) && now.chunk.size === chunk.size;
      };
      const kept = ['switched', 'computed', 'apart', 'data', 'own'].filter((name) => !isWhole(name));
      t.deepEqual(kept, []);
      t.deepEqual(['loops', 'far', 'calls'].filter(isWhole), []);
    }
  },
);

testWith(needed, "x86: instructions begin where binutils' do, in code of libraries", async (t) => {
  const arch = archByName('x86');
  const toolchain = await findToolchain(arch, { cwd: '/' });
  const paths = await runtimeLibraries(toolchain, arch.flags);
  const libraries = await openLibraries(paths.slice(0, 1), { cwd: '/', toolchain, cflags: arch.flags });
  const code = (libraries as unknown as readonly Archive[]).flatMap(({ members }) =>
    members.flatMap((member) =>
      readObject(member.data(), member.name).sections.filter(({ name, size }) => /^\.text/.test(name) && size > 0),
    ),
  );
  const pieces = code.map(({ data }) => data);
  const read = disassemble(pieces);
  let understood = 0;
  pieces.forEach((piece, i) => {
    const found = decodeAll(piece);
    if (found === undefined) return;
    t.deepEqual(
      found.map(({ at }) => at),
      read[i]!.map(({ at }) => at),
      `${i}`,
    );
    understood++;
  });
  t.true(understood > pieces.length / 2, `${understood} of ${pieces.length}`);
  t.log(`${understood} of ${pieces.length}`);
});
