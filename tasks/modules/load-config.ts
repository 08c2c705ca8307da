import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Plugin } from 'esbuild';
import { fail, NatmodError } from '../../natmod-rules/problem.ts';
import { importModule } from '../system/import-module.ts';
import { checkConfig, type ModuleConfig } from './config.ts';

/**
 * Runs a `natmod.config.ts` (or .js, .mjs) and checks what it exports by default.
 *
 * @param file absolute path
 * @throws NatmodError `bad-config`: it cannot be read or run, or says something wrong
 */
export async function loadConfig(file: string): Promise<ModuleConfig> {
  try {
    const { code, imports } = await compileConfig(file);
    const { default: value } = (await importCode(code, imports, file)) as { default?: unknown };
    if (value === undefined) {
      fail('bad-config', 'there is no default export', { file }, 'write: export default defineModule({ … })');
    }
    return checkConfig(value, file);
  } catch (error) {
    if (error instanceof NatmodError) throw error;
    const said = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return fail('bad-config', `this config cannot be run: ${said}`, { file });
  }
}

async function importCode(code: string, imports: boolean, file: string): Promise<unknown> {
  if (!imports) return importModule(`data:text/javascript;base64,${Buffer.from(code).toString('base64')}`);
  // Beside the config, so that packages are found as if it had been run where it is.
  const folder = await mkdtemp(join(dirname(file), '.natmod-config-')).catch(() =>
    fail('bad-config', 'the folder of a config must be writable while it is read', { file }),
  );
  try {
    const path = join(folder, 'config.mjs');
    await writeFile(path, code);
    return await importModule(pathToFileURL(path).href);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** `imports`: there are packages to import, besides those of Node. */
async function compileConfig(file: string): Promise<{ code: string; imports: boolean }> {
  const { build } = (await importModule('esbuild')) as typeof import('esbuild');
  try {
    const { outputFiles, metafile } = await build({
      entryPoints: [file],
      absWorkingDir: dirname(file),
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform: 'node',
      target: 'node20.19',
      packages: 'external',
      logLevel: 'silent',
      plugins: [natmodItself],
      banner: { js: `const __filename = ${JSON.stringify(file)}, __dirname = ${JSON.stringify(dirname(file))};` },
    });
    const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
    return { code: outputFiles[0]!.text, imports: imports.some(({ path }) => !isBuiltin(path)) };
  } catch (error) {
    const [first] = (error as { errors?: { text: string; location: { line: number } | null }[] }).errors ?? [];
    if (first === undefined) throw error;
    return fail('bad-config', first.text, { file, line: first.location?.line });
  }
}

/** `import … from 'natmod'` leads here, also where natmod is not installed beside the config. */
const natmodItself: Plugin = {
  name: 'natmod-itself',
  setup(build) {
    build.onResolve({ filter: /^natmod$/ }, () => ({ path: 'natmod', namespace: 'natmod-itself' }));
    build.onLoad({ filter: /.*/, namespace: 'natmod-itself' }, () => ({
      contents: 'export const defineModule = (config) => config;',
      loader: 'js',
    }));
  },
};
