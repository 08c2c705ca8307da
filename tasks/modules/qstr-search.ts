import { collectListedQstrs, configHeader, mergeQstrs } from '../../natmod-rules/preprocess/index.ts';
import { findLocalHeaders, type HeaderReader, type LocalHeader, type SourceText } from './local-headers.ts';
import { factsOfText } from './text-facts.ts';
import { wordTypes } from './word-types.ts';

export interface QstrPlace {
  /** Absolute folders to look for the module's own headers in, besides that of the including file. */
  readonly includeFolders: readonly string[];
  /** MicroPython tree whose headers the sources are compiled with; the embedded SDK when left out. */
  readonly mpyDir?: string;
  /**
   * The table is that of MicroPython's own tools, with every name that the sources list, whether the code uses it or
   * not.
   */
  readonly asListed?: boolean;
  /** Flags of the compiler bring names, or files that do. */
  readonly flagsBring?: boolean;
  /**
   * The names in a source once all macros are expanded, which is compiled with this config header; undefined when its
   * preprocessor finds faults.
   */
  readonly pasted?: (source: SourceText, config: string) => Promise<readonly string[] | undefined>;
}

export interface FoundQstrs {
  /** In table order. */
  readonly qstrs: readonly string[];
  /** Text of the config header. */
  readonly header: string;
  /** Headers that were read. */
  readonly headers: readonly LocalHeader[];
  /** Absolute paths where headers were looked for in vain. */
  readonly missing: readonly string[];
  /** Macros had a part in it, and so everything that the preprocessor reads. */
  readonly expanded: boolean;
}

/**
 * Finds the qstrs of sources and of the module's own headers they include, and makes the config header.
 * @param read left out: headers are read from the disk
 */
export async function findQstrs(
  texts: readonly SourceText[],
  place: QstrPlace,
  read?: HeaderReader,
): Promise<FoundQstrs> {
  const missing = new Set<string>();
  const sources = texts.map(({ path, text }) => ({ path, facts: factsOfText(text, true) }));
  const headers = await findLocalHeaders(sources, place.includeFolders, missing, read);
  const all = [...sources, ...headers].map(({ facts }) => facts);
  const own = mergeQstrs(...all.map((facts) => facts.qstrs));
  const listed = collectListedQstrs(texts.map(({ text }) => text));
  // Authors list in comments what only a macro puts together, wherever that is.
  const known = new Set(own);
  const isBrought = all.some(({ bringsNames }) => bringsNames) || listed.some((name) => !known.has(name));
  const expanded = place.pasted !== undefined && (isBrought || place.flagsBring === true);
  const qstrs = mergeQstrs(own, place.asListed === true ? listed : [], expanded ? await findPasted(texts, place) : []);
  const header = await headerFor(qstrs, place);
  return { qstrs, header, headers, missing: [...missing], expanded };
}

/** With no name declared, those that the code needs are left over when all macros are expanded. */
async function findPasted(texts: readonly SourceText[], place: QstrPlace): Promise<string[]> {
  const config = await headerFor([], place);
  const results = await Promise.all(texts.map((source) => place.pasted?.(source, config)));
  return results.flatMap((names) => names ?? []);
}

/** The config header for qstrs that are known. */
export async function headerFor(qstrs: readonly string[], { mpyDir }: QstrPlace): Promise<string> {
  return (await wordTypes(mpyDir)) + configHeader(qstrs);
}
