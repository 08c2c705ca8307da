import { type Include, includesOf } from '../../natmod-rules/compile/index.ts';
import { collectQstrs, macrosBringNames } from '../../natmod-rules/preprocess/index.ts';

/** What a text of C says about headers and qstrs; the same text always says the same. */
export interface TextFacts {
  readonly includes: readonly Include[];
  /** In table order. */
  readonly qstrs: readonly string[];
  /** Macros can bring names that do not stand in it. */
  readonly bringsNames: boolean;
}

/** @param isWhole it is a source, which no other includes */
export function factsOfText(text: string, isWhole = false): TextFacts {
  return { includes: includesOf(text), qstrs: collectQstrs([text]), bringsNames: macrosBringNames(text, isWhole) };
}
