import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { readMpyHeader } from '../../natmod-rules/package/index.ts';
import { NatmodError } from '../../natmod-rules/problem.ts';
import {
  forgetModule,
  type Implementation,
  MOUNT_MEMORY,
  UNMOUNT_MEMORY,
  whyRefused,
} from '../../natmod-rules/runtime/index.ts';
import { type Report, silentReport } from '../report/report.ts';
import { findProgram } from '../system/find-program.ts';
import { askImplementation, type Board, BoardCrash, mustExecute, takeBoard } from './board.ts';
import { mpremoteBoard } from './mpremote.ts';
import type { Job, Outcome } from './outcome.ts';
import { openPort, type PortOptions } from './ports.ts';
import { moduleFolder, putFile } from './put-file.ts';
import { crashedOutcome, runScript, warnOfFloats } from './run-board.ts';

/** A board that modules are copied to. */
export interface Target {
  readonly board: Board;
  readonly firmware: Implementation;
  /** Folder for modules, without a slash at its end. */
  readonly folder: string;
  /** Bytes of what was copied, by file name. */
  readonly sizes: Map<string, number>;
  readonly report: Report;
}

/**
 * Opens a port and asks the board what it is. mpremote does the talking where it is installed, but for WebREPL.
 * @throws NatmodError `no-port`, `port-busy`, `no-repl`, `line-closed`
 */
export async function openTarget(port: string, options: PortOptions, report: Report): Promise<Target> {
  const mpremote = /^ws:/.test(port) ? undefined : findProgram('mpremote', process.cwd());
  const board = mpremote === undefined ? await takeBoard(await openPort(port, options)) : mpremoteBoard(mpremote, port);
  try {
    const firmware = await askImplementation(board);
    return { board, firmware, folder: await moduleFolder(board), sizes: new Map(), report };
  } catch (error) {
    await board.close();
    throw error;
  }
}

export interface Deployed {
  /** On the board. */
  readonly path: string;
  readonly bytes: number;
  /** False when the board had it already. */
  readonly isNew: boolean;
}

/**
 * Copies a built module to the board, unless the firmware would refuse it.
 * @param file absolute path of the .mpy file
 * @throws NatmodError `wrong-firmware` and what `putFile` throws
 */
export async function deployModule(
  { board, firmware, folder, sizes, report }: Target,
  file: string,
): Promise<Deployed> {
  const bytes = await readFile(file);
  const header = readMpyHeader(bytes, file);
  const refused = whyRefused(header, firmware, basename(file));
  if (refused !== undefined) throw new NatmodError({ ...refused, message: `${board.name}: ${refused.message}` });
  warnOfFloats(header.archNumber, firmware, report);
  const path = `${folder}/${basename(file)}`;
  const isNew = await putFile(board, path, bytes);
  sizes.set(basename(file), bytes.length);
  await mustExecute(board, forgetModule(basename(file, '.mpy')), 'forgetting the old module');
  return { path, bytes: bytes.length, isNew };
}

/** Runs a script on the board, from its memory; the modules it imports are those in its flash. */
export async function runOnTarget(
  { board, sizes, report }: Target,
  script: Omit<Job, 'modules'>,
): Promise<Omit<Outcome, 'seconds'>> {
  await mustExecute(board, MOUNT_MEMORY, 'making room for the script');
  const outcome = await runScript(board, { ...script, modules: new Map(), sizes, report }).catch((error) => {
    if (error instanceof BoardCrash) return crashedOutcome(error);
    throw error;
  });
  if (outcome.crashed) return outcome;
  await mustExecute(board, UNMOUNT_MEMORY, 'tidying up');
  return outcome;
}

/** Pushes modules to one board again and again, as `watch` does; the line stays open between two pushes. */
export interface Deployer {
  readonly name: string;
  /** What the board is, for choosing the architecture to build for. */
  readonly firmware: Implementation;
  /**
   * Copies modules, given as absolute paths of .mpy files, then runs the scripts in their order.
   * @throws NatmodError what `deployModule` throws; after `line-closed` the next push opens the line anew
   */
  push(files: readonly string[], scripts?: readonly Omit<Job, 'modules'>[]): Promise<Pushed>;
  close(): Promise<void>;
}

export interface Pushed {
  readonly deployed: readonly Deployed[];
  readonly outcomes: readonly Omit<Outcome, 'seconds'>[];
}

/** @throws NatmodError what `openTarget` throws */
export async function createDeployer(
  port: string,
  options: PortOptions = {},
  report: Report = silentReport(),
): Promise<Deployer> {
  let target: Target | undefined = await openTarget(port, options, report);
  const { firmware, board } = target;
  return {
    name: board.name,
    firmware,
    async push(files, scripts = []) {
      target ??= await openTarget(port, options, report);
      try {
        const deployed: Deployed[] = [];
        for (const file of files) deployed.push(await deployModule(target, file));
        const outcomes: Pushed['outcomes'][number][] = [];
        for (const script of scripts) outcomes.push(await runOnTarget(target, script));
        // It starts anew, and its line is closed.
        if (outcomes.some(({ crashed }) => crashed)) target = undefined;
        return { deployed, outcomes };
      } catch (error) {
        // A board that was unplugged, or that hangs in a script, is taken over anew.
        await target?.board.close();
        target = undefined;
        throw error;
      }
    },
    async close() {
      await target?.board.close();
      target = undefined;
    },
  };
}
