import { joinLines } from '../preprocess/join-lines.ts';

/** What `#include` lines of a C source name, for whoever wants to look into headers without running a compiler. */
export interface Include {
  readonly name: string;
  /** `#include "name"`: the folder of the including file is searched first. */
  readonly quoted: boolean;
}

/** The includes of a source that are plain file names, also those that `#if` leaves out. */
export function includesOf(text: string): Include[] {
  const found: Include[] = [];
  for (const match of joinLines(text).matchAll(/^[ \t]*#[ \t]*include[ \t]*(?:"([^"\n]+)"|<([^>\n]+)>)/gm)) {
    found.push({ name: (match[1] ?? match[2])!, quoted: match[1] !== undefined });
  }
  return found;
}

/** The folders of `-I`, `-iquote` and `-isystem`, in order. */
export function includeFolders(cflags: readonly string[]): string[] {
  const folders: string[] = [];
  for (let i = 0; i < cflags.length; i++) {
    const match = /^(-I|-iquote|-isystem)(.*)$/s.exec(cflags[i]!);
    if (match === null) continue;
    const folder = match[2] === '' ? cflags[++i] : match[2];
    if (folder !== undefined) folders.push(folder);
  }
  return folders;
}
