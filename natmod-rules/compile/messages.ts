/** What GCC and clang print, as far as anything depends on it. */

/** The header that a compiler did not find, as the source names it. */
export function missingHeader(output: string): string | undefined {
  return /fatal error: (?:'|")?([\w./-]+?)(?:'|")?(?:: No such file| file not found)/.exec(output)?.[1];
}

/**
 * GCC for Xtensa says so of a function named bss that gets a section of its own, and has no option that takes it back.
 */
export function refusesSectionNamedBss(output: string): boolean {
  return /only uninitialized variables can be placed in a .\.bss. section/.test(output);
}

/** What to say of GCC's refusal of flags for memory that only code can be read from; undefined when it is none. */
export function explainPureCode(output: string): string | undefined {
  const flag = /error: (-mpure-code|-mslow-flash-data) (?:only supports|incompatible)/.exec(output)?.[1];
  return (
    flag && `addresses are in the instructions then, where no firmware can complete them: remove ${flag} from CFLAGS`
  );
}

/** What a compiler tells with `-v`. Paths are as it prints them. */
export interface Verbose {
  /** The programs that it starts. */
  readonly programs: readonly string[];
  readonly absentFolders: readonly string[];
  readonly libraryFolders: readonly string[];
  /** Searched for `#include "..."` only. */
  readonly quoteFolders: readonly string[];
  readonly systemFolders: readonly string[];
  readonly specs: readonly string[];
  /** The lines that tell which compiler it is. */
  readonly version: string;
}

/**
 * The programs that a driver says to have started, and itself. On Windows a name may have blanks, and ends in `.exe`.
 */
export function programsStarted(verbose: string): string[] {
  const started = /^ "?([A-Za-z]:[^"\n]*?\.exe|(?![A-Za-z]:)[^\s"]+)"? .*$|^COLLECT_GCC=(.+)$/gm;
  return [...verbose.matchAll(started)].map((match) => match[1] ?? match[2]!);
}

/** A list of folders, between which Windows has semicolons because of the colons of its drives. */
export function splitFolders(list: string): string[] {
  const isOfWindows = /(?:^|;)[A-Za-z]:[\\/]/.test(list);
  return list.split(isOfWindows ? ';' : ':').filter((path) => path !== '');
}

export function readVerbose(printed: string): Verbose {
  const output = printed.replaceAll('\r\n', '\n');
  const all = (pattern: RegExp) => [...output.matchAll(pattern)].map((match) => match[1]!);
  return {
    programs: programsStarted(output),
    absentFolders: all(/^ignoring nonexistent directory "(.*)"$/gm),
    libraryFolders: splitFolders(/^LIBRARY_PATH=(.*)$/m.exec(output)?.[1] ?? ''),
    quoteFolders: foldersBehind('#include "..."', output),
    systemFolders: foldersBehind('#include <...>', output),
    specs: all(/^Reading specs from ((?:[A-Za-z]:)?[\\/].*)$/gm),
    version: (output.match(/^(?:Target|Configured with|Thread model|\S.* version ).*$/gm) ?? []).join('\n'),
  };
}

/** Where a compiler looks for its parts and libraries, by `-v -print-search-dirs`. Folders need not be there. */
export function readSearched(printed: string): {
  readonly folders: readonly string[];
  readonly specs: readonly string[];
} {
  const output = printed.replaceAll('\r\n', '\n');
  const lists = [...output.matchAll(/^(?:programs|libraries): =?(.*)$/gm)].map((match) => match[1]!);
  return { folders: [...new Set(lists.flatMap(splitFolders))], specs: readVerbose(output).specs };
}

function foldersBehind(title: string, output: string): string[] {
  const start = output.indexOf(`${title} search starts here:\n`);
  if (start === -1) return [];
  const lines = output.slice(output.indexOf('\n', start) + 1).split('\n');
  const end = lines.findIndex((line) => !line.startsWith(' '));
  return lines.slice(0, end).map((line) => line.replace(/ \(.*\)$/, '').trim());
}
