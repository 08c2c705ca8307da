/**
 * Reads a dependency file as `gcc -MD` and clang write it: one make rule `object: source header ...`.
 *
 * A backslash before a line end joins lines, `\ ` and `\#` are the character itself, `$$` is a dollar; any other
 * backslash stands for itself, as in paths of Windows. Further rules (`-MP` adds one without prerequisites per header)
 * are left out.
 *
 * @returns the prerequisites of the first rule in order, each once, spelled as the compiler spells them; none when the
 *   text holds no rule
 */
export function readDependencies(text: string): string[] {
  const joined = text.replace(/\\\r?\n/g, ' ');
  const rule = joined.split(/\r?\n/, 1)[0]!;
  // The colon of a drive letter has no blank behind it.
  const colon = /:(?=\s|$)/.exec(rule);
  if (colon === null) return [];
  const words = rule.slice(colon.index + 1).match(/(?:\\[ #]|\$\$|\S)+/g) ?? [];
  return [...new Set(words.map((word) => word.replace(/\\([ #])|\$(\$)/g, '$1$2')))];
}
