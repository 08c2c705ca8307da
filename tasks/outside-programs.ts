/**
 * `npm run outside-programs`: C programs from a folder that the user names (c-testsuite, GCC's torture tests, LLVM's
 * unit tests), as native modules on real MicroPython. What they print and their exit status must be that of the native
 * program.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { archByName } from '../natmod-rules/arch/index.ts';
import { splitWords } from '../natmod-rules/compile/index.ts';
import { fail } from '../natmod-rules/problem.ts';
import { makeFolders } from './bootstrap/make-folders.mjs';
import { formatTable } from './bootstrap/table.mjs';
import { findPrograms, readProgram } from './outside-programs/read.ts';
import { checkTogether } from './outside-programs/together.ts';
import { checkPrograms, type Verdict } from './random-programs/check.ts';
import { FORMS } from './random-programs/forms.ts';
import type { TestProgram } from './random-programs/generate.ts';
import { refusalLines, resultTable } from './random-programs/report.ts';
import { openReport } from './report/open.ts';
import { runProgram } from './report/program.ts';
import { createPool } from './system/pool.ts';

const USAGE = `npm run outside-programs -- --folder DIR [options]
  --folder DIR     C programs below it: c-testsuite, gcc.c-torture/execute, LLVM's SingleSource/UnitTests
  --arch NAME,...  x64,armv7m
  --form NAME,...  plain,small
  --together       besides, all programs in one module, linked in both orders
  --cflags WORDS   more of CFLAGS, such as -O2
  --count N        the first N programs only
  --keep DIR       leave sources, objects and modules there
  --jobs N         processes at once; as many as there are cores`;

/** @returns exit status: 1 when a module did something else than the native program, or crashed */
export function main(args: readonly string[]): Promise<number> {
  return runProgram('outside-programs', async () => {
    const text = { type: 'string' } as const;
    const { values } = parseArgs({
      args: [...args],
      options: {
        folder: text,
        arch: text,
        form: text,
        cflags: text,
        count: text,
        keep: text,
        together: { type: 'boolean' },
        jobs: text,
        help: { type: 'boolean', short: 'h' },
      },
    });
    const report = openReport({ log: 'text' });
    if (values.help === true || values.folder === undefined) {
      report.show(`${USAGE}\n`);
      return values.help === true ? 0 : 1;
    }
    const from = process.env.INIT_CWD ?? process.cwd();
    const work =
      values.keep === undefined ? mkdtempSync(join(tmpdir(), 'natmod-outside-')) : resolve(from, values.keep);
    makeFolders(work);
    try {
      const { verdicts, left, programs } = await checkFolder(resolve(from, values.folder), {
        arches: (values.arch ?? 'x64,armv7m').split(','),
        forms: (values.form ?? 'plain,small').split(','),
        cflags: splitWords(values.cflags ?? '', 'cflags'),
        count: Number(values.count ?? Number.POSITIVE_INFINITY),
        jobs: Math.max(1, Number(values.jobs ?? availableParallelism()) || 1),
        together: values.together === true,
        work,
        tell: (line) => report.note(line),
      });
      const bad = wrongLines(verdicts, programs);
      for (const line of [...refusalLines(verdicts), ...bad]) report.note(line);
      report.note(`\n${formatTable(resultTable(verdicts))}`);
      report.note(`not applicable: ${[...left].map(([reason, count]) => `${count} ${reason}`).join(', ') || 'none'}`);
      return bad.length === 0 ? 0 : 1;
    } finally {
      if (values.keep === undefined) rmSync(work, { recursive: true, force: true });
    }
  });
}

export interface FolderWishes {
  readonly arches: readonly string[];
  readonly forms: readonly string[];
  readonly cflags: readonly string[];
  readonly count: number;
  readonly jobs: number;
  /** All programs in one module, too. */
  readonly together?: boolean;
  /** Folder for objects and modules. */
  readonly work: string;
  readonly tell?: (line: string) => void;
}

export interface FolderResult {
  readonly programs: readonly TestProgram[];
  readonly verdicts: readonly Verdict[];
  /** How many programs are no test of a module, by reason. */
  readonly left: ReadonlyMap<string, number>;
}

/** @throws NatmodError `no-programs`, `unknown-arch`, `bad-option`, `no-runtime` */
export async function checkFolder(folder: string, wishes: FolderWishes): Promise<FolderResult> {
  const { jobs, work, cflags, tell = () => {} } = wishes;
  const forms = wishes.forms.map(
    (name) => FORMS.find((form) => form.name === name) ?? fail('bad-option', `there is no form '${name}'`),
  );
  const arches = wishes.arches.map((name) => archByName(name).name);
  const pool = createPool(jobs);
  const paths = findPrograms(folder).slice(0, wishes.count);
  const read = await Promise.all(paths.map((path, seed) => pool.run(() => readProgram(path, seed, { folder, work }))));
  const programs = read.flatMap((one) => ('checksum' in one ? [one] : []));
  const left = new Map<string, number>();
  for (const one of read) if ('reason' in one) left.set(one.reason, (left.get(one.reason) ?? 0) + 1);
  tell(`${programs.length} of ${paths.length} programs run natively and print what MicroPython can print`);
  const verdicts: Verdict[] = [];
  for (const arch of arches) {
    const options = { arch, forms, cflags, folder: work, pool, jobs, tell };
    verdicts.push(...(await checkPrograms(programs, options)));
    if (wishes.together === true) verdicts.push(...(await checkTogether(programs, options)));
  }
  return { programs, verdicts, left };
}

/** What is wrong, by the name of the program. */
export function wrongLines(verdicts: readonly Verdict[], programs: readonly TestProgram[]): string[] {
  const names = new Map(programs.map(({ seed, name }) => [seed, name]));
  return verdicts
    .filter(({ kind }) => kind === 'wrong' || kind === 'crashed')
    .map(({ seed, arch, form, kind, detail }) => `${kind}: ${names.get(seed)}, ${arch}, ${form}: ${detail}`);
}
