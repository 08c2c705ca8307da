/** The expressions of linker scripts that have a value without a link: numbers, names, brackets and C's operators. */
import type { Token } from '../../elf/script-tokens.ts';
import { fail } from '../../problem.ts';

/** Computes a value; `lookUp` gives that of a symbol. Undefined when one of the symbols has none. */
export type Expression = (lookUp: (symbol: string) => bigint | undefined) => bigint | undefined;

/** Walks over tokens; never moves beyond the last one, which is of kind `end`. */
export class TokenCursor {
  private readonly tokens: readonly Token[];
  private readonly file: string;
  private position = 0;

  constructor(tokens: readonly Token[], file: string) {
    this.tokens = tokens;
    this.file = file;
  }

  peek(): Token {
    return this.tokens[this.position]!;
  }

  next(): Token {
    const token = this.peek();
    if (token.kind !== 'end') this.position++;
    return token;
  }

  /** Whether one of these signs is next. */
  at(...signs: readonly string[]): boolean {
    const token = this.peek();
    return token.kind === 'sign' && signs.includes(token.text);
  }

  expect(sign: string, after: string): void {
    if (this.at(sign)) this.next();
    else this.bad(this.peek(), `'${sign}' expected after ${after}, not '${this.peek().text}'`);
  }

  bad(token: Token, message: string): never {
    return fail('bad-script', message, { file: this.file, line: token.line });
  }
}

type Operator = (a: bigint, b: bigint) => bigint;

/** Binary operators from the weakest to the strongest. Division is checked where it is parsed. */
const LEVELS: readonly Readonly<Record<string, Operator>>[] = [
  { '|': (a, b) => a | b },
  { '&': (a, b) => a & b },
  { '<<': (a, b) => a << b, '>>': (a, b) => a >> b },
  { '+': (a, b) => a + b, '-': (a, b) => a - b },
  { '*': (a, b) => a * b, '/': (a, b) => a / b, '%': (a, b) => a % b },
];
const UNARY = ['-', '+', '~'];
const FUNCTIONS = ['ABSOLUTE'];
const MAX_DEPTH = 50;
const MAX_OPERATORS = 100;
const BITS = 64;

/** Reads one expression; the cursor stands behind it. Throws a NatmodError (`bad-script`) with the line. */
export function parseExpression(cursor: TokenCursor): Expression {
  return parseLevel(cursor, 0, 0);
}

function parseLevel(cursor: TokenCursor, level: number, depth: number): Expression {
  const operators = LEVELS[level];
  if (operators === undefined) return parseUnary(cursor, depth);
  let left = parseLevel(cursor, level + 1, depth);
  for (let count = 0; ; count++) {
    const token = cursor.peek();
    const operator = token.kind === 'sign' && Object.hasOwn(operators, token.text) ? operators[token.text] : undefined;
    if (operator === undefined) return left;
    if (count === MAX_OPERATORS) cursor.bad(token, `more than ${MAX_OPERATORS} operators in one expression`);
    cursor.next();
    left = combine(cursor, token, operator, left, parseLevel(cursor, level + 1, depth));
  }
}

function combine(
  cursor: TokenCursor,
  token: Token,
  operator: Operator,
  left: Expression,
  right: Expression,
): Expression {
  return (lookUp) => {
    const a = left(lookUp);
    const b = right(lookUp);
    if (a === undefined || b === undefined) return undefined;
    if ((token.text === '/' || token.text === '%') && b === 0n) cursor.bad(token, 'division by zero');
    if ((token.text === '<<' || token.text === '>>') && (b < 0n || b >= BITS)) {
      cursor.bad(token, `shift by ${b}, allowed are 0 to ${BITS - 1}`);
    }
    return BigInt.asIntN(BITS + 1, operator(a, b));
  };
}

function parseUnary(cursor: TokenCursor, depth: number): Expression {
  const token = cursor.next();
  if (depth > MAX_DEPTH) cursor.bad(token, `an expression nested more than ${MAX_DEPTH} deep`);
  if (token.kind === 'sign' && UNARY.includes(token.text)) {
    const operand = parseUnary(cursor, depth + 1);
    return (lookUp) => {
      const value = operand(lookUp);
      if (value === undefined || token.text === '+') return value;
      return token.text === '-' ? -value : ~value;
    };
  }
  if (token.kind === 'sign' && token.text === '(') return closeBracket(cursor, depth);
  if (token.kind === 'string') return (lookUp) => lookUp(token.text);
  if (token.kind !== 'word') return cursor.bad(token, `a number or a symbol expected, not '${token.text}'`);
  if (FUNCTIONS.includes(token.text) && cursor.at('(')) {
    cursor.next();
    return closeBracket(cursor, depth);
  }
  if (cursor.at('(')) return cursor.bad(token, `the function ${token.text} is not supported in a fixed address`);
  if (token.text === '.') return cursor.bad(token, "'.' has no value in a list of fixed symbols");
  if (!/^\d/.test(token.text)) return (lookUp) => lookUp(token.text);
  const value = parseNumber(cursor, token);
  return () => value;
}

function closeBracket(cursor: TokenCursor, depth: number): Expression {
  const inner = parseLevel(cursor, 0, depth + 1);
  cursor.expect(')', 'the expression');
  return inner;
}

/** `0x1f`, `31`, `037`, `4K`, `1M`. */
function parseNumber(cursor: TokenCursor, token: Token): bigint {
  const match = /^(0[xX][\da-fA-F]+|\d+)([kKmM]?)$/.exec(token.text);
  if (match === null || token.text.length > 40) return cursor.bad(token, `'${token.text}' is not a number`);
  const digits = match[1]!;
  const octal = /^0\d/.test(digits);
  if (octal && /[89]/.test(digits)) return cursor.bad(token, `'${token.text}' is not an octal number`);
  const unit = { k: 1024n, m: 1048576n }[match[2]!.toLowerCase()] ?? 1n;
  return BigInt(octal ? `0o${digits.slice(1)}` : digits) * unit;
}
