/** Builds in one process, one after the other, as told by the process that started it. */
import { join } from 'node:path';
import { formatProblem, problemsIn } from '../../natmod-rules/problem.ts';
import { buildAll, moduleIn, parseOptions } from '../programs.ts';

interface Job {
  readonly cwd: string;
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Waits for jobs; ends when the other process does. */
export function serveBuilds(): void {
  process.on('message', (job: Job) => {
    build(job).then(
      (answer) => process.send?.(answer),
      (error) => process.send?.({ isBuilt: false, log: String(error instanceof Error ? error.stack : error) }),
    );
  });
}

async function build({ cwd, words, env }: Job): Promise<{ isBuilt: boolean; log: string }> {
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  Object.assign(process.env, env);
  process.chdir(cwd);
  try {
    const options = parseOptions(['build', ...words], cwd);
    const modules = options.modules.map((dir) => moduleIn(dir)).filter((module) => module !== undefined);
    if (modules.length === 0) return { isBuilt: false, log: `no module in ${join(cwd, '.')}` };
    const { failed } = await buildAll(modules, options);
    const log = failed.flatMap(({ problems }) => problems.map(({ message }) => message)).join('\n');
    return { isBuilt: failed.length === 0, log };
  } catch (error) {
    return { isBuilt: false, log: problemsIn(error).map(formatProblem).join('\n') };
  }
}
