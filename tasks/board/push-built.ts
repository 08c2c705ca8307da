import { problemsIn } from '../../natmod-rules/problem.ts';
import { splitTraceback } from '../../natmod-rules/runtime/messages.ts';
import type { Report } from '../report/report.ts';
import { createDeployer, type Deployed, type Deployer } from './deploy.ts';
import type { Job } from './outcome.ts';
import type { PortOptions } from './ports.ts';

/** Copies what is built again and again to one board, and tells what comes of it. */
export interface Pusher extends Pick<Deployer, 'name' | 'firmware' | 'close'> {
  /** Notes a module, given as the absolute path of its .mpy file, for the next push. */
  add(file: string): void;
  /**
   * Copies what was noted, then runs the scripts; does nothing when nothing was, unless the scripts have changed.
   * Faults of the board and of the scripts are told; what could not be copied is tried again at the next push.
   */
  push(scriptsChanged?: boolean): Promise<void>;
  /** Absolute paths of the scripts that run at each push, as they are now. */
  scriptPaths(): Promise<readonly string[]>;
}

/** What runs on the board after each copy. */
export interface PushedScripts {
  /** Asked anew for every push, because a script may have changed too. */
  read(): Promise<readonly Omit<Job, 'modules'>[]>;
  paths(): Promise<readonly string[]>;
}

/**
 * Opens the line to a board.
 * @throws NatmodError what `createDeployer` throws
 */
export async function createPusher(
  port: string,
  options: PortOptions,
  scripts: PushedScripts,
  report: Report,
): Promise<Pusher> {
  const deployer = await createDeployer(port, options, report);
  const waiting = new Set<string>();
  return {
    name: deployer.name,
    firmware: deployer.firmware,
    close: () => deployer.close(),
    add(file) {
      waiting.add(file);
    },
    scriptPaths: () => scripts.paths(),
    async push(scriptsChanged = false) {
      if (waiting.size === 0 && !scriptsChanged) return;
      try {
        await pushTo(deployer, waiting, await scripts.read(), report);
      } catch (error) {
        report.problems(problemsIn(error), deployer.name);
      }
    },
  };
}

async function pushTo(
  deployer: Deployer,
  waiting: Set<string>,
  scripts: readonly Omit<Job, 'modules'>[],
  report: Report,
): Promise<void> {
  // Before the scripts, which may hang: what was copied need not be copied again.
  if (waiting.size > 0) {
    const { deployed } = await deployer.push([...waiting]);
    waiting.clear();
    for (const one of deployed) tellDeployed(one, report);
  }
  for (const script of scripts) {
    report.note(`running ${script.scriptName}`);
    const { outcomes } = await deployer.push([], [script]);
    for (const { ok, reason, output } of outcomes) {
      if (ok) continue;
      report.emit({ kind: 'script', output: splitTraceback(output).traceback });
      report.status('bad', 'failed', `${script.scriptName}: ${reason}`);
    }
  }
}

/** Tells of a module that was copied to a board. */
export function tellDeployed({ path, bytes, isNew }: Deployed, report: Report): void {
  report.status('good', isNew ? 'copied' : 'already there', `${path}, ${bytes} bytes`);
}
