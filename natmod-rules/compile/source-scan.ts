/** What the text of a C source, assembler source or header says about how its object can depend on the world. */
export interface SourceScan {
  /** `#include` and `#include_next` lines that name a file; also those that `#if` leaves out. */
  readonly includes: readonly ScannedInclude[];
  /** Names in `__has_include`, where being there or not decides what is compiled. */
  readonly asksFor: readonly ScannedInclude[];
  /** `__has_include` of something that only the preprocessor knows. */
  readonly asksUnknown: boolean;
  /** `__FILE__` and the like: the spelling of paths can land in the object. */
  readonly usesPaths: boolean;
  /** `__DATE__`, `__TIME__`, `__TIMESTAMP__`. */
  readonly usesTime: boolean;
  /** Files that the assembler reads by itself, which no dependency file lists. */
  readonly embeds: readonly string[];
  /** Such a file whose name is not written out. */
  readonly embedsUnknown: boolean;
}

export interface ScannedInclude {
  readonly name: string;
  /** `"name"`: the folder of the including file is searched first. */
  readonly quoted: boolean;
  /** `#include_next`: the search goes on behind the folder where the including file was found. */
  readonly next: boolean;
}

const NAME = '(?:"([^"\\n]+)"|<([^>\\n]+)>)';
const INCLUDE = new RegExp(`^[ \\t]*#[ \\t]*(?:include|import)(_next)?[ \\t]*${NAME}`, 'gm');
const ASKS = new RegExp(`__has_include(_next)?[ \\t]*\\([ \\t]*(?:${NAME})?`, 'g');
const EMBEDS = /\.inc(?:bin|lude)\b[ \t]*(?:\\?"([^"\\\n]+)\\?")?|^[ \t]*#[ \t]*embed\b()/gm;

/** Looks through a text; each character is one byte of the file. Comments count, which costs a rebuild too many at worst. */
export function scanSource(text: string): SourceScan {
  const asks = text.includes('__has_include') ? [...text.matchAll(ASKS)] : [];
  const embeds = /\.inc|embed/.test(text) ? [...text.matchAll(EMBEDS)] : [];
  return {
    includes: [...text.matchAll(INCLUDE)].map(toInclude),
    asksFor: asks.filter((match) => (match[2] ?? match[3]) !== undefined).map(toInclude),
    asksUnknown: asks.some((match) => (match[2] ?? match[3]) === undefined),
    usesPaths: /\b__(?:FILE__|BASE_FILE__|FILE_NAME__|builtin_FILE)\b/.test(text),
    usesTime: /\b__(?:DATE|TIME|TIMESTAMP)__\b/.test(text),
    embeds: embeds.flatMap((match) => match[1] ?? []),
    embedsUnknown: embeds.some((match) => match[1] === undefined),
  };
}

function toInclude(match: RegExpMatchArray): ScannedInclude {
  return { name: (match[2] ?? match[3])!, quoted: match[2] !== undefined, next: match[1] !== undefined };
}
