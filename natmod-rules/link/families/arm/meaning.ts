/** What instructions do, as text that is the same wherever they stand. */
import type { Resolve } from '../../model/model.ts';
import type { PlaceNames } from '../../shrink/place-names.ts';
import { LR } from './instruction.ts';
import { type Code, type Line, registerOf } from './lines.ts';

/** What a line does; undefined for what may not stand elsewhere. */
export type MeaningOf = (line: Line) => string | undefined;

/** Each line is read once, however often it is asked about, unless its bytes say it all. */
export function meanings(resolve: Resolve, names: PlaceNames): MeaningOf {
  const known = new Map<Line, string | undefined>();
  // Instructions that are the same share their bytes.
  const texts = new Map<Uint8Array, string>();
  const textOf = (bytes: Uint8Array) => {
    const found = texts.get(bytes);
    if (found !== undefined) return found;
    const text = bytes.join(' ');
    texts.set(bytes, text);
    return text;
  };
  const words = { resolve, names, textOf };
  return (line) => {
    const [first] = line.parts;
    if (line.parts.length === 1 && line.table === undefined && isText(first!)) return textOf(first!.bytes);
    const found = known.get(line);
    if (found !== undefined || known.has(line)) return found;
    const meaning = meaningOf(line, words);
    known.set(line, meaning);
    return meaning;
  };
}

interface Words {
  readonly resolve: Resolve;
  readonly names: PlaceNames;
  readonly textOf: (bytes: Uint8Array) => string;
}

function meaningOf(line: Line, words: Words): string | undefined {
  if (line.pool !== undefined || line.table !== undefined) return undefined;
  if (line.parts.length === 1) return meaningOfCode(line.parts[0]!, words);
  const parts = line.parts.map((code) => meaningOfCode(code, words));
  return parts.includes(undefined) ? undefined : parts.join('; ');
}

/** Whether an instruction does the same wherever it stands, so that its bytes are its meaning. */
function isText({ relocation, loads, pool, target }: Code): boolean {
  return relocation === undefined && loads === undefined && pool === undefined && target === undefined;
}

function meaningOfCode(code: Code, { resolve, names, textOf }: Words): string | undefined {
  const { flow, relocation, loads, pool, literal, bytes, target } = code;
  if (target !== undefined || pool !== undefined) return undefined;
  if (loads !== undefined) {
    const isWhole = literal!.form === 'ldr.n' || literal!.form === 'ldr.w';
    return `${isWhole ? `ldr r${registerOf(code)}` : floatRegister(code)} = ${loads.key}`;
  }
  if (relocation === undefined) return textOf(bytes);
  const { symbol, addend } = relocation;
  return `${flow.kind} ${names.of(resolve(symbol))} ${addend}`;
}

/** The bytes of `vldr` without its distance. */
function floatRegister({ bytes }: Code): string {
  return Buffer.from([bytes[0]! & 0x7f, bytes[1]!, 0, bytes[3]!]).toString('hex');
}

/** Whether a line does nothing but go on to the next, and leaves the link register alone. */
export function isStraight({ parts }: Line): boolean {
  return parts.every(({ flow, usesLink, definesLink }) => {
    return (flow.kind === 'next' || flow.kind === 'it') && !usesLink && !definesLink;
  });
}

/** A call, whose place a jump can take. */
export function isCall({ parts }: Line): boolean {
  const [code] = parts;
  if (code === undefined || parts.length > 1 || code.usesLink) return false;
  const isNamed = code.flow.kind === 'call' && code.relocation !== undefined;
  return isNamed || (code.flow.kind === 'call-register' && (code.bytes[0]! >> 3) % 16 !== LR);
}
