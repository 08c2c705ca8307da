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

export function readVerbose(output: string): Verbose {
  const all = (pattern: RegExp) => [...output.matchAll(pattern)].map((match) => match[1] ?? match[2]!);
  const libraries = /^LIBRARY_PATH=(.*)$/m.exec(output)?.[1]?.split(':') ?? [];
  return {
    programs: all(/^ "?([^\s"]+)"? .*$|^COLLECT_GCC=(.+)$/gm),
    absentFolders: all(/^ignoring nonexistent directory "(.*)"$/gm),
    libraryFolders: libraries.filter((path) => path !== ''),
    quoteFolders: foldersBehind('#include "..."', output),
    systemFolders: foldersBehind('#include <...>', output),
    specs: all(/^Reading specs from (\/.*)$/gm),
    version: (output.match(/^(?:Target|Configured with|Thread model|\S.* version ).*$/gm) ?? []).join('\n'),
  };
}

function foldersBehind(title: string, output: string): string[] {
  const start = output.indexOf(`${title} search starts here:\n`);
  if (start === -1) return [];
  const lines = output.slice(output.indexOf('\n', start) + 1).split('\n');
  const end = lines.findIndex((line) => !line.startsWith(' '));
  return lines.slice(0, end).map((line) => line.replace(/ \(.*\)$/, '').trim());
}
