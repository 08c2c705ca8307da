import { collectQstrs, configHeader } from '../../natmod-rules/preprocess/index.ts';
import { findLocalHeaders, type SourceText } from './local-headers.ts';
import { wordTypes } from './word-types.ts';

export interface QstrPlace {
  /** Absolute folders to look for the module's own headers in, besides that of the including file. */
  readonly includeFolders: readonly string[];
  /** MicroPython tree whose headers the sources are compiled with; the embedded SDK when left out. */
  readonly mpyDir?: string;
}

export interface FoundQstrs {
  /** In table order. */
  readonly qstrs: readonly string[];
  /** Text of the config header. */
  readonly header: string;
  /** Headers that were read. */
  readonly headers: readonly SourceText[];
  /** Absolute paths where headers were looked for in vain. */
  readonly missing: readonly string[];
}

/** Finds the qstrs of sources and of the module's own headers they include, and makes the config header. */
export async function findQstrs(texts: readonly SourceText[], place: QstrPlace): Promise<FoundQstrs> {
  const missing = new Set<string>();
  const headers = await findLocalHeaders(texts, place.includeFolders, missing);
  const qstrs = collectQstrs([...texts, ...headers].map(({ text }) => text));
  const header = await headerFor(qstrs, place);
  return { qstrs, header, headers, missing: [...missing] };
}

/** The config header for qstrs that are known. */
export async function headerFor(qstrs: readonly string[], { mpyDir }: QstrPlace): Promise<string> {
  return (await wordTypes(mpyDir)) + configHeader(qstrs);
}
