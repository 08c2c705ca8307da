import { ARCHES } from './index.ts';

const LONGEST_FIRST = ARCHES.map(({ name }) => name).sort((a, b) => b.length - a.length);

/**
 * The architectures whose names are in a text; of two that begin alike, such as xtensa and xtensawin, the longer one
 * counts.
 */
export function namedArches(text: string): string[] {
  return [...new Set(text.match(new RegExp(LONGEST_FIRST.join('|'), 'g')))];
}

/** Whether a text names one architecture and no other, so that what it names cannot be shared between two. */
export function namesOnly(text: string, arch: string): boolean {
  const named = namedArches(text);
  return named.length === 1 && named[0] === arch;
}
