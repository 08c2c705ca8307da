import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { PassList, passNames, type Step } from '../../natmod-rules/link/driver.ts';
import { dumpState } from '../../natmod-rules/link/explain/dump.ts';
import { checkState } from '../../natmod-rules/link/model/check.ts';
import type { Chunk } from '../../natmod-rules/link/model/model.ts';
import { type LinkState, PIPELINE } from '../../natmod-rules/link/pipeline.ts';
import { link } from '../support/link.ts';
import { allLinkFixtures, FIXTURE_QSTRS, linkFixture } from '../support/link-fixtures.ts';

test('passes run in the order of the list, loops until their condition is false, and each is told with its time', (t) => {
  const list = new PassList<{ limit: number }, { limit: number; half?: number }>([])
    .pass('start', () => ({ count: 0 }))
    .loop(
      'grow',
      (body) => body.pass('add', ({ count }) => ({ count: count + 1 })),
      ({ count, limit }) => count < limit,
    )
    .passIf(
      'never',
      () => false,
      () => ({ count: -1 }),
    )
    .pass('end', ({ count }) => ({ half: count / 2 }));
  const told: string[] = [];
  let time = 0;
  const state = list.run(
    { limit: 3 },
    {
      now: () => ++time,
      passed: ({ pass, loops, start, end }, { count }) =>
        told.push(`${pass} ${loops.map(({ loop, round }) => `${loop}#${round}`).join()} ${start}-${end} ${count}`),
    },
  );
  t.is(state.half, 1.5);
  t.deepEqual(told, ['start  1-2 0', 'add grow#1 3-4 1', 'add grow#2 5-6 2', 'add grow#3 7-8 3', 'end  9-10 3']);
  t.deepEqual(passNames(list.steps), ['start', 'add', 'never', 'end']);
});

test('every pass of the linker runs for some module, under a name of its own', (t) => {
  const names = passNames(PIPELINE.steps);
  t.is(new Set(names).size, names.length);
  const ran = new Set<string>();
  const observer = { passed: ({ pass }: { pass: string }) => ran.add(pass) };
  for (const { arch, name, objects } of allLinkFixtures().filter((f) => f.name === 'big' || f.name === 'runtime')) {
    link({ arch, objects, qstrs: FIXTURE_QSTRS, sourceName: `${name}.mpy`, compact: true, observer });
  }
  t.deepEqual(
    names.filter((name) => !ran.has(name)),
    [],
  );
});

/** What is there behind a pass of linking a fixture. */
function stateBehind(pass: string): Partial<LinkState> {
  const { arch, objects } = linkFixture('rv32imc', 'big');
  let found: Partial<LinkState> | undefined;
  const observer = {
    passed: (event: { pass: string }, state: Partial<LinkState>) => {
      if (event.pass === pass) found = state;
    },
  };
  link({ arch, objects, qstrs: FIXTURE_QSTRS, sourceName: 'big.mpy', compact: true, observer });
  return found!;
}

test('what is there behind a pass can be printed: chunks, their relocations and, once they have one, their places', (t) => {
  const sections = dumpState(stateBehind('read-objects'));
  t.true(sections.some((line) => /^ {2}\.text.* size=\d+ align=\d+ relocations=\d+$/.test(line)));
  const program = dumpState(stateBehind('call-constructors'));
  t.regex(program[0]!, /^entry \.text\S*\+0x[0-9a-f]+ \(big\.o\)$/);
  t.true(program.some((line) => /^ {2}0x[0-9a-f]+ R_RISCV_CALL_PLT \w+ = \.text\S*\+0x0 \(big\.o\)$/.test(line)));
  const image = dumpState(stateBehind('lay-out'));
  t.true(image.some((line) => /^text\+0x[0-9a-f]+ \.text\S* \(big\.o\) text size=\d+ align=\d+$/.test(line)));
  t.regex(image.at(-1)!, /^text \d+, rodata 0, bss 0, GOT slots \d+$/);
});

test('a program that is no longer whole is found behind the pass that broke it', (t) => {
  const state = stateBehind('lay-out');
  t.notThrows(() => checkState('lay-out', state));
  const image = state.image!;
  const [first, second] = image.chunks.filter(({ role }) => role === 'text');
  const withChunk = (changes: object) => {
    const broken = { ...first!, ...changes };
    const place = new Map([...image.place, [broken, image.place.get(first!)!]]);
    return { image: { ...image, place, chunks: image.chunks.map((c) => (c === first ? broken : c)) } };
  };
  const fails = (broken: object, message: RegExp) => t.throws(() => checkState('relax', broken), { message });
  const relocation = image.chunks.flatMap((c) => c.relocations)[0]!;
  fails(
    withChunk({ relocations: [{ ...relocation, offset: first!.size }] }),
    /^after relax: .* a relocation .* lies at/,
  );
  fails(withChunk({ align: 3 }), /alignment is 3/);
  fails(withChunk({ data: first!.data.subarray(2) }), /bytes of/);
  fails({ image: { ...image, chunks: image.chunks.filter((c) => c !== second) } }, /which is gone/);
  fails({ image: { ...image, chunks: [...image.chunks, first!] } }, /a chunk is there twice/);
  fails({ image: { ...image, size: { ...image.size, text: 8 } } }, /ends behind its block of 8 bytes/);
  const at = (address: number) => new Map([...image.place, [second!, { block: 'text' as const, address }]]);
  fails({ image: { ...image, place: at(0) } }, /where something else is/);
  fails({ image: { ...image, place: at(100_001) } }, /it is at 100001, aligned to 2/);
  const bound = state.bound!;
  const data = { ...second!, role: 'rodata' as const, align: 4, relocations: [] };
  const moved = (offset: number, align: number, before: Chunk = data) => {
    const chunk = { ...before, align };
    const follow = () => ({ kind: 'chunk' as const, chunk, offset });
    return { bound: { ...bound, chunks: [before] }, program: { ...bound, chunks: [...bound.chunks, chunk], follow } };
  };
  t.notThrows(() => checkState('merge', moved(8, 4)));
  fails(moved(2, 4), /it was aligned to 4, and is at 2 of what is to 4/);
  fails(moved(8, 2), /it was aligned to 4, and is at 8 of what is to 2/);
  const code = (align: number) => ({ ...data, role: 'text' as const, align });
  t.notThrows(() => checkState('rebuild', moved(8, 2, code(4))), 'what writes code anew knows what its words need');
  fails(moved(8, 2, code(16)), /it was aligned to 16, and is at 8 of what is to 2/);
});

test('tests link with the check of every pass', (t) => {
  const root = new URL('../', import.meta.url).pathname;
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const unchecked = files.filter((name) =>
    /import \{[^}]*(?<!type )\blink\b[^}]*\} from '[./]*natmod-rules\/link\/index\.ts'/.test(
      readFileSync(join(root, name), 'utf8'),
    ),
  );
  t.deepEqual(unchecked, [join('support', 'link.ts')]);
});

test('docs/linker.md has the passes and loops in the order in which they run', (t) => {
  const page = readFileSync(new URL('../../docs/linker.md', import.meta.url), 'utf8');
  const [, table = ''] = page.split('## The list of passes');
  const told = (table.split('## ')[0]!.match(/^\| (\*\*loop )?`.*?\|/gm) ?? []).flatMap((row) =>
    [...row.matchAll(/`([a-z-]+)`/g)].map(([, name]) => (row.includes('**loop') ? `loop ${name}` : name)),
  );
  const inOrder = (steps: readonly Step[]): string[] =>
    steps.flatMap((step) => (step.kind === 'pass' ? [step.name] : [`loop ${step.name}`, ...inOrder(step.steps)]));
  t.deepEqual(told, inOrder(PIPELINE.steps));
});
