/**
 * How flags that make a module smaller go together with those of its Makefile: a compiler obeys the last word on a
 * thing.
 */

/**
 * Flags of ours come first, so that a flag which the author wrote has the last word, wherever it stands. Only what the
 * common rules themselves say, and the author did not, gives way: `-Os` to `-Oz`, `-fpic` to `-fno-pic`.
 *
 * @param flags the module's, with those of the rules among them
 * @param ours for the smallest size
 * @param common what the rules give to every module
 */
export function mergeFlags(
  flags: readonly string[],
  ours: readonly string[],
  common: readonly string[],
): readonly string[] {
  const merged = [...flags];
  const first: string[] = [];
  for (const flag of ours) {
    const subject = subjectOf(flag);
    const said = merged.filter((one) => subjectOf(one) === subject);
    const rule = common.find((one) => subjectOf(one) === subject);
    const isRules = rule !== undefined && said.length === 1 && said[0] === rule;
    if (isRules) merged[merged.indexOf(rule)] = flag;
    else first.push(flag);
  }
  return [...first, ...merged];
}

/** What a flag is about: `-fno-pic`, `-fpic` and `-fPIC` are about one thing. */
function subjectOf(flag: string): string {
  if (/^-O([0-3gsz]|fast)?$/.test(flag)) return '-O';
  const [, kind, name] = /^-([fm])(?:no-)?([^=]+)/.exec(flag) ?? [];
  return kind === undefined ? flag : `-${kind}${name!.toLowerCase()}`;
}
