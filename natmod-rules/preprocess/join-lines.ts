/**
 * A text as the preprocessor reads it, line by line (C11, 5.1.1.2): a backslash at the end of a line joins it with the
 * next one. Compilers allow blanks behind it.
 */
export function joinLines(text: string): string {
  return text.includes('\\') ? text.replaceAll(/\\[ \t\v\f]*\r?\n/g, '') : text;
}
