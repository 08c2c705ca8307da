/** Programs of others as modules: a few of our own stand in for them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { checkFolder, wrongLines } from '../../tasks/outside-programs.ts';
import { judge } from '../../tasks/random-programs/check.ts';
import { testWith } from '../support/needs.ts';

const folder = mkdtempSync(join(tmpdir(), 'natmod-outside-'));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

const PROGRAMS = {
  'prints.c':
    '#include <stdio.h>\nint main(void) { for (int i = 0; i < 5; i++) printf("%d %x %s|", i, i * 77, "ab"); puts("end"); return 0; }',
  'sub/leaves.c':
    'void exit(int); void abort(void); static void deep(int n) { if (n == 0) exit(3); deep(n - 1); }\nint main() { deep(9); abort(); }',
  'data.c':
    'int table[] = {3, 1, 2}; int *at = &table[1]; int main() { *at += 4; return table[0] + table[1] + table[2] == 10 ? 0 : 1; }',
  'ends.c': '#include <stdio.h>\nint main() { printf("%x", (unsigned char)"\u00e9"[1]); }',
  'enums.c':
    'enum e { A, B }; int main() { volatile enum e x = B; return sizeof x == 4 && *(unsigned *)&x == 1 ? 7 : 1; }',
  'asks.c': 'int main() { return sizeof(long) == 8 && __LP64__; }',
  'wraps.c': '/* { dg-options "-fno-strict-overflow" } */ int main() { return 0; }',
  'crashes.c': 'int main() { return *(volatile int *)8; }',
  'floats.c':
    '#include <stdio.h>\nvolatile double x = 1.5; int main() { printf("%5.2f %-4ld %hhu %.2s", x * x, -7L, 258, "abc"); return 0; }',
  // Silent, so that its success is assumed: natively it ends with 9.
  'fails.c': 'int x; int main() { return x == 0 ? 9 : 0; }',
  'broken.c': 'int main( {',
};

testWith(
  { compiler: ['x64', 'armv7m'], runtime: ['x64', 'armv7m'], tool: ['gcc', 'i686-linux-gnu-gcc'] },
  'programs of others print and return as modules what they do natively, and what cannot be told is counted by reason',
  async (t) => {
    const programs = join(folder, 'programs');
    mkdirSync(join(programs, 'sub'), { recursive: true });
    for (const [name, text] of Object.entries(PROGRAMS)) writeFileSync(join(programs, name), text);
    const work = join(folder, 'work');
    const wishes = { arches: ['x64', 'armv7m'], forms: ['plain', 'small'], cflags: [], count: 99, jobs: 2, work };
    const ended: string[] = [];
    const { verdicts, left } = await checkFolder(programs, {
      ...wishes,
      together: true,
      ended(found, read) {
        ended.push(found[0]!.arch);
        t.deepEqual(wrongLines(found, read), []);
      },
    });
    t.deepEqual(ended, ['x64', 'armv7m']);
    for (const reasons of [left.get('LP64')!, left.get('ILP32')!]) t.deepEqual([...reasons.values()], [1, 1, 1, 1]);
    const of = (form: string, kind: string) => verdicts.filter((one) => one.form === form && one.kind === kind).length;
    t.deepEqual([of('small', 'equal'), of('plain', 'equal'), of('plain', 'refused')], [14, 10, 4]);
    for (const order of ['forwards', 'backwards']) {
      t.deepEqual(
        [of(`small ${order}`, 'equal'), of(`plain ${order}`, 'equal')],
        [14, 10],
        `all in one module, ${order}`,
      );
    }
    t.true(verdicts.filter(({ kind }) => kind === 'refused').every(({ detail }) => detail === 'writable-data'));
  },
);

test('what a module prints or returns otherwise is wrong, and told by the name of the program', (t) => {
  const program = { seed: 4, name: 'sub/lies.c', text: '', checksum: '00000000', isAssumed: false };
  const use = { seed: 4, arch: 'x64', form: 'small', wanted: program.checksum } as const;
  const verdicts = [judge(use, { checksum: '0000000A' }), judge(use, { crashed: 'SIGSEGV' })];
  t.deepEqual(wrongLines([...verdicts, judge(use, { checksum: '00000000' })], [program]), [
    'wrong: sub/lies.c, x64, small: 0000000A instead of 00000000',
    'crashed: sub/lies.c, x64, small: SIGSEGV',
  ]);
});
