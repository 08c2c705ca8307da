/**
 * The ELF file beside a module. It is made of objects of its own, compiled with -g in a folder of their own, so that
 * the module itself is what it always is. Compilers promise that -g changes no code, and now and then one breaks it:
 * what was linked is compared with the module, and an ELF file is written only of the very same code.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { debugFlags, FEWER_NOTES, sourceKind } from '../../natmod-rules/compile/index.ts';
import { hasSameCode } from '../../natmod-rules/debug/index.ts';
import type { LinkResult } from '../../natmod-rules/link/index.ts';
import { elfPlace, forgetElf } from '../debug/elf-place.ts';
import { writeDebugFile } from '../debug/write-elf.ts';
import type { ModulePlan } from '../modules/describe-module.ts';
import type { Report } from '../report/report.ts';
import { type BuildContext, buildModule } from './build-module.ts';

/**
 * Makes the ELF file of a module that was built.
 * @param module path of its .mpy file
 * @returns its path; undefined when the module is Python only
 * @throws those of `buildModule`
 */
export async function buildElf(plan: ModulePlan, module: string, context: BuildContext): Promise<string | undefined> {
  // An old one must not stay when this fails.
  forgetElf(plan);
  const sources = plan.sources.filter((source) => sourceKind(source) !== 'python');
  if (sources.length === 0 && plan.work === undefined) return undefined;
  const { report } = context.session;
  const mpy = await readFile(module);
  const flags = debugFlags(plan.cflags);
  for (const more of [flags, [...flags, ...FEWER_NOTES]]) {
    const linked = await linkAgain({ ...plan, sources, cflags: [...plan.cflags, ...more] }, context);
    if (linked !== undefined && hasSameCode(mpy, linked.mpy, module)) return write(plan, context, linked);
  }
  const linked = await linkAgain({ ...plan, sources }, context);
  if (linked === undefined || !hasSameCode(mpy, linked.mpy, module)) {
    tell(plan, report, 'no ELF file was made: its sources give other code than the module has');
    return undefined;
  }
  tell(plan, report, 'the compiler makes other code with -g, so the ELF file has symbols and no lines');
  return write(plan, context, linked);
}

async function linkAgain(plan: ModulePlan, context: BuildContext): Promise<LinkResult | undefined> {
  const folder = join(plan.place.buildDir, 'debug');
  let linked: LinkResult | undefined;
  const onLinked = (_plan: ModulePlan, result: LinkResult) => {
    linked = result;
  };
  const place = { folder, buildDir: join(folder, `${plan.name}.build`), cleaned: folder };
  await buildModule({ ...plan, place }, { ...context, onLinked });
  return linked;
}

async function write(plan: ModulePlan, { session, onDescribed }: BuildContext, linked: LinkResult): Promise<string> {
  const file = elfPlace(plan);
  for (const note of await writeDebugFile(file, linked)) tell(plan, session.report, note);
  onDescribed?.(plan, linked, await readFile(file));
  return file;
}

function tell({ name, arch }: ModulePlan, report: Report, text: string): void {
  report.status('doubtful', 'note', `${name} ${arch.name}: ${text}`);
}
