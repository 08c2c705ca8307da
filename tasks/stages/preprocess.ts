import { readFile } from 'node:fs/promises';
import { isCompiled, isCxx } from '../../natmod-rules/compile/index.ts';
import type { SourceText } from '../modules/local-headers.ts';
import { findQstrs } from '../modules/qstr-search.ts';
import { CXX_RUNTIME } from '../toolchain/cxx.ts';
import { makeFile, type Stage, type StageFile, stage } from './stage.ts';

export interface PreprocessOptions {
  /** Name of the module: the header is `NAME.config.h`. */
  readonly name: string;
  /** Folders to look for the module's own headers in, besides that of the including file. */
  readonly includeFolders?: readonly string[];
  /** MicroPython tree whose headers the sources are compiled with; the embedded SDK when left out. */
  readonly mpyDir?: string;
  /** What finds the qstrs; left out: the texts are searched. */
  readonly search?: (texts: readonly SourceText[]) => Promise<{ qstrs: readonly string[]; header: string }>;
}

/**
 * Collects the qstrs of the C, C++ and assembler sources and of the module's own headers they include. All files pass;
 * in front of them comes the config header that declares the qstrs, which `compile` needs. Behind C++ sources comes
 * what C++ needs of its language's run-time library.
 */
export function preprocess({ name, includeFolders = [], mpyDir, search }: PreprocessOptions): Stage<'preprocess'> {
  return stage('natmod-preprocess', async function* (files) {
    const all: StageFile[] = [];
    for await (const file of files) all.push(file);
    const paths = all.map(({ path }) => path);
    if (paths.some(isCxx) && !paths.includes(CXX_RUNTIME)) all.push(await cxxRuntime());
    const texts = all.filter((file) => isCompiled(file.path)).map(textOf);
    const { qstrs, header } = await (search?.(texts) ?? findQstrs(texts, { includeFolders, mpyDir }));
    const base = all[0]?.base ?? process.cwd();
    yield makeFile(base, `${name}.config.h`, header, { kind: 'config', qstrs });
    yield* all;
  });
}

function textOf(file: StageFile): SourceText {
  // Every byte is a character: names of qstrs are found whatever the encoding of the comments around them.
  return { path: file.path, text: file.contents.toString('latin1') };
}

async function cxxRuntime(): Promise<StageFile> {
  const file = makeFile('/', 'runtime.c', await readFile(CXX_RUNTIME), { kind: 'source', name: CXX_RUNTIME });
  file.path = CXX_RUNTIME;
  return file;
}
