/** Profiles as JSON, for other programs and to compare a later run with. */
import { fail, type Problem } from '../../problem.ts';
import { entriesOf, isCount, isObject, parseReport } from '../../size/json-report.ts';
import type { FunctionCount, LineCount, Profile } from './profile.ts';
import { grouped } from './table.ts';

const VERSION = 1;

export function profileReport(profiles: readonly Profile[]): string {
  return `${JSON.stringify({ natmodProfile: VERSION, modules: profiles }, null, 1)}\n`;
}

/**
 * What `profileReport` wrote.
 * @param file its name in errors
 * @throws NatmodError `bad-report`
 */
export function readProfileReport(text: string, file: string): Profile[] {
  const refuse = (why: string) => {
    const hint = '`natmod run --profile --report FILE.json` writes one';
    return fail('bad-report', `this is no report of counted instructions: ${why}`, { file }, hint);
  };
  const value = parseReport(text, refuse);
  if (!isObject(value) || value.natmodProfile !== VERSION || !Array.isArray(value.modules))
    return refuse(`it has no profiles of version ${VERSION}`);
  return entriesOf(value.modules, isProfile, refuse);
}

function isProfile(value: unknown): value is Profile {
  return (
    isObject(value) &&
    typeof value.module === 'string' &&
    typeof value.arch === 'string' &&
    isCount(value.instructions) &&
    Array.isArray(value.functions) &&
    value.functions.every(isFunction) &&
    Array.isArray(value.lines) &&
    value.lines.every(isLine)
  );
}

function isFunction(value: unknown): value is FunctionCount {
  return isObject(value) && typeof value.name === 'string' && isCount(value.instructions);
}

function isLine(value: unknown): value is LineCount {
  return isObject(value) && typeof value.file === 'string' && isCount(value.line) && isCount(value.instructions);
}

const MOST_LISTED = 5;

/** What `over-budget` is told of when a module ran more instructions than it may. */
export function overInstructions(
  { module, arch, instructions, functions }: Profile,
  bound: number,
): Problem | undefined {
  if (instructions <= bound) return undefined;
  const over = grouped(instructions - bound);
  const message = `${module} for ${arch} ran ${grouped(instructions)} instructions, ${over} more than its budget of ${grouped(bound)}`;
  const dearest = functions.slice(0, MOST_LISTED).map((one) => `${grouped(one.instructions).padStart(12)} ${one.name}`);
  return { code: 'over-budget', message, hint: `most:\n${dearest.join('\n')}` };
}
