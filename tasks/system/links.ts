import { lstatSync, readlinkSync } from 'node:fs';
import { dirname, join, parse, resolve } from 'node:path';

/** Where links lead, by path; undefined for what is no link. */
export type KnownLinks = Map<string, string | undefined>;

// Linux follows no more either.
const MOST_LINKS = 40;

/**
 * The other names under which a file is reached: those of its path with each link on the way followed, one after the
 * other. When what lies under one of them changes, so does the file. Empty when no link is on the way.
 *
 * @param path absolute
 * @param known what was looked at already, for several files of the same folders
 */
export function namesBehindLinks(path: string, known: KnownLinks = new Map()): string[] {
  const names: string[] = [];
  for (let name: string | undefined = path; names.length < MOST_LINKS; ) {
    name = followFirstLink(name, known);
    if (name === undefined) break;
    names.push(name);
  }
  return names;
}

function followFirstLink(path: string, known: KnownLinks): string | undefined {
  const { root } = parse(path);
  const parts = path.slice(root.length).split(/[/\\]/);
  let at = root;
  for (const [i, part] of parts.entries()) {
    at = join(at, part);
    if (!known.has(at)) known.set(at, linkAt(at));
    const end = known.get(at);
    if (end !== undefined) return join(resolve(dirname(at), end), ...parts.slice(i + 1));
  }
  return undefined;
}

function linkAt(path: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined;
  } catch {
    // What is not there is no link.
    return undefined;
  }
}
