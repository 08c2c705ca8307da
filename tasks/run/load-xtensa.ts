import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatProblem, NatmodError } from '../../natmod-rules/problem.ts';
import type { TestResult } from '../../natmod-rules/runtime/index.ts';
import { findProgram } from '../system/find-program.ts';
import { buildHarness, callOnXtensa, HARNESS_SOURCES, HARNESS_TOOLS } from './xtensa.ts';

type Loaded = Pick<TestResult, 'test' | 'status' | 'reason' | 'seconds'>;

/** Stands in for a MicroPython where there is none for xtensa. */
export interface XtensaLoader {
  /** What of it is not on this machine, as a sentence; undefined when it can load. */
  readonly missing: string | undefined;
  /** Loads a module on an emulated lx106 core and calls its entry point. */
  load(mpy: Uint8Array, timeoutMs: number): Promise<Loaded>;
  /** Removes the program that was built for it. */
  close(): Promise<void>;
}

const NO_MICROPYTHON = 'no emulator runs MicroPython for xtensa';
const ON_A_BOARD = '`gulp test --port PORT` runs its tests on a board';

/** The loader builds its program when the first module comes, and keeps it for all others. */
export function createXtensaLoader(): XtensaLoader {
  let folder: string | undefined;
  let program: Promise<string> | undefined;
  const build = async () => {
    folder = await mkdtemp(join(tmpdir(), 'natmod-xtensa-'));
    return buildHarness(folder);
  };
  return {
    missing: whatIsMissing(),
    async load(mpy, timeoutMs) {
      const start = performance.now();
      const result = (status: TestResult['status'], reason: string): Loaded => {
        const seconds = (performance.now() - start) / 1000;
        return { test: 'load', status, reason, seconds };
      };
      try {
        program ??= build();
        await callOnXtensa(await program, mpy, [], timeoutMs);
        const what = 'loaded and relocated on an emulated lx106, and its entry point called';
        return result('loaded', `${what}; ${NO_MICROPYTHON}, so its tests did not run: ${ON_A_BOARD}`);
      } catch (error) {
        if (!(error instanceof NatmodError)) throw error;
        const reason = error.problems.map(formatProblem).join('\n');
        if (error.problems[0]?.code !== 'harness-lacks') return result('failed', reason);
        return result('skipped', `${NO_MICROPYTHON}, and ${reason}; ${ON_A_BOARD}`);
      }
    },
    async close() {
      await program?.catch(() => {});
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

function whatIsMissing(): string | undefined {
  if (!existsSync(HARNESS_SOURCES)) return `${NO_MICROPYTHON}; ${ON_A_BOARD}`;
  const missing = HARNESS_TOOLS.filter((tool) => findProgram(tool, process.cwd()) === undefined);
  if (missing.length === 0) return undefined;
  const packages = 'Debian packages gcc-xtensa-lx106, picolibc-xtensa-lx106-elf and qemu-system-misc';
  return `${NO_MICROPYTHON}; modules are loaded on an emulated core where ${missing.join(' and ')} are (${packages}); ${ON_A_BOARD}`;
}
