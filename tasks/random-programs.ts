/**
 * `npm run random-programs`: C programs of csmith with fixed seeds, as native modules on real MicroPython, in the plain
 * form, the small one, and the small one without each of its passes. Every checksum must be that of the native program.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type ArchName, archByName } from '../natmod-rules/arch/index.ts';
import { splitWords } from '../natmod-rules/compile/index.ts';
import { fail } from '../natmod-rules/problem.ts';
import { makeFolders } from './bootstrap/make-folders.cjs';
import { formatTable } from './bootstrap/table.mjs';
import { USAGES } from './bootstrap/usages.mjs';
import { checkPrograms, type Verdict } from './random-programs/check.ts';
import { FORMS, type Form } from './random-programs/forms.ts';
import { generate, type RandomProgram } from './random-programs/generate.ts';
import { failureLines, refusalLines, resultTable } from './random-programs/report.ts';
import { openReport } from './report/open.ts';
import { runProgram } from './report/program.ts';
import { createPool, type Pool } from './system/pool.ts';

const USAGE = USAGES['random-programs'];

interface Wishes {
  readonly count: number;
  readonly seeds: readonly number[] | undefined;
  readonly arches: readonly ArchName[];
  readonly forms: readonly Form[];
  readonly cflags: readonly string[];
  readonly cc: string | undefined;
  readonly keep: string | undefined;
  readonly jobs: number;
}

/**
 * @param args the command line
 * @returns exit status: 1 when a module computed something else than the native program, crashed, or could not be
 *   compiled
 */
export function main(args: readonly string[]): Promise<number> {
  return runProgram('random-programs', async () => {
    const wishes = readWishes(args);
    const folder = wishes.keep ?? mkdtempSync(join(tmpdir(), 'natmod-random-'));
    makeFolders(folder);
    try {
      return await check(wishes, folder);
    } finally {
      if (wishes.keep === undefined) rmSync(folder, { recursive: true, force: true });
    }
  });
}

async function check({ count, seeds, arches, forms, cflags, cc, jobs }: Wishes, folder: string): Promise<number> {
  const start = performance.now();
  const report = openReport({ log: 'text' });
  const tell = (line: string) =>
    report.note(`${((performance.now() - start) / 1000).toFixed(0).padStart(4)} s  ${line}`);
  const pool = createPool(jobs);
  const programs = await generateAll(seeds ?? count, folder, pool, tell);
  const verdicts: Verdict[] = [];
  for (const arch of arches) {
    const found = await checkPrograms(programs, { arch, forms, cflags, cc, folder, pool, jobs, tell });
    const order = new Map(forms.map(({ name }, i) => [name, i]));
    verdicts.push(...found.sort((a, b) => order.get(a.form)! - order.get(b.form)!));
    const bad = failureLines(found).length;
    tell(`${arch}: done${bad === 0 ? '' : `, ${bad} wrong or crashed`}`);
  }
  const failures = failureLines(verdicts, cflags);
  for (const line of [...refusalLines(verdicts), ...failures]) report.note(line);
  report.note(`\n${formatTable(resultTable(verdicts))}`);
  return failures.length === 0 ? 0 : 1;
}

/** @param wanted seeds, or how many programs; seeds are then tried from 1 on */
async function generateAll(
  wanted: readonly number[] | number,
  folder: string,
  pool: Pool,
  tell: (line: string) => void,
): Promise<RandomProgram[]> {
  const count = typeof wanted === 'number' ? wanted : wanted.length;
  const programs: RandomProgram[] = [];
  const skipped = new Map<string, number>();
  let tried = 0;
  while (programs.length < count) {
    const missing = count - programs.length;
    const seeds =
      typeof wanted === 'number' ? Array.from({ length: missing }, (_, i) => tried + i + 1) : wanted.slice(tried);
    if (seeds.length === 0) break;
    for (const made of await Promise.all(seeds.map((seed) => pool.run(() => generate(seed, folder))))) {
      if ('skipped' in made) skipped.set(made.skipped, (skipped.get(made.skipped) ?? 0) + 1);
      else programs.push(made);
    }
    tried += seeds.length;
  }
  const why = [...skipped].map(([reason, times]) => `${times} ${reason}`).join(', ');
  tell(`${programs.length} programs of ${tried} seeds${why === '' ? '' : `; left out: ${why}`}`);
  return programs;
}

/** @throws NatmodError `bad-option`, `unknown-arch` */
function readWishes(args: readonly string[]): Wishes {
  const text = { type: 'string' } as const;
  const options = {
    count: text,
    seed: text,
    arch: text,
    form: text,
    cc: text,
    cflags: text,
    keep: text,
    jobs: text,
  } as const;
  const { values } = parseArgs({
    args: [...args],
    options,
    strict: false,
  });
  const known = new Set(Object.keys(options));
  const unknown = Object.keys(values).find((name) => !known.has(name));
  if (unknown !== undefined) fail('bad-option', `unknown option --${unknown}`, undefined, USAGE);
  const given = (name: keyof typeof options) => (typeof values[name] === 'string' ? values[name] : undefined);
  return {
    count: numbers('count', given('count') ?? '200')[0]!,
    seeds: given('seed') === undefined ? undefined : numbers('seed', given('seed')!),
    arches: (given('arch') ?? 'x64,x86,armv7m,rv32imc').split(',').map((name) => archByName(name).name),
    forms: given('form')?.split(',').map(formByName) ?? FORMS,
    cflags: splitWords(given('cflags') ?? '', 'cflags'),
    cc: given('cc'),
    keep: given('keep') === undefined ? undefined : resolve(process.env.INIT_CWD ?? process.cwd(), given('keep')!),
    jobs: Math.max(1, numbers('jobs', given('jobs') ?? String(availableParallelism()))[0]!),
  };
}

function numbers(option: string, value: string): number[] {
  return value.split(',').map((word) => {
    if (!/^\d{1,9}$/.test(word)) fail('bad-option', `--${option}: '${word}' is no number`, undefined, USAGE);
    return Number(word);
  });
}

function formByName(name: string): Form {
  return FORMS.find((form) => form.name === name) ?? fail('bad-option', `there is no form '${name}'`, undefined, USAGE);
}
