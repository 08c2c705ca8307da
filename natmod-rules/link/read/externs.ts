/**
 * Symbols at fixed addresses, as the ROM of a chip has them: the `.ld` files of ESP8266 and ESP-IDF. These are linker
 * scripts made of assignments (GNU ld manual, "Assigning Values to Symbols"): `name = 0x40000000;`, PROVIDE,
 * PROVIDE_HIDDEN, HIDDEN, and aliases of other names.
 */
import { type Token, type TokenRules, tokenize } from '../../elf/script-tokens.ts';
import { fail, NatmodError, type Problem } from '../../problem.ts';
import { type Expression, parseExpression, TokenCursor } from './extern-expressions.ts';

export interface Externs {
  /** Symbol to its address, 0 to 0xffffffff. One whose value needs others that the file does not define is left out. */
  readonly symbols: ReadonlyMap<string, number>;
}

interface Definition {
  readonly symbol: string;
  readonly weak: boolean;
  readonly line: number;
  readonly value: Expression;
}

const RULES: TokenRules = {
  word: /[A-Za-z_.$][\w.$]*|\d\w*/y,
  sign: /<<=|>>=|<<|>>|[-+*/&|]=|[-+*/%&|~()=;,{}:<>!?[\]]/y,
  lineComments: true,
};
/** Commands that define no symbol; what is in their brackets is skipped. */
const SKIPPED = ['ENTRY', 'EXTERN', 'OUTPUT_FORMAT', 'OUTPUT_ARCH', 'TARGET', 'ASSERT', 'MEMORY', 'PHDRS'];
const WRAPPERS = ['PROVIDE', 'PROVIDE_HIDDEN', 'HIDDEN'];
const LINES = "a file of fixed symbols has lines like 'name = 0x40000000;' and 'PROVIDE ( name = 0x40000000 );'";
const HINTS: ReadonlyMap<string, string> = new Map([
  ['INCLUDE', 'other files are not followed: give the file with the symbols itself'],
  ['SECTIONS', 'addresses that depend on a link are no fixed symbols: give a file without SECTIONS'],
]);
const MAX_ADDRESS = 0xffff_ffffn;
const MAX_ALIASES = 200;

/**
 * Reads the text of such a file. Throws a NatmodError with the line for what cannot be read (`bad-script`), is defined
 * twice with different addresses (`extern-twice`), refers to itself (`extern-circle`) or does not fit into 32 bits
 * (`extern-range`). A strong definition goes before PROVIDE; two equal ones are one.
 */
export function readExterns(text: string, file: string): Externs {
  const definitions = new ExternsReader(tokenize(text, file, RULES), file).read();
  return new Evaluation(definitions, file).result();
}

class ExternsReader {
  private readonly cursor: TokenCursor;
  private readonly file: string;
  private readonly definitions: Definition[] = [];

  constructor(tokens: readonly Token[], file: string) {
    this.cursor = new TokenCursor(tokens, file);
    this.file = file;
  }

  read(): Definition[] {
    while (this.cursor.peek().kind !== 'end') this.statement();
    return this.definitions;
  }

  private statement(): void {
    const token = this.cursor.next();
    if (token.kind === 'sign' && token.text === ';') return;
    if (token.kind === 'sign') this.cursor.bad(token, `'${token.text}' where a symbol should start`);
    if (token.kind === 'word' && WRAPPERS.includes(token.text) && this.cursor.at('(')) this.wrapped(token);
    else if (token.kind === 'word' && SKIPPED.includes(token.text) && this.cursor.at('(', '{')) this.skipBrackets();
    else if (this.cursor.at('=')) {
      this.assignment(token, false);
      this.cursor.expect(';', `the value of '${token.text}'`);
    } else this.unsupported(token);
  }

  private wrapped(command: Token): void {
    this.cursor.expect('(', command.text);
    this.assignment(this.cursor.next(), command.text !== 'HIDDEN');
    this.cursor.expect(')', command.text);
  }

  private assignment(name: Token, weak: boolean): void {
    if (name.kind !== 'string' && !/^[A-Za-z_$]|^\.[\w.$]/.test(name.text)) {
      this.cursor.bad(name, `'${name.text}' is not the name of a symbol`);
    }
    this.cursor.expect('=', `'${name.text}'`);
    this.definitions.push({ symbol: name.text, weak, line: name.line, value: parseExpression(this.cursor) });
  }

  /** Goes on behind the bracket that belongs to the one at the current place. */
  private skipBrackets(): void {
    const first = this.cursor.peek();
    let depth = 0;
    do {
      const token = this.cursor.next();
      if (token.kind === 'end') this.cursor.bad(first, `'${first.text}' is never closed`);
      if (token.kind !== 'sign') continue;
      if (token.text === '(' || token.text === '{') depth++;
      else if (token.text === ')' || token.text === '}') depth--;
    } while (depth > 0);
  }

  private unsupported(token: Token): never {
    const next = this.cursor.peek();
    const what = next.kind === 'end' ? `'${token.text}' at the end` : `'${token.text} ${next.text}'`;
    const where = { file: this.file, line: token.line };
    return fail('bad-script', `${what} cannot be read`, where, HINTS.get(token.text) ?? LINES);
  }
}

class Evaluation {
  private readonly definitions: readonly Definition[];
  private readonly file: string;
  private readonly chosen = new Map<string, Definition>();
  private readonly values = new Map<string, bigint | undefined>();
  private readonly problems: Problem[] = [];

  constructor(definitions: readonly Definition[], file: string) {
    this.definitions = definitions;
    this.file = file;
    for (const definition of definitions) {
      const known = this.chosen.get(definition.symbol);
      if (known === undefined || (known.weak && !definition.weak)) this.chosen.set(definition.symbol, definition);
    }
  }

  result(): Externs {
    const symbols = new Map<string, number>();
    for (const definition of this.chosen.values()) {
      const value = this.valueOf(definition.symbol, 0);
      if (value === undefined || !this.inRange(definition, value)) continue;
      symbols.set(definition.symbol, Number(value));
    }
    for (const definition of this.definitions) this.checkAgain(definition);
    if (this.problems.length > 0) throw new NatmodError(this.problems);
    return { symbols };
  }

  /** The value of a symbol of this file; undefined when it depends on one that the file does not have. */
  private valueOf(symbol: string, depth: number): bigint | undefined {
    if (this.values.has(symbol)) return this.values.get(symbol);
    const definition = this.chosen.get(symbol)!;
    if (depth > MAX_ALIASES) {
      const what = `'${symbol}' refers to itself, or through more than ${MAX_ALIASES} other symbols`;
      fail('extern-circle', what, { file: this.file, line: definition.line });
    }
    const value = this.evaluate(definition, depth);
    this.values.set(symbol, value);
    return value;
  }

  private evaluate(definition: Definition, depth: number): bigint | undefined {
    return definition.value((name) => {
      if (this.chosen.has(name)) return this.valueOf(name, depth + 1);
      return undefined;
    });
  }

  private inRange(definition: Definition, value: bigint): boolean {
    if (value >= 0n && value <= MAX_ADDRESS) return true;
    const { symbol, line } = definition;
    const text = value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
    this.problems.push({
      code: 'extern-range',
      message: `'${symbol}' has the address ${text}, which is out of 32 bits`,
      where: { file: this.file, line, symbol },
      hint: 'addresses go from 0 to 0xffffffff',
    });
    return false;
  }

  /** A second definition must be equal, or give way to a strong one. */
  private checkAgain(definition: Definition): void {
    const chosen = this.chosen.get(definition.symbol)!;
    if (definition === chosen || definition.weak !== chosen.weak) return;
    const value = this.evaluate(definition, 0);
    const first = this.values.get(definition.symbol);
    if (value === undefined || first === undefined || value === first) return;
    const { symbol, line } = definition;
    this.problems.push({
      code: 'extern-twice',
      message: `'${symbol}' is 0x${value.toString(16)} here and 0x${first.toString(16)} in line ${chosen.line}`,
      where: { file: this.file, line, symbol },
      hint: 'remove one of the two lines',
    });
  }
}
