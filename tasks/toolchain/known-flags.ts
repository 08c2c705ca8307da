import { devNull } from 'node:os';
import { answersOf, type Toolchain } from './find.ts';

/**
 * The flags that a compiler takes: GCC has -Oz since version 12, and others come and go.
 * @param command the compiler with the flags that it always gets
 * @param together flags of other questions and these; a compiler that takes all of them at once takes each
 */
export async function knownFlags(
  toolchain: Toolchain,
  command: readonly string[],
  flags: readonly string[],
  together: readonly string[] = [],
): Promise<readonly string[]> {
  const answers = answersOf(toolchain);
  const takes = async (some: readonly string[]) =>
    (await answers.ask([...command, ...some, '-x', 'c', '-E'], devNull)) !== '';
  if (together.length > 0 && (await takes(together))) return flags;
  // Where it cannot be asked, compiling tells why; without the flags nobody would see that the module is larger.
  if ((await takes(flags)) || !(await takes([]))) return flags;
  const taken = await Promise.all(flags.map(async (flag) => ({ flag, isTaken: await takes([flag]) })));
  return taken.filter(({ isTaken }) => isTaken).map(({ flag }) => flag);
}
