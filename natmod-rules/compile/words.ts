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
