/**
 * Libraries that are text: toolchains ship `libm.a` or `libc.so` as a linker script that names the real libraries
 * (GNU ld manual, "Commands Dealing with Files"). INPUT, GROUP, AS_NEEDED and OUTPUT_FORMAT are read, nothing else.
 */
import { fail } from '../problem.ts';
import { isArchive } from './archive-header.ts';
import { type Token, type TokenRules, tokenize } from './script-tokens.ts';

export interface ScriptInput {
  /** A file, or a library to search for: `-lm` gives `{ library: 'm' }`, `-l:x.a` gives `{ library: ':x.a' }`. */
  readonly path: string | { readonly library: string };
  /** Listed inside AS_NEEDED. For static libraries this changes nothing. */
  readonly asNeeded: boolean;
}

export interface LibraryScript {
  /** In the order of the script. */
  readonly inputs: readonly ScriptInput[];
  /** First name of OUTPUT_FORMAT, such as `elf64-x86-64`. */
  readonly outputFormat?: string;
}

const RULES: TokenRules = { word: /[^\s(){},;"]+/y, sign: /[(){},;]/y, lineComments: false };
const MAX_INPUTS = 10_000;
const SNIFFED = 4096;
const KNOWN = 'only INPUT, GROUP, AS_NEEDED and OUTPUT_FORMAT are read: give the libraries themselves with -l PATH';

/** Whether the bytes look like a text, as a linker script is, and not like an object or an archive. */
export function isLinkerScript(bytes: Uint8Array): boolean {
  if (isArchive(bytes)) return false;
  let letters = 0;
  const end = Math.min(bytes.length, SNIFFED);
  for (let i = 0; i < end; i++) {
    const byte = bytes[i]!;
    if (byte === 0x7f || (byte < 0x20 && (byte < 0x09 || byte > 0x0d))) return false;
    if (byte > 0x20) letters++;
  }
  return letters > 0;
}

/**
 * Reads such a script. Throws a NatmodError (`bad-script`, or `unsupported-script` for commands that are not read)
 * with the line.
 */
export function readLibraryScript(text: string, file: string): LibraryScript {
  const reader = new ScriptReader(tokenize(text, file, RULES), file);
  return reader.read();
}

class ScriptReader {
  private readonly tokens: readonly Token[];
  private readonly file: string;
  private readonly inputs: ScriptInput[] = [];
  private outputFormat: string | undefined;
  private at = 0;

  constructor(tokens: readonly Token[], file: string) {
    this.tokens = tokens;
    this.file = file;
  }

  read(): LibraryScript {
    for (let token = this.next(); token.kind !== 'end'; token = this.next()) {
      if (isSign(token, ';')) continue;
      if (token.kind === 'word' && (token.text === 'INPUT' || token.text === 'GROUP')) this.readFiles(token, false);
      else if (token.kind === 'word' && token.text === 'OUTPUT_FORMAT') this.readFormat(token);
      else this.unsupported(token);
    }
    return { inputs: this.inputs, outputFormat: this.outputFormat };
  }

  /** `( file, -lname AS_NEEDED ( ... ) )`; the commas may be missing. */
  private readFiles(command: Token, asNeeded: boolean): void {
    this.expect('(', command);
    for (;;) {
      const token = this.next();
      if (isSign(token, ')')) return;
      if (isSign(token, ',')) continue;
      if (token.kind === 'word' && token.text === 'AS_NEEDED') {
        if (asNeeded) this.bad(token, 'AS_NEEDED inside AS_NEEDED');
        this.readFiles(token, true);
      } else if (token.kind === 'word' || token.kind === 'string') this.addInput(token, asNeeded);
      else this.bad(token, `${command.text} of line ${command.line} needs a file or ')', not '${token.text}'`);
    }
  }

  private addInput(token: Token, asNeeded: boolean): void {
    const { text, line } = token;
    if (this.inputs.length === MAX_INPUTS) this.bad(token, `more than ${MAX_INPUTS} libraries`);
    const isLibrary = token.kind === 'word' && text.startsWith('-l');
    const name = isLibrary ? text.slice(2) : text;
    if (name === '' || name === ':') this.bad(token, 'a library without a name');
    if (!isLibrary && (text.startsWith('=') || text.startsWith('$SYSROOT'))) {
      const where = { file: this.file, line };
      fail('unsupported-script', `'${text}' depends on the system root`, where, 'give that library with -l PATH');
    }
    if (token.kind === 'word' && text.startsWith('-') && !isLibrary) this.unsupported(token);
    this.inputs.push({ path: isLibrary ? { library: name } : text, asNeeded });
  }

  private readFormat(command: Token): void {
    this.expect('(', command);
    for (let first = true; ; first = false) {
      const name = this.next();
      if (name.kind !== 'word' && name.kind !== 'string')
        this.bad(name, `OUTPUT_FORMAT needs a name, not '${name.text}'`);
      if (first) this.outputFormat ??= name.text;
      const sign = this.next();
      if (isSign(sign, ')')) return;
      if (!isSign(sign, ',')) this.bad(sign, `OUTPUT_FORMAT needs ',' or ')', not '${sign.text}'`);
    }
  }

  private expect(sign: string, after: Token): void {
    const token = this.next();
    if (!isSign(token, sign)) this.bad(token, `'${sign}' expected after ${after.text}, not '${token.text}'`);
  }

  private next(): Token {
    const token = this.tokens[this.at]!;
    if (token.kind !== 'end') this.at++;
    return token;
  }

  private bad(token: Token, message: string): never {
    return fail('bad-script', message, { file: this.file, line: token.line }, 'is this file a library at all?');
  }

  private unsupported(token: Token): never {
    const where = { file: this.file, line: token.line };
    return fail('unsupported-script', `'${shorten(token.text)}' of linker scripts is not supported`, where, KNOWN);
  }
}

function isSign(token: Token, sign: string): boolean {
  return token.kind === 'sign' && token.text === sign;
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}
