/** Words, strings and signs of a linker script's text, with their lines; comments left out. */
import { fail } from '../problem.ts';

export interface Token {
  /** The word or sign; of a string what is between the quotes. */
  readonly text: string;
  readonly kind: 'word' | 'string' | 'sign' | 'end';
  /** 1-based. */
  readonly line: number;
}

export interface TokenRules {
  /** Sticky expression for one word at the current place. */
  readonly word: RegExp;
  /** Sticky expression for one sign. */
  readonly sign: RegExp;
  /** Whether `//` starts a comment up to the end of the line. */
  readonly lineComments: boolean;
}

const MAX_TEXT = 16 * 1024 * 1024;
const MAX_TOKENS = 2_000_000;

/**
 * Splits `text`; the last token is of kind `end`. Throws a NatmodError (`bad-script`) with the line for what is neither
 * word, string nor sign, and for a comment or string without an end.
 */
export function tokenize(text: string, file: string, rules: TokenRules): Token[] {
  if (text.length > MAX_TEXT) fail('bad-script', `longer than ${MAX_TEXT} characters`, { file });
  const tokens: Token[] = [];
  let line = 1;
  let at = 0;
  const match = (expression: RegExp): string | undefined => {
    expression.lastIndex = at;
    return expression.exec(text)?.[0];
  };
  const skip = (part: string) => {
    at += part.length;
    for (let i = part.indexOf('\n'); i >= 0; i = part.indexOf('\n', i + 1)) line++;
  };
  const add = (kind: Token['kind'], part: string, whole: string) => {
    tokens.push({ kind, text: part, line });
    skip(whole);
    if (tokens.length > MAX_TOKENS) fail('bad-script', `more than ${MAX_TOKENS} words`, { file, line });
  };
  while (at < text.length) {
    const space = match(/[\s\ufeff]+/y);
    if (space !== undefined) skip(space);
    else if (text.startsWith('/*', at)) skip(through(text, at, 2, '*/', 'comment', file, line));
    else if (rules.lineComments && text.startsWith('//', at)) skip(match(/[^\n]*/y)!);
    else if (text[at] === '"') {
      const whole = through(text, at, 1, '"', 'string', file, line);
      add('string', whole.slice(1, -1), whole);
    } else if (at < text.length) {
      const word = match(rules.word);
      const sign = word === undefined ? match(rules.sign) : undefined;
      if (word !== undefined) add('word', word, word);
      else if (sign !== undefined) add('sign', sign, sign);
      else fail('bad-script', `${JSON.stringify(text.slice(at, at + 1))} cannot be read here`, { file, line });
    }
  }
  tokens.push({ kind: 'end', text: 'the end of the file', line });
  return tokens;
}

function through(text: string, at: number, skip: number, mark: string, what: string, file: string, line: number) {
  const end = text.indexOf(mark, at + skip);
  if (end < 0) return fail('bad-script', `this ${what} has no end`, { file, line }, `close it with ${mark}`);
  return text.slice(at, end + mark.length);
}
