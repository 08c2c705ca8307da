/** A variable as make has it after reading everything. */
export interface MakeVariable {
  readonly value: string;
  /** Where its value comes from: `file`, `environment`, `command line`, `default`, `undefined`, ... */
  readonly origin: string;
}

/**
 * Reads what probe.mk prints. Lines outside the marks are the Makefile's own and are left out.
 *
 * @param output what make printed
 * @param mark the random word that begins our lines
 * @returns undefined when the list is not complete
 */
export function readProbe(output: string, mark: string): Map<string, MakeVariable> | undefined {
  const variables = new Map<string, MakeVariable>();
  let name: string | undefined;
  let origin = '';
  let lines: string[] = [];
  for (const line of output.split(/\r?\n/)) {
    if (!line.startsWith(`${mark} `)) {
      lines.push(line);
      continue;
    }
    if (name !== undefined) variables.set(name, { value: lines.join('\n').trim(), origin });
    if (line === `${mark} end`) return variables;
    const [, variable, ...rest] = line.split(' ');
    [name, origin, lines] = [variable, rest.join(' '), []];
  }
  return undefined;
}

/** Splits a list of file names as make does; a blank behind a backslash belongs to the name. */
export function splitNames(list: string): string[] {
  return (list.match(/(?:\\[ \t]|[^ \t\r\n])+/g) ?? []).map((name) => name.replace(/\\([ \t])/g, '$1'));
}

/**
 * A path for a make variable: blanks and dollars would otherwise be make's. A `#` begins no comment there, and what
 * includes the file would look for the backslash as well.
 */
export function quoteForMake(path: string): string {
  return path
    .replaceAll('\\', '/')
    .replaceAll('$', '$$$$')
    .replace(/([ \t])/g, '\\$1');
}
