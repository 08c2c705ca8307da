import { fail } from '../problem.ts';
import { isCxx } from './cxx.ts';

export type SourceKind = 'c' | 'c++' | 'assembler' | 'python';

const kinds: Readonly<Record<string, SourceKind>> = { '.c': 'c', '.S': 'assembler', '.py': 'python' };

/**
 * What tool a source is for, by its ending.
 * @throws NatmodError `unknown-source` for an ending that no tool takes
 */
export function sourceKind(source: string, makefile?: string): SourceKind {
  const ending = /\.[^./\\]*$/.exec(source)?.[0] ?? '';
  const kind = isCxx(source) ? 'c++' : kinds[ending];
  if (kind !== undefined) return kind;
  const known = [...Object.keys(kinds), '.cpp', '.cc', '.cxx', '.C'].join(', ');
  const hint = ending === '.s' ? 'name it .S, then it is preprocessed and assembled' : `SRC can hold ${known} files`;
  const message = ending === '' ? `source '${source}' has no extension` : `'${source}': unknown extension '${ending}'`;
  return fail('unknown-source', message, { file: makefile }, hint);
}

/** Whether a source is for the C or C++ compiler or the assembler. */
export function isCompiled(source: string): boolean {
  return isCxx(source) || /\.[cS]$/.test(source);
}
