import { readFileSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir } from '../bootstrap/paths.mjs';
import { writeWhole } from '../system/files.ts';
import { type HashedFile, hashOf } from './file-hashes.ts';

/**
 * What is remembered from one build to the next to start no process and read no file twice. Nothing here decides what is
 * right: each entry says under which conditions it holds, and without the file everything is asked anew.
 */
export interface Notes {
  /** Content hashes by absolute path. */
  files: Record<string, HashedFile>;
  /** Answers of make, by question. */
  readonly probes: Record<string, unknown>;
  /** Answers of compilers about themselves, by question. */
  readonly answers: Record<string, unknown>;
}

// Changes when notes of an older layout must not be read any more.
const LAYOUT = 1;
const KEPT = 100;

/** The notes of earlier builds into the same output folder; empty when there are none or they cannot be read. */
export function readNotes(outDir: string): Notes {
  try {
    const { layout, ...notes } = JSON.parse(readFileSync(notesFile(outDir), 'utf8')) as Notes & { layout: number };
    if (layout === LAYOUT)
      return { files: { ...notes.files }, probes: { ...notes.probes }, answers: { ...notes.answers } };
  } catch {
    // The file is made at the end of the first build.
  }
  return { files: {}, probes: {}, answers: {} };
}

/**
 * Writes notes when they differ from those read. A folder that cannot be written only costs time at the next build.
 *
 * @param before what `notesText` said of them when they were read or last written
 * @returns what it says now
 */
export async function writeNotes(outDir: string, notes: Notes, before: string): Promise<string> {
  const text = notesText(notes);
  if (text === before) return text;
  try {
    writeWhole(notesFile(outDir), text);
    await removeOld();
  } catch {
    // See above.
  }
  return text;
}

/** The notes as they are written. */
export function notesText(notes: Notes): string {
  return JSON.stringify({ layout: LAYOUT, ...notes });
}

function notesFile(outDir: string): string {
  return join(cacheDir(), 'notes', `${hashOf(outDir)}.json`);
}

async function removeOld(): Promise<void> {
  const folder = join(cacheDir(), 'notes');
  const names = await readdir(folder);
  if (names.length <= KEPT) return;
  const files = await Promise.all(
    names.map(async (name) => ({ path: join(folder, name), time: (await stat(join(folder, name))).mtimeMs })),
  );
  files.sort((a, b) => b.time - a.time);
  for (const { path } of files.slice(KEPT)) await rm(path, { force: true });
}
