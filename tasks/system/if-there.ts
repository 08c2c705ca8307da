/**
 * Files and folders that may be missing. What cannot be read counts as missing, too: whoever cannot do without says so.
 */
import { readdirSync, readFileSync, realpathSync } from 'node:fs';

/** The names in a folder, in no order; none when it is missing. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // Missing, as said above.
    return [];
  }
}

/** The folders in a folder, by name, in no order; none when it is missing. */
export function foldersIn(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch {
    // Missing, as said above.
    return [];
  }
}

/** What a text file has; empty when it is missing. */
export function textIfThere(path: string, encoding: 'utf8' | 'latin1' = 'utf8'): string {
  try {
    return readFileSync(path, encoding);
  } catch {
    // Missing, as said above.
    return '';
  }
}

/** Where links lead to; the path itself when it is missing. */
export function realPlace(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // Missing, as said above.
    return path;
  }
}
