import { ARCHES, type Arch } from '../../natmod-rules/arch/index.ts';
import { NatmodError, type Problem } from '../../natmod-rules/problem.ts';
import { problemsOf } from '../stages/stage.ts';
import { type BuiltModule, buildModule } from './build-module.ts';
import { describeModule } from './describe-module.ts';
import { type ModuleSource, selectModules } from './modules.ts';
import type { Options } from './options.ts';
import { createPool, type Pool } from './pool.ts';
import { createProgress } from './progress.ts';
import { green, printLine, printProblems, yellow } from './report.ts';
import { findToolchain, howToGetCompiler } from './toolchain.ts';

/** One module for one architecture. */
export interface BuildItem {
  /** Folder of the module, as the user names it. */
  readonly name: string;
  /** Name of the architecture; empty when the Makefile that should tell could not be read. */
  readonly arch: string;
}

export interface BuildSummary {
  readonly built: readonly (BuildItem & BuiltModule)[];
  readonly failed: readonly (BuildItem & { readonly problems: readonly Problem[] })[];
  readonly skipped: readonly (BuildItem & { readonly reason: string })[];
}

type Outcome =
  | ({ readonly kind: 'built' } & BuildSummary['built'][number])
  | ({ readonly kind: 'failed' } & BuildSummary['failed'][number])
  | ({ readonly kind: 'skipped' } & BuildSummary['skipped'][number]);

/**
 * Builds modules for architectures: all of them, also when some fail, and prints a line for each.
 *
 * @param all modules to choose from by `options.modules`
 * @throws NatmodError for what is wrong before anything is built: `unknown-module`, `no-compiler` for `all`
 */
export async function runBuild(all: readonly ModuleSource[], options: Options): Promise<BuildSummary> {
  const modules = selectModules(all, options.modules);
  const arches = options.arches === 'all' ? await archesWithCompiler(options) : (options.arches ?? [undefined]);
  const pool = createPool(options.jobs);
  // More than one module per core is under way, so that linking one overlaps with compiling the next.
  const lanes = createPool(options.jobs * 2);
  const items = modules.flatMap((module) => arches.map((arch) => ({ module, arch })));
  const progress = createProgress(items.length);
  const outputs = new Map<string, string>();
  const outcomes = await Promise.all(
    items.map(({ module, arch }) =>
      lanes.run(async () => {
        const outcome = await buildItem(module, arch, options, pool, outputs);
        printOutcome(outcome, options);
        progress.done();
        return outcome;
      }),
    ),
  );
  progress.end();
  const summary = {
    built: outcomes.filter((outcome) => outcome.kind === 'built'),
    failed: outcomes.filter((outcome) => outcome.kind === 'failed'),
    skipped: outcomes.filter((outcome) => outcome.kind === 'skipped'),
  };
  printSummary(summary);
  return summary;
}

async function buildItem(
  module: ModuleSource,
  arch: Arch | undefined,
  options: Options,
  pool: Pool,
  outputs: Map<string, string>,
): Promise<Outcome> {
  let item: BuildItem = { name: module.name, arch: arch?.name ?? '' };
  try {
    const plan = await pool.run(() => describeModule(module, arch, options));
    if ('skipped' in plan) return skippedOrRefused(item, plan.skipped, options);
    item = { name: module.name, arch: plan.arch.name };
    printProblems(plan.warnings, subjectOf(item), 'warning');
    claimOutput(outputs, `${plan.arch.name}/${plan.name}.mpy`, module);
    return { kind: 'built', ...item, ...(await buildModule(plan, { ...options, pool })) };
  } catch (error) {
    const problems = problemsOf(error);
    if (problems === undefined) throw error;
    return { kind: 'failed', ...item, problems };
  }
}

/** What was asked for by name must not be left out in silence. */
function skippedOrRefused(item: BuildItem, reason: string, options: Options): Outcome {
  if (options.modules.length === 0) return { kind: 'skipped', ...item, reason };
  return { kind: 'failed', ...item, problems: [{ code: 'cannot-build', message: `${item.name} ${reason}` }] };
}

/** Two modules must not write the same file. */
function claimOutput(outputs: Map<string, string>, output: string, module: ModuleSource): void {
  const other = outputs.get(output);
  if (other !== undefined && other !== module.dir) {
    const message = `${output} is already made by the module in ${other}`;
    throw new NatmodError({ code: 'same-output', message, where: { file: module.dir }, hint: 'give one another MOD' });
  }
  outputs.set(output, module.dir);
}

/** `all` means what can be compiled here; what is left out is told. */
async function archesWithCompiler(options: Options): Promise<readonly Arch[]> {
  const found: Arch[] = [];
  let problems: readonly Problem[] = [];
  for (const arch of ARCHES) {
    try {
      await findToolchain(arch, { cc: options.cc, cross: options.cross, cwd: process.env.INIT_CWD ?? process.cwd() });
      found.push(arch);
    } catch (error) {
      if (!(error instanceof NatmodError)) throw error;
      problems = [...problems, ...error.problems];
      printLine(`${yellow('left out')} ${arch.name}: no compiler; ${howToGetCompiler(arch)}`);
    }
  }
  if (found.length === 0) throw new NatmodError(problems);
  return found;
}

function subjectOf({ name, arch }: BuildItem): string {
  return arch === '' ? name : `${name} ${arch}`;
}

function printOutcome(outcome: Outcome, options: Options): void {
  const subject = subjectOf(outcome);
  if (outcome.kind === 'failed') printProblems(outcome.problems, subject);
  else if (outcome.kind === 'built') {
    const { sizes } = outcome;
    const parts = sizes === undefined ? '' : `text ${sizes.text}, rodata ${sizes.rodata}, bss ${sizes.bss}, `;
    printLine(`${green('built')} ${subject.padEnd(20)} ${parts}file ${outcome.bytes} bytes`);
    if (options.verbose) printLine(`      ${outcome.file}`);
  }
}

function printSummary({ built, failed, skipped }: BuildSummary): void {
  for (const reason of new Set(skipped.map((item) => item.reason))) {
    const names = skipped.filter((item) => item.reason === reason).map((item) => item.name);
    printLine(`${yellow('left out')} ${[...new Set(names)].join(', ')}: ${reason}`);
  }
  if (built.length + failed.length + skipped.length < 2) return;
  const counts = [`${built.length} built`];
  if (failed.length > 0) counts.push(`${failed.length} failed`);
  if (skipped.length > 0) counts.push(`${skipped.length} left out`);
  printLine(counts.join(', '));
}
