import { ARCHES } from '../natmod-rules/arch/index.ts';
import { joinWords } from '../natmod-rules/compile/index.ts';
import { NatmodError } from '../natmod-rules/problem.ts';
import { allModules, type ModuleSource } from './modules/find.ts';
import { currentOptions, type Options } from './options/options.ts';
import { runTask, yellow } from './report/report.ts';
import { findToolchain, howToGetCompiler } from './toolchain/find.ts';
import { findMpyCross } from './toolchain/mpy-cross.ts';

/** `gulp list`: modules, architectures, and which compiler was found where. */
export async function list(): Promise<void> {
  await runTask(async () => {
    const options = currentOptions();
    const cwd = process.env.INIT_CWD ?? process.cwd();
    print(
      'Modules',
      modulesToList(options).map(({ name, dir }) => [name, dir] as const),
    );
    print(
      'Architectures',
      await Promise.all(ARCHES.map(async (arch) => [arch.name, await compilerOf(arch, options, cwd)])),
    );
    const { command, webAssembly } = findMpyCross(options.mpyDir, cwd);
    print('Python parts', [['mpy-cross', webAssembly ? 'WebAssembly build from npm' : joinWords(command)]]);
  });
}

/** A folder without modules is no failure here: there is more to show. */
function modulesToList(options: Options): ModuleSource[] {
  try {
    return allModules(options);
  } catch (error) {
    if (error instanceof NatmodError) return [];
    throw error;
  }
}

async function compilerOf(arch: (typeof ARCHES)[number], { cc, cross }: Options, cwd: string): Promise<string> {
  try {
    const { compiler, standsIn } = await findToolchain(arch, { cc, cross, cwd });
    return `${joinWords(compiler)}${standsIn === undefined ? '' : '  (no other on PATH)'}`;
  } catch (error) {
    if (!(error instanceof NatmodError)) throw error;
    return yellow(`no compiler; ${howToGetCompiler(arch)}`);
  }
}

function print(title: string, rows: readonly (readonly string[])[]): void {
  const lines = rows.map(([name, text]) => `  ${name!.padEnd(12)} ${text}`);
  process.stdout.write(`${title}\n${lines.join('\n')}\n`);
}
