/** Programs of others as modules: a few of our own stand in for them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { checkFolder, wrongLines } from '../../tasks/outside-programs.ts';
import { checkPrograms } from '../../tasks/random-programs/check.ts';
import { FORMS } from '../../tasks/random-programs/forms.ts';
import { createPool } from '../../tasks/system/pool.ts';
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
  'wraps.c': '/* { dg-options "-fwrapv" } */ int main() { return 0; }',
  'crashes.c': 'int main() { return *(volatile int *)8; }',
  'floats.c': '#include <stdio.h>\nint main() { printf("%5.2f", 1.5); return 0; }',
  'broken.c': 'int main( {',
};

testWith(
  { compiler: ['x64', 'armv7m'], runtime: ['x64', 'armv7m'], tool: 'gcc' },
  'programs of others print and return as modules what they do natively, and what cannot be told is counted by reason',
  async (t) => {
    const programs = join(folder, 'programs');
    mkdirSync(join(programs, 'sub'), { recursive: true });
    for (const [name, text] of Object.entries(PROGRAMS)) writeFileSync(join(programs, name), text);
    const work = join(folder, 'work');
    const wishes = { arches: ['x64', 'armv7m'], forms: ['plain', 'small'], cflags: [], count: 99, jobs: 2, work };
    const { verdicts, left, programs: read } = await checkFolder(programs, { ...wishes, together: true });
    t.deepEqual(wrongLines(verdicts, read), []);
    t.deepEqual([...left.values()].sort(), [1, 1, 1, 1, 1]);
    const of = (form: string, kind: string) => verdicts.filter((one) => one.form === form && one.kind === kind).length;
    t.deepEqual([of('small', 'equal'), of('plain', 'equal'), of('plain', 'refused')], [10, 8, 2]);
    for (const order of ['forwards', 'backwards']) {
      t.deepEqual(
        [of(`small ${order}`, 'equal'), of(`plain ${order}`, 'equal')],
        [10, 8],
        `all in one module, ${order}`,
      );
    }
    t.true(verdicts.filter(({ kind }) => kind === 'refused').every(({ detail }) => detail === 'writable-data'));
    const lies = read.map((program) => ({ ...program, checksum: '00000000' }));
    const small = FORMS.filter(({ name }) => name === 'small');
    const options = { arch: 'x64', forms: small, folder: join(folder, 'lies'), pool: createPool(2), jobs: 1 } as const;
    const told = wrongLines(await checkPrograms(lies, options), lies);
    t.is(told.length, lies.length);
    t.regex(told.join('\n'), /^wrong: prints\.c, x64, small: [0-9A-F]{8} instead of 00000000$/m);
  },
);
