import { hideTold, tellImports, UNTELL_IMPORTS, withoutTold } from '../../natmod-rules/debug/where/index.ts';
import { readMpyHeader } from '../../natmod-rules/package/index.ts';
import type { Problem } from '../../natmod-rules/problem.ts';
import { formatProblem, NatmodError, problemsIn } from '../../natmod-rules/problem.ts';
import {
  EXIT_MARK,
  floatWarning,
  forgetModule,
  type Implementation,
  MOUNT_MEMORY,
  runFromMemory,
  storeInMemory,
  whyRefused,
} from '../../natmod-rules/runtime/index.ts';
import { isOutOfMemory, lastLine } from '../../natmod-rules/runtime/messages.ts';
import type { Report } from '../report/report.ts';
import { askImplementation, type Board, BoardCrash, BoardTimeout, mustExecute, takeBoard } from './board.ts';
import { helpersOf } from './helpers.ts';
import type { Link } from './link.ts';
import type { Job, Outcome } from './outcome.ts';

/** Opens the line, runs a script from the board's memory, and closes the line. Nothing is written to its flash. */
export async function runOnLink(open: () => Promise<Link>, job: Job): Promise<Outcome> {
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  let board: Board | undefined;
  try {
    board = await takeBoard(await open());
    await loadModules(board, job.modules, job.report);
    return { ...(await runScript(board, job)), seconds: seconds() };
  } catch (error) {
    const problems = problemsIn(error);
    if (error instanceof BoardCrash) return { ...crashedOutcome(error), seconds: seconds() };
    const output = error instanceof BoardTimeout ? withoutTold(error.received) : '';
    return { ok: false, reason: problems.map(formatProblem).join('\n'), output, seconds: seconds() };
  } finally {
    await board?.close();
  }
}

/**
 * Puts modules into the board's memory, in front of all others on sys.path.
 * @throws NatmodError `wrong-firmware` for one that the firmware would refuse; `out-of-memory`
 */
export async function loadModules(
  board: Board,
  modules: ReadonlyMap<string, Uint8Array>,
  report?: Report,
): Promise<void> {
  const firmware = await askImplementation(board);
  const refused: Problem[] = [];
  for (const [name, bytes] of modules) {
    const header = readMpyHeader(bytes, name);
    const why = whyRefused(header, firmware, name);
    if (why !== undefined) refused.push(why);
    else warnOfFloats(header.archNumber, firmware, report);
  }
  if (refused.length > 0) throw new NatmodError(refused);
  await mustExecute(board, MOUNT_MEMORY, 'making room for modules');
  for (const [name, bytes] of modules) await store(board, name, bytes);
}

/** Tells the warning of `floatWarning`, once. */
export function warnOfFloats(archNumber: number, firmware: Implementation, report: Report | undefined): void {
  const text = floatWarning(archNumber, firmware);
  if (text !== undefined) report?.statusOnce('doubtful', 'warning', text);
}

async function store(board: Board, name: string, bytes: Uint8Array): Promise<void> {
  for (const code of storeInMemory(name, bytes))
    await mustExecute(board, code, `loading ${name} (${bytes.length} bytes)`);
}

/** Runs a script from the board's memory, which `MOUNT_MEMORY` has made room in. */
export async function runScript(board: Board, job: Job): Promise<Omit<Outcome, 'seconds'>> {
  const { scriptName, script, folder, modules, sizes, timeoutMs, show } = job;
  const known = [...modules.keys(), ...(sizes?.keys() ?? [])];
  const helpers = folder === undefined ? [] : await helpersOf(script, folder, known);
  for (const [name, bytes] of helpers) await store(board, name, bytes);
  // The line may stay open, and a helper may have changed since it was imported last.
  for (const [name] of helpers) await mustExecute(board, forgetModule(name.replace(/\.py$/, '')), `forgetting ${name}`);
  await store(board, scriptName, script);
  const { tell = [] } = job;
  if (tell.length > 0) await board.execute(tellImports(tell));
  const shown = tell.length > 0 ? show && hideTold(show) : show;
  const { output, error } = await board.execute(runFromMemory(scriptName), { timeoutMs, show: shown });
  if (tell.length > 0) await board.execute(UNTELL_IMPORTS);
  const { told, output: own } = withoutTelling(output);
  return { ...judge(own, error, job), told };
}

/** What comes of a script that MicroPython has crashed on. */
export function crashedOutcome({ problems, received }: BoardCrash): Omit<Outcome, 'seconds'> {
  return { ok: false, reason: problems.map(formatProblem).join('\n'), ...withoutTelling(received), crashed: true };
}

/** What a script printed, apart from what it was made to tell. */
function withoutTelling(output: string): { readonly output: string; readonly told: string } {
  return { output: withoutTold(output), told: output.match(/^natmod: .*$/gm)?.join('\n') ?? '' };
}

function judge(printed: string, error: string, { modules, sizes }: Job): Omit<Outcome, 'seconds'> {
  if (error === '') return { ok: true, reason: '', output: printed };
  const last = lastLine(error);
  if (last.startsWith(EXIT_MARK)) {
    return { ok: false, reason: `exit status ${last.slice(EXIT_MARK.length)}`, output: printed };
  }
  const all = [...(sizes ?? []), ...[...modules].map(([name, bytes]) => [name, bytes.length] as const)];
  const told = all.map(([name, bytes]) => `${name} is ${bytes} bytes`).join(', ');
  const where = `out of memory on the board${told === '' ? '' : ` (${told})`}`;
  const reason = isOutOfMemory(last) ? `${where}: ${last}` : last;
  return { ok: false, reason, output: printed + error };
}
