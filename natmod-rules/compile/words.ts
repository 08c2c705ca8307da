import { fail } from '../problem.ts';

/**
 * Splits a line into words the way a POSIX shell does (XCU 2.2 Quoting, 2.6.5 Field Splitting), without expanding
 * anything: make hands `CFLAGS` to a shell, so `-DNAME='"x"'` is the word `-DNAME="x"`.
 *
 * @param line text as make expanded it; `what` names it in the error
 * @throws NatmodError `unclosed-quote`
 */
export function splitWords(line: string, what = 'text'): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let i = 0; i < line.length; i++) {
    const c = line[i]!;
    if (/\s/.test(c)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (c === '\\') {
      word ??= '';
      const next = line[++i];
      // A backslash before a line end joins the lines.
      if (next !== '\n') word += next ?? '\\';
    } else if (c === "'" || c === '"') {
      const end = closingQuote(line, i, what);
      word = (word ?? '') + unquote(line.slice(i + 1, end), c);
      i = end;
    } else {
      word = (word ?? '') + c;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

/** What a POSIX shell would do with a line besides taking its quotes away. */
export type ShellWork =
  /** Expand a parameter, a command, arithmetic, a home folder or a pattern of file names (XCU 2.6). */
  | { readonly kind: 'expand' }
  /** Take a character as its own: an operator or a comment (XCU 2.3, 2.10). */
  | { readonly kind: 'operator'; readonly character: string };

/** @returns undefined when `splitWords` gives what a shell would */
export function shellWork(line: string): ShellWork | undefined {
  let found: ShellWork | undefined;
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const c = line[i]!;
    if (c === '\\') i++;
    else if (c === '"') quoted = !quoted;
    else if (c === "'" && !quoted) i = Math.max(i, line.indexOf("'", i + 1));
    else if (c === '`' || (c === '$' && /[\w{(@*#?$!-]/.test(line[i + 1] ?? ''))) {
      found = { kind: 'expand' };
      i = endOfExpansion(line, i);
    } else if (quoted) continue;
    else if (/[*?[]/.test(c) || (c === '~' && isWordStart(line, i))) found = { kind: 'expand' };
    else if (/[;&|<>()]/.test(c) || (c === '#' && isWordStart(line, i))) return { kind: 'operator', character: c };
  }
  return found;
}

const isWordStart = (line: string, at: number) => at === 0 || /\s/.test(line[at - 1]!);

/** Where the expansion that begins at a place ends: what is in its brackets is the shell's, operators too. */
function endOfExpansion(line: string, start: number): number {
  const open = line[start] === '`' ? '`' : line[start + 1]!;
  const close = { '`': '`', '(': ')', '{': '}' }[open];
  if (close === undefined) return start + 1;
  let depth = 1;
  for (let i = start + (open === '`' ? 1 : 2); i < line.length; i++) {
    if (line[i] === '\\') i++;
    else if (line[i] === close) depth--;
    else if (line[i] === open) depth++;
    if (depth === 0) return i;
  }
  return line.length;
}

/** A command line for people to read and to paste into a POSIX shell. */
export function joinWords(words: readonly string[]): string {
  return words.map(quoteWord).join(' ');
}

function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function closingQuote(line: string, start: number, what: string): number {
  const quote = line[start];
  for (let i = start + 1; i < line.length; i++) {
    if (line[i] === quote) return i;
    if (line[i] === '\\' && quote === '"') i++;
  }
  return fail('unclosed-quote', `${what} has a ${quote} that is never closed: ${line.slice(start, start + 60)}`);
}

function unquote(text: string, quote: string): string {
  return quote === "'" ? text : text.replace(/\\([$`"\\\n])/g, (_, c: string) => (c === '\n' ? '' : c));
}
