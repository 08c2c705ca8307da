/**
 * One question for several architectures of a module. Each has a make of its own, with its ARCH on the command line,
 * but one small process starts them all, which costs a fraction of what it costs us.
 */
import { now } from '../system/file-hashes.ts';
import { runInRow } from '../system/in-row.ts';
import type { ProcessOptions, ProcessResult } from '../system/processes.ts';

/** What one make said. */
export interface Reply {
  readonly result: ProcessResult;
  /** The random word that begins the lines of probe.mk. */
  readonly mark: string;
  /** It was started no earlier, in milliseconds since 1970. */
  readonly asked: number;
}

type Replies = Promise<readonly (Reply | undefined)[]>;

/** Replies for architectures whose turn has not come yet. They hold for one round of a session. */
export class SharedReplies {
  readonly #waiting = new Map<string, Map<string, Promise<Reply | undefined>>>();

  /**
   * The reply for one architecture, which is there once. Who asks first has all of them asked.
   * @param question all of it but the architecture
   * @param arches those for which it will be asked, too
   * @returns undefined when it has to be asked alone
   */
  async take(
    question: string,
    arch: string,
    arches: readonly string[],
    ask: (arches: readonly string[]) => Replies,
  ): Promise<Reply | undefined> {
    let waiting = this.#waiting.get(question);
    if (waiting === undefined) {
      const all = [...new Set([arch, ...arches])];
      if (all.length < 2) return undefined;
      const replies = ask(all);
      waiting = new Map(all.map((name, i) => [name, replies.then((found) => found[i])]));
      this.#waiting.set(question, waiting);
    }
    const reply = waiting.get(arch);
    waiting.delete(arch);
    return reply;
  }

  /** Begins a new round: what was not asked for is another answer by now. */
  nextRound(): void {
    this.#waiting.clear();
  }
}

/**
 * Runs makes that differ in their ARCH, and takes apart what they print.
 * @param arches the ARCH of each
 * @param mark that of all of them
 * @returns in their order; undefined where nobody can tell, as for one that failed
 */
export async function askInRow(
  commands: readonly (readonly string[])[],
  arches: readonly string[],
  mark: string,
  options: ProcessOptions,
): Replies {
  const asked = now();
  const row = await runInRow(commands, options);
  if (row === undefined) return arches.map(() => undefined);
  return splitReplies(row.stdout, mark, arches, row.haveFailed).map((stdout) =>
    stdout === undefined ? undefined : { result: succeeded(stdout), mark, asked },
  );
}

function succeeded(stdout: string): ProcessResult {
  const ending = { status: 0, signal: undefined, startError: undefined, tooMuch: false, isLate: false };
  return { ...ending, stdout, stderr: '', output: stdout };
}

/** Behind it comes what the Makefile prints while the next make reads it. */
const END_OF_DATA_BASE = /^# Finished Make data base on .*$/gm;

/**
 * What each make printed from the first line with the mark to the end of its data base; undefined for one of which that
 * is not certain.
 * @param arches the ARCH of all that ran, in their order
 * @param haveFailed whether some did not come to our rule: these print no mark, and a data base all the same
 */
export function splitReplies(
  printed: string,
  mark: string,
  arches: readonly string[],
  haveFailed: boolean,
): (string | undefined)[] {
  const replies = arches.map((): string | undefined => undefined);
  const parts = splitAtMarks(printed, mark);
  if (!haveFailed && parts.length !== arches.length) return replies;
  const places = parts.map((part, i) => (haveFailed ? arches.indexOf(archOf(part, mark)) : i));
  for (const [i, part] of parts.entries()) {
    const [place = -1, next = arches.length] = places.slice(i);
    const ends = [...part.matchAll(END_OF_DATA_BASE)];
    if (place >= 0 && ends.length === next - place) replies[place] = part.slice(0, ends[0]?.index);
  }
  return replies;
}

function splitAtMarks(printed: string, mark: string): string[] {
  const first = printed.split('\n').find((line) => line.startsWith(`${mark} `));
  const [, name] = first?.split(' ') ?? [];
  if (name === undefined) return [];
  const starts = [...printed.matchAll(new RegExp(`^${mark} ${name} `, 'gm'))].map(({ index }) => index);
  return starts.map((start, i) => printed.slice(start, starts[i + 1]));
}

/** What ARCH was on the command line of the make that printed it; empty when the Makefile overrides that. */
function archOf(part: string, mark: string): string {
  return new RegExp(`^${mark} ARCH command line\n(.*)$`, 'm').exec(part)?.[1] ?? '';
}
