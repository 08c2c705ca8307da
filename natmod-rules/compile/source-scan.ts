import { joinLines } from '../preprocess/join-lines.ts';

/**
 * What the text of a C source, assembler source or header says about how its object can depend on the world beyond the
 * files that the compiler tells of.
 */
export interface SourceScan {
  /** Names in `__has_include`, where being there or not decides what is compiled. */
  readonly asksFor: readonly AskedHeader[];
  /** `__has_include` of something that only the preprocessor knows, or `#embed` and its question. */
  readonly asksUnknown: boolean;
  /** `__FILE__` and the like: the spelling of paths can land in the object. */
  readonly usesPaths: boolean;
  /** `__DATE__`, `__TIME__`, `__TIMESTAMP__`. */
  readonly usesTime: boolean;
  /** The assembler may read files by itself (`.incbin`, `.include`), which no list of headers has. */
  readonly mayEmbed: boolean;
}

export interface AskedHeader {
  readonly name: string;
  /** `"name"`: the folder of the asking file is searched first. */
  readonly quoted: boolean;
}

const ASKS = /__has_include(?:_next)?\b(?:[ \t]*\([ \t]*(?:"([^"\n]+)"|<([^>\n]+)>))?/g;
// `defined(__has_include)`, `#ifdef __has_include` and `#define __has_include(x) 0` (newlib) ask for no file.
const ASKS_WHETHER_KNOWN = /(?:\bdefined[ \t]*\(?|#[ \t]*(?:ifn?def|define))[ \t]*__has_include(?:_next)?\b/g;

/**
 * Looks through a text; each character is one byte of the file. Comments count, which costs work not needed at worst.
 */
export function scanSource(source: string): SourceScan {
  const text = joinLines(source);
  const asks = text.includes('__has_include') ? [...text.replace(ASKS_WHETHER_KNOWN, '').matchAll(ASKS)] : [];
  return {
    asksFor: asks.flatMap(([, quoted, angled]) => {
      const name = quoted ?? angled;
      return name === undefined ? [] : [{ name, quoted: quoted !== undefined }];
    }),
    asksUnknown: asks.some(([, quoted, angled]) => (quoted ?? angled) === undefined) || EMBEDS_OR_PASTES.test(text),
    usesPaths: /\b__(?:FILE__|BASE_FILE__|FILE_NAME__|builtin_FILE)\b/.test(text),
    usesTime: /\b__(?:DATE|TIME|TIMESTAMP)__\b/.test(text),
    mayEmbed: /\.inc|\bincbin\b/.test(text),
  };
}

const EMBEDS_OR_PASTES = /(?:#|%:|\?\?=)[ \t]*embed\b|__has_embed\b|__has_\w*[ \t]*(?:##|%:%:|\?\?=)/;
