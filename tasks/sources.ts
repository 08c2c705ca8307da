import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fail } from '../natmod-rules/problem.ts';
import { RELEASE } from './bootstrap/git-source.mjs';
import { bringSources } from './bootstrap/sources.mjs';
import type { Context } from './building/context.ts';
import type { Options } from './options/options.ts';

/** `gulp sources`: a MicroPython release into the cache, where builds find it. */
export async function sources(_options: Options, { report }: Context): Promise<void> {
  const { tree, isNew, whyNotGit } = await bringSources().catch(sourcesFailed);
  if (whyNotGit !== undefined) report.status('doubtful', 'not from git:', whyNotGit);
  report.status('good', isNew ? 'ready' : 'already there', `MicroPython ${tree.version} in ${tree.dir}`);
  const lacking = RELEASE.submodules.filter((path) => !existsSync(join(tree.dir, path, 'README')));
  if (lacking.length > 0) {
    report.status(
      'doubtful',
      'lacking',
      `${lacking.join(', ')}: only git has it; run \`gulp sources\` where git gets through`,
    );
  }
}

function sourcesFailed(error: unknown): never {
  if ((error as Error).name !== 'SetupError') throw error;
  const [message = '', ...hint] = (error as Error).message.split('\n  ');
  return fail('no-sources-had', message, undefined, hint.length === 0 ? undefined : hint.join('\n'));
}
