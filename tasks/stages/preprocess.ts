import type { Transform } from 'node:stream';
import { collectQstrs, configHeader } from '../../natmod-rules/preprocess/index.ts';
import { readLocalHeaders } from '../support/local-headers.ts';
import { wordTypes } from '../support/word-types.ts';
import { makeFile, type StageFile, stage } from './stage.ts';

export interface PreprocessOptions {
  /** Name of the module: the header is `NAME.config.h`. */
  readonly name: string;
  /** Folders to look for the module's own headers in, besides that of the including file. */
  readonly includeFolders?: readonly string[];
  /** MicroPython tree whose headers the sources are compiled with; the embedded SDK when left out. */
  readonly mpyDir?: string;
}

/**
 * Collects the qstrs of the C and assembler sources and of the module's own headers they include. All files pass; in
 * front of them comes the config header that declares the qstrs, which `compile` needs.
 */
export function preprocess({ name, includeFolders = [], mpyDir }: PreprocessOptions): Transform {
  return stage('natmod-preprocess', async function* (files) {
    const all: StageFile[] = [];
    for await (const file of files) all.push(file);
    const texts = all.filter((file) => /\.[cS]$/.test(file.path)).map((file) => textOf(file));
    const headers = await readLocalHeaders(texts, includeFolders);
    const qstrs = collectQstrs([...texts.map(({ text }) => text), ...headers]);
    const base = all[0]?.base ?? process.cwd();
    const header = (await wordTypes(mpyDir)) + configHeader(qstrs);
    yield makeFile(base, `${name}.config.h`, header, { kind: 'config', qstrs });
    yield* all;
  });
}

function textOf(file: StageFile): { path: string; text: string } {
  // Every byte is a character: names of qstrs are found whatever the encoding of the comments around them.
  return { path: file.path, text: file.contents.toString('latin1') };
}
