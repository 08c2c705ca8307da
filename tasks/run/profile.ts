/** `run --profile`: what the instructions that ran in QEMU say of the modules. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import {
  type CountedBlock,
  overInstructions,
  type Profile,
  profileChanges,
  profileOf,
  profilePage,
  profileReport,
  profileTable,
  readProfileReport,
} from '../../natmod-rules/debug/profile/index.ts';
import { readLinkedFile } from '../../natmod-rules/debug/where/index.ts';
import { fail } from '../../natmod-rules/problem.ts';
import { boundOf, INSTRUCTIONS, readBudget } from '../../natmod-rules/size/index.ts';
import { checkBudget } from '../building/check-budget.ts';
import type { Context } from '../building/context.ts';
import type { BuildSummary } from '../building/run-build.ts';
import { elfPlace } from '../debug/elf-place.ts';
import type { Options } from '../options/options.ts';
import type { Report } from '../report/report.ts';
import { buildRevision } from '../revision/build-revision.ts';
import { findCommit, type OtherNames } from '../revision/checkout.ts';
import { writeWhole } from '../system/files.ts';
import { isInside } from '../system/inside.ts';
import { isFile } from '../system/look.ts';

type Built = BuildSummary['built'];

/** Options that say nothing without counts. */
const OURS = ['html', 'diff', 'report'] as const;

/** @throws NatmodError `bad-option` for options that do not go together */
export function checkProfileOptions(options: Options): void {
  const { profile, port, budget, report, cwd } = options;
  if (!profile) {
    const useless = OURS.find((name) => options[name] !== undefined) ?? (budget.length > 0 ? 'budget' : undefined);
    if (useless !== undefined) fail('bad-option', `run takes --${useless} together with --profile only`);
    return;
  }
  if (port !== undefined) fail('bad-option', 'only QEMU counts instructions, and --port names a board');
  if (report !== undefined && !/\.json$/i.test(report))
    fail('bad-option', 'the name for --report ends in .json', { file: relative(cwd, report) });
}

/** What a run is compared with. */
export interface EarlierRun {
  /**
   * The profiles to compare with those of `built`; modules that are not there have none.
   * @param count runs the same with other modules, and counts
   */
  profilesFor(
    built: Built,
    options: Options,
    context: Context,
    count: (there: Built) => Promise<readonly CountedBlock[]>,
  ): Promise<{
    readonly profiles: readonly Profile[];
    /** Modules that could not be built there, with their architectures. */
    readonly failed: readonly string[];
  }>;
}

/**
 * Finds what `--diff` names: a report, which is read now, because the run may write the same file; or a git revision,
 * whose modules are built and run in the same way.
 * @param folders those of the modules, in whose repositories a revision is looked for
 * @throws NatmodError `no-git`, `no-baseline`, `bad-report`
 */
export async function findEarlierRun({ diff, cwd }: Options, folders: readonly string[]): Promise<EarlierRun> {
  if (diff === undefined) return { profilesFor: async () => ({ profiles: [], failed: [] }) };
  const path = resolve(cwd, diff);
  if (isFile(path) && path.endsWith('.json')) {
    const profiles = readProfileReport(await readFile(path, 'utf8'), diff);
    return { profilesFor: async () => ({ profiles, failed: [] }) };
  }
  await findCommit(diff, folders, OTHERS);
  return {
    async profilesFor(built, options, context, count) {
      const { results, failed } = await buildRevision(diff, { built, options, context }, async (there) =>
        there.length === 0 ? [] : profilesOf(there, await count(there)),
      );
      return { profiles: results.flat(), failed };
    },
  };
}

/** What `--diff` takes besides a revision. */
const OTHERS: OtherNames = {
  isNo: 'no report of counted instructions (.json)',
  hint: 'for example --diff HEAD~1, or --diff FILE.json of another run with --profile --report FILE.json',
};

/** @throws NatmodError `nothing-counted`, `no-elf` */
export function profilesOf(built: Built, blocks: readonly CountedBlock[]): Promise<Profile[]> {
  return Promise.all(built.map((one) => profileBuilt(one, blocks)));
}

/**
 * Tells how often what ran.
 * @throws NatmodError `bad-option`; TaskFailure when more ran than may
 */
export function showProfiles(
  built: Built,
  profiles: readonly Profile[],
  earlier: readonly Profile[],
  options: Options,
  report: Report,
): void {
  const budget = readBudget(options.budget, INSTRUCTIONS);
  for (const profile of profiles) {
    report.show(`\n${profileTable(profile)}\n`);
    const before = earlier.find(({ module, arch }) => module === profile.module && arch === profile.arch);
    if (before !== undefined) report.show(`\n${profileChanges(before, profile)}\n`);
    else if (options.diff !== undefined) report.note(`${profile.module} ${profile.arch} is not in ${options.diff}`);
  }
  if (options.html !== undefined) save(options.html, profilePage(profiles, sourceReader(built)), report);
  if (options.report !== undefined) save(options.report, profileReport(profiles), report);
  checkBudget(profiles, budget, report, (profile, bounds) => {
    const bound = boundOf(profile.module, bounds);
    return bound === undefined ? undefined : overInstructions(profile, bound);
  });
}

async function profileBuilt({ name, arch, plan }: Built[number], blocks: readonly CountedBlock[]): Promise<Profile> {
  const path = elfPlace(plan);
  const bytes = await readFile(path).catch(() =>
    fail('no-elf', `${name} has no ELF file, so nobody knows its functions`, { file: path }),
  );
  const nameOf = (file: string) => nameBelow([plan.module.dir, plan.mpyDir], file);
  const profile = profileOf({ module: name, arch }, readLinkedFile(bytes, path), blocks, nameOf);
  if (profile.instructions > 0) return profile;
  return fail('nothing-counted', `nothing of ${name} has run`, undefined, 'does the script import it?');
}

/** A path as it is below one of the folders, so that reports of other places can be compared. */
function nameBelow(folders: readonly string[], file: string): string {
  const path = resolve(folders[0]!, file);
  return folders.filter((folder) => isInside(folder, path)).map((folder) => relative(folder, path))[0] ?? file;
}

/** Sources by the names in debug information, from the folder of the module and MicroPython's headers. */
function sourceReader(built: Built) {
  return ({ module, arch }: Profile, file: string): string | undefined => {
    const plan = built.find((one) => one.name === module && one.arch === arch)?.plan;
    const paths = plan === undefined ? [] : [plan.module.dir, plan.mpyDir].map((folder) => resolve(folder, file));
    const path = paths.find((one) => isFile(one));
    return path && readFileSync(path, 'utf8');
  };
}

function save(file: string, text: string, report: Report): void {
  writeWhole(file, text);
  report.note(`written ${file}`);
}
