/** Sizes as JSON, for other programs and to compare a later build with. */
import { fail } from '../problem.ts';
import { KINDS, type Measure } from './measure.ts';

const VERSION = 1;

export function sizeReport(measures: readonly Measure[]): string {
  return `${JSON.stringify({ natmodSizes: VERSION, modules: measures }, null, 1)}\n`;
}

/**
 * What `sizeReport` wrote.
 * @param file its name in errors
 * @throws NatmodError `bad-report`
 */
export function readSizeReport(text: string, file: string): Measure[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Where in it, the user need not know: no tool but this one writes such files.
    return refuse(file, 'it is no JSON');
  }
  if (!isObject(value) || !Array.isArray(value.modules)) return refuse(file, 'it lists no modules');
  if (value.natmodSizes !== VERSION) return refuse(file, `its version is not ${VERSION}`);
  const wrong = value.modules.findIndex((module) => !isMeasure(module));
  return wrong < 0 ? (value.modules as Measure[]) : refuse(file, `entry ${wrong} of its modules is not understood`);
}

function refuse(file: string, why: string): never {
  const hint = '`gulp size --report FILE.json` writes one';
  return fail('bad-report', `this is no report of sizes: ${why}`, { file }, hint);
}

function isMeasure(value: unknown): value is Measure {
  if (!isObject(value) || !isText(value.module) || !isText(value.arch)) return false;
  const { blocks, relocations, kinds, symbols } = value;
  return (
    isSize(value.file) &&
    isSize(value.other) &&
    hasSizes(blocks, ['text', 'rodata', 'bss']) &&
    hasSizes(relocations, ['bytes', 'records']) &&
    (kinds === undefined || hasSizes(kinds, KINDS)) &&
    Array.isArray(symbols) &&
    symbols.every(isSymbol)
  );
}

function isSymbol(value: unknown): boolean {
  return (
    isObject(value) &&
    isText(value.name) &&
    isText(value.source) &&
    isText(value.section) &&
    KINDS.some((kind) => kind === value.kind) &&
    isSize(value.size) &&
    isSize(value.address)
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isSize(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function hasSizes(value: unknown, names: readonly string[]): boolean {
  return isObject(value) && names.every((name) => isSize(value[name]));
}
