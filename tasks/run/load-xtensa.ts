import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatProblem, problemsIn } from '../../natmod-rules/problem.ts';
import type { TestResult } from '../../natmod-rules/runtime/index.ts';
import { findProgram } from '../system/find-program.ts';
import { type CallList, compareCalls } from './call-lists.ts';
import { buildHarness, callOnXtensa, HARNESS_TOOLS, type Harness } from './xtensa.ts';
import { type Core, HARNESS_SOURCES } from './xtensa-cores.ts';

type Loaded = Pick<TestResult, 'test' | 'status' | 'reason' | 'seconds'>;

/** Stands in for a MicroPython where there is none for a core. */
export interface XtensaLoader {
  /** What of it is not on this machine, as a sentence; undefined when it can load. */
  readonly missing: string | undefined;
  /**
   * Loads a module on the emulated core, calls its entry point, and makes the calls of each list; one result for each.
   */
  load(mpy: Uint8Array, lists: readonly CallList[], timeoutMs: number): Promise<readonly Loaded[]>;
  /** Removes the program that was built for it. */
  close(): Promise<void>;
}

const ON_A_BOARD = '`gulp test --port PORT` runs its tests on a board';

/** The loader builds its program when the first module comes, and keeps it for all others. */
export function createXtensaLoader(core: Core): XtensaLoader {
  const noMicroPython = `no emulator runs MicroPython for ${core.name === 'lx106' ? 'xtensa' : 'xtensawin'}`;
  let folder: string | undefined;
  let harness: Promise<Harness> | undefined;
  const build = async () => {
    folder = await mkdtemp(join(tmpdir(), 'natmod-xtensa-'));
    return buildHarness(folder, core);
  };
  return {
    missing: whatIsMissing(core, noMicroPython),
    load(mpy, lists, timeoutMs) {
      return Promise.all((lists.length === 0 ? [undefined] : lists).map((list) => loadOnce(mpy, list, timeoutMs)));
    },
    async close() {
      // Its failure was told to those who wanted to load something.
      await harness?.catch(() => {});
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    },
  };

  async function loadOnce(mpy: Uint8Array, list: CallList | undefined, timeoutMs: number): Promise<Loaded> {
    const start = performance.now();
    const result = (status: TestResult['status'], reason: string): Loaded => {
      const seconds = (performance.now() - start) / 1000;
      return { test: list?.name ?? 'load', status, reason, seconds };
    };
    try {
      harness ??= build();
      const lines = await callOnXtensa(await harness, mpy, list?.calls ?? [], timeoutMs);
      const tests = `${noMicroPython}, so its tests did not run: ${ON_A_BOARD}`;
      if (list === undefined) {
        return result(
          'loaded',
          `loaded and relocated on an emulated ${core.name}, and its entry point called; ${tests}`,
        );
      }
      const wrong = compareCalls(list, lines);
      if (wrong !== undefined) return result('failed', `${wrong} (an emulated ${core.name})`);
      return result('native', `its list of calls ran on an emulated ${core.name}; ${tests}`);
    } catch (error) {
      const problems = problemsIn(error);
      const reason = problems.map(formatProblem).join('\n');
      if (problems[0]?.code !== 'harness-lacks') return result('failed', reason);
      return result('skipped', `${noMicroPython}, and ${reason}; ${ON_A_BOARD}`);
    }
  }
}

function whatIsMissing(core: Core, noMicroPython: string): string | undefined {
  if (!existsSync(HARNESS_SOURCES)) return `${noMicroPython}; ${ON_A_BOARD}`;
  const tools = missingTools(core);
  if (tools === undefined) return undefined;
  const { missing, how } = tools;
  return `${noMicroPython}; modules are loaded on an emulated core where ${missing} are (${how}); ${ON_A_BOARD}`;
}

/** What of the emulated core is not on this machine, and how to get it, in words. */
export function missingTools(core: Core): { readonly missing: string; readonly how: string } | undefined {
  const qemu = HARNESS_TOOLS[1];
  const missing = [
    ...(core.compiler() === undefined ? [core.name === 'lx106' ? HARNESS_TOOLS[0] : 'a compiler for it'] : []),
    ...(findProgram(qemu, process.cwd()) === undefined ? [qemu] : []),
  ];
  if (missing.length === 0) return undefined;
  const how =
    core.name === 'lx106'
      ? '`gulp compilers --add xtensa` and `gulp runtimes --add xtensa`'
      : '`gulp runtimes --add xtensawin`';
  return { missing: missing.join(' and '), how };
}
