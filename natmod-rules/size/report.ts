/** Sizes as JSON, for other programs and to compare a later build with. */
import { fail } from '../problem.ts';
import { entriesOf, isCount, isObject, parseReport } from './json-report.ts';
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
  const refuse = (why: string) => {
    const hint = '`gulp size --report FILE.json` writes one';
    return fail('bad-report', `this is no report of sizes: ${why}`, { file }, hint);
  };
  const value = parseReport(text, refuse);
  if (!isObject(value) || !Array.isArray(value.modules)) return refuse('it lists no modules');
  if (value.natmodSizes !== VERSION) return refuse(`its version is not ${VERSION}`);
  return entriesOf(value.modules, isMeasure, refuse);
}

function isMeasure(value: unknown): value is Measure {
  if (!isObject(value) || !isText(value.module) || !isText(value.arch)) return false;
  const { blocks, relocations, kinds, symbols } = value;
  return (
    isCount(value.file) &&
    isCount(value.other) &&
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
    isCount(value.size) &&
    isCount(value.address)
  );
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function hasSizes(value: unknown, names: readonly string[]): boolean {
  return isObject(value) && names.every((name) => isCount(value[name]));
}
