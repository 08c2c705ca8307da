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
import { makeFolders } from './bootstrap/make-folders.cjs';
import { formatTable } from './bootstrap/table.mjs';
import { USAGES } from './bootstrap/usages.mjs';
import { checkAlone } from './outside-programs/alone.ts';
import { openParts } from './outside-programs/parts.ts';
import {
  countLeft,
  findPrograms,
  type Model,
  modelOf,
  type Native,
  type OutsideProgram,
  openNative,
  outsideFlags,
  type ReadPrograms,
  readPrograms,
} from './outside-programs/read.ts';
import { checkTogether } from './outside-programs/together.ts';
import { openTools } from './random-programs/build.ts';
import { type CheckOptions, judge, type Verdict } from './random-programs/check.ts';
import { FORMS } from './random-programs/forms.ts';
import { refusalLines, resultTable } from './random-programs/report.ts';
import { findPlace } from './random-programs/run.ts';
import { openReport } from './report/open.ts';
import { runProgram } from './report/program.ts';
import { createPool } from './system/pool.ts';

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
      },
    });
    const report = openReport({ log: 'text' });
    if (values.folder === undefined) {
      report.show(`${USAGES['outside-programs']}\n`);
      return 1;
    }
    const from = process.env.INIT_CWD ?? process.cwd();
    const work =
      values.keep === undefined ? mkdtempSync(join(tmpdir(), 'natmod-outside-')) : resolve(from, values.keep);
    makeFolders(work);
    const start = performance.now();
    const tell = (line: string) =>
      report.note(`${((performance.now() - start) / 1000).toFixed(0).padStart(5)} s  ${line}`);
    let bad = 0;
    try {
      const { left } = await checkFolder(resolve(from, values.folder), {
        arches: (values.arch ?? 'x64,armv7m').split(','),
        forms: (values.form ?? 'plain,small').split(','),
        cflags: splitWords(values.cflags ?? '', 'cflags'),
        count: Number(values.count ?? Number.POSITIVE_INFINITY),
        jobs: Math.max(1, Number(values.jobs ?? availableParallelism()) || 1),
        together: values.together === true,
        work,
        tell,
        ended(verdicts, programs) {
          const lines = wrongLines(verdicts, programs);
          bad += lines.length;
          for (const line of [...refusalLines(verdicts), ...lines]) report.note(line);
          report.note(`\n${formatTable(resultTable(verdicts))}`);
        },
      });
      for (const [model, reasons] of left) {
        const counts = [...reasons].map(([reason, count]) => `${count} ${reason}`);
        report.note(`not applicable (${model}): ${counts.join(', ') || 'none'}`);
      }
      return bad === 0 ? 0 : 1;
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
  /** Gets what is known of an architecture as soon as it is. */
  readonly ended?: (verdicts: readonly Verdict[], programs: readonly OutsideProgram[]) => void;
}

export interface FolderResult {
  /** All that are a program for some architecture. */
  readonly programs: readonly OutsideProgram[];
  readonly verdicts: readonly Verdict[];
  /** How many programs are no test of a module, by model and reason. */
  readonly left: ReadonlyMap<Model, ReadonlyMap<string, number>>;
}

/** @throws NatmodError `no-programs`, `unknown-arch`, `bad-option`, `no-runtime`, `native-failed` */
export async function checkFolder(folder: string, wishes: FolderWishes): Promise<FolderResult> {
  const { jobs, work, tell = () => {} } = wishes;
  const forms = wishes.forms.map(
    (name) => FORMS.find((form) => form.name === name) ?? fail('bad-option', `there is no form '${name}'`),
  );
  const arches = wishes.arches.map((name) => archByName(name));
  const pool = createPool(jobs);
  const paths = findPrograms(folder).slice(0, wishes.count);
  const read = new Map<Model, ReadPrograms & { readonly native: Native }>();
  const readAs = async (model: Model) => {
    const native = await openNative(model, work);
    const known = { native, ...(await readPrograms(paths, native, { folder, pool })) };
    tell(`${model}: ${known.programs.length} of ${paths.length} programs can be told by their output`);
    read.set(model, known);
    return known;
  };
  const verdicts: Verdict[] = [];
  const all = new Map<number, OutsideProgram>();
  for (const arch of arches) {
    const { programs, native, left } = read.get(modelOf(arch)) ?? (await readAs(modelOf(arch)));
    const cflags = [...outsideFlags(arch), ...wishes.cflags];
    const options = { arch: arch.name, forms, cflags, folder: work, pool, jobs, tell };
    const found = await checkArch(programs, options, wishes.together === true);
    const sure = await settle(found, programs, { native, left });
    wishes.ended?.(sure, programs);
    verdicts.push(...sure);
    for (const program of programs) all.set(program.seed, program);
  }
  return { programs: [...all.values()], verdicts, left: new Map([...read].map(([model, { left }]) => [model, left])) };
}

/**
 * Runs those programs natively whose modules did not do what was assumed of them: some tests ask for a machine of
 * their own. What is no test of a module after all is taken out, and counted in `left`.
 */
async function settle(
  verdicts: readonly Verdict[],
  programs: readonly OutsideProgram[],
  { native, left }: { native: Native; left: Map<string, number> },
): Promise<Verdict[]> {
  const isDoubtful = ({ kind, detail }: Verdict) =>
    kind === 'wrong' || kind === 'crashed' || detail === 'compile-failed';
  const bad = new Set(verdicts.filter(isDoubtful).map(({ seed }) => seed));
  const truths = new Map<number, OutsideProgram | string>();
  for (const program of programs) {
    if (program.isAssumed && bad.has(program.seed)) truths.set(program.seed, await native.run(program));
  }
  for (const truth of truths.values()) if (typeof truth === 'string') countLeft(left, truth);
  return verdicts.flatMap((verdict): Verdict[] => {
    const truth = truths.get(verdict.seed);
    if (typeof truth === 'string') return [];
    if (truth === undefined || verdict.got === undefined) return [verdict];
    return [judge({ ...verdict, wanted: truth.checksum }, { checksum: verdict.got })];
  });
}

/** @returns verdicts in the order of the forms */
async function checkArch(
  programs: readonly OutsideProgram[],
  options: CheckOptions,
  together: boolean,
): Promise<Verdict[]> {
  const { arch, folder, cflags } = options;
  const place = await findPlace(arch, folder);
  const tools = await openTools(archByName(arch), folder, { added: cflags });
  const checking = { place, tools, parts: openParts(programs, tools, options), options };
  const alone = await checkAlone(checking);
  const order = new Map(options.forms.map(({ name }, i) => [name, i]));
  alone.sort((a, b) => order.get(a.form)! - order.get(b.form)! || a.seed - b.seed);
  return together ? [...alone, ...(await checkTogether(checking))] : alone;
}

/** What is wrong, by the name of the program. */
export function wrongLines(verdicts: readonly Verdict[], programs: readonly OutsideProgram[]): string[] {
  const names = new Map(programs.map(({ seed, name }) => [seed, name]));
  return verdicts
    .filter(({ kind }) => kind === 'wrong' || kind === 'crashed')
    .map(({ seed, arch, form, kind, detail }) => `${kind}: ${names.get(seed)}, ${arch}, ${form}: ${detail}`);
}
