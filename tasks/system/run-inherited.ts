import { fail } from '../../natmod-rules/problem.ts';
import { startProgram } from './programs.ts';

/**
 * Runs a program that takes over our input and output.
 * @param options.env added to the environment
 * @returns its exit status, undefined when a signal ended it
 * @throws NatmodError `cannot-start`
 */
export async function runInherited(
  command: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string | undefined>> } = {},
): Promise<number | undefined> {
  const { status, startError } = await (await startProgram(command, { ...options, input: 'terminal' })).ended;
  if (startError !== undefined) fail('cannot-start', `${command[0]} cannot be started: ${startError}`);
  return status;
}
