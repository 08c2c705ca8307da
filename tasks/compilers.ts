import { ARCHES, type Arch, archByName } from '../natmod-rules/arch/index.ts';
import { provideEspressif } from './bootstrap/espressif.mjs';
import { describeError } from './bootstrap/report.mjs';
import { installPackages, missingPackages } from './bootstrap/system-packages.mjs';
import type { Context } from './building/context.ts';
import type { Options } from './options/options.ts';
import { TaskFailure } from './report/report.ts';
import { describeCompiler, hasOwnCompiler } from './toolchain/describe.ts';
import { usualCompilerNames } from './toolchain/find.ts';

/** `gulp compilers`: shows the compiler for each architecture; `--add` gets those that are missing. */
export async function compilers(options: Options, { report }: Context): Promise<void> {
  const arches = archesNamed(options.add);
  const reasons = [await addPackages(arches), await addEspressif(arches, options)].filter(
    (reason) => reason !== undefined,
  );
  const shown = arches.length === 0 ? ARCHES : arches;
  const rows = await Promise.all(
    shown.map(async (arch) => `  ${arch.name.padEnd(13)} ${await describeCompiler(arch, options)}\n`),
  );
  report.show(`Compilers\n${rows.join('')}`);
  for (const reason of reasons) report.status('doubtful', 'not to be had', reason);
  if (reasons.length > 0) throw new TaskFailure('not all could be added');
}

function archesNamed(words: readonly string[]): readonly Arch[] {
  const names = words.flatMap((word) => word.split(',')).map((name) => name.trim());
  return names.includes('all') ? ARCHES : names.map(archByName);
}

/** The compilers that come as packages: what each is, the programs of which one must be there, and their packages. */
export function packagedCompilers(arches: readonly Arch[] = ARCHES) {
  return arches
    .filter(({ debianPackages }) => debianPackages.length > 0)
    .map((arch) => ({
      what: `C compiler for ${arch.name}`,
      programs: usualCompilerNames(arch),
      packages: arch.debianPackages,
    }));
}

/** @returns why the packages could not be installed, and what to do */
async function addPackages(arches: readonly Arch[]): Promise<string | undefined> {
  const { packages } = await missingPackages(packagedCompilers(arches));
  return packages.length === 0 ? undefined : (await installPackages(packages))?.missing;
}

/** Where there is one that Espressif's own programs have installed, there is nothing to do. */
async function addEspressif(arches: readonly Arch[], options: Options): Promise<string | undefined> {
  const arch = arches.find(({ name }) => name === 'xtensawin');
  if (arch === undefined || (await hasOwnCompiler(arch, options))) return undefined;
  try {
    await provideEspressif();
    return undefined;
  } catch (error) {
    if ((error as Error).name !== 'SetupError') throw error;
    return describeError(error);
  }
}
