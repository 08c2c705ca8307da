import type { MakefileScan } from '../../natmod-rules/compile/index.ts';
import { type Report, silentReport } from '../report/report.ts';
import { rememberAnswers } from '../toolchain/answers.ts';
import { FileHashes } from './file-hashes.ts';
import { type Notes, notesText, readNotes, writeNotes } from './notes.ts';
import { ObjectCache } from './object-cache.ts';

/** What one build, or one `gulp watch`, knows of files and of earlier builds. */
export interface Session {
  readonly report: Report;
  readonly hashes: FileHashes;
  readonly notes: Notes;
  /** Undefined with --no-cache. */
  readonly cache: ObjectCache | undefined;
  /** Variables of the environment by the Makefile that could name them. */
  readonly environments: Map<MakefileScan, Record<string, string>>;
  /** Notes everything for the next build, and makes room in the cache. */
  save(): Promise<void>;
}

export function openSession(
  outDir: string,
  { cache: cached }: { readonly cache: boolean },
  report: Report = silentReport(),
): Session {
  const notes = readNotes(outDir);
  let before = notesText(notes);
  const hashes = new FileHashes(notes.files);
  const cache = cached ? new ObjectCache() : undefined;
  rememberAnswers(notes.answers);
  return {
    report,
    hashes,
    notes,
    cache,
    environments: new Map(),
    async save() {
      cache?.close();
      notes.files = mergeFiles(notes.files, hashes.notes());
      before = await writeNotes(outDir, notes, before);
    },
  };
}

const MAX_FILES = 20_000;

/** A build of few modules must not forget the files of the others. */
function mergeFiles(before: Notes['files'], now: Notes['files']): Notes['files'] {
  const all = { ...before, ...now };
  return Object.keys(all).length > MAX_FILES ? now : all;
}
