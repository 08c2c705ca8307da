import { staticQstrNumber, staticQstrText } from './static-qstrs.ts';
import type { MpyQstr } from './types.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The qstr of a text: static where the format has a number for it. */
export function qstrOf(text: string): MpyQstr {
  const number = staticQstrNumber(text);
  return number === undefined ? { bytes: encoder.encode(text) } : { static: number };
}

/** The text of a qstr; bytes that are no UTF-8 become U+FFFD. */
export function qstrText(qstr: MpyQstr): string {
  return 'static' in qstr ? (staticQstrText(qstr.static) ?? `qstr ${qstr.static}`) : decoder.decode(qstr.bytes);
}
