/**
 * Tells calls of the firmware from calls through other pointers. In code both load an address and call it; in C the
 * firmware's functions have names, which the headers make calls through its function table of.
 */
const FIRMWARE = /^(mp_|m_|nlr_|gc_|vstr_|qstr_|MP_|mem(set|cpy|move)$|NLR_)/;
const KEYWORDS: ReadonlySet<string> = new Set(['if', 'while', 'for', 'switch', 'return', 'sizeof', 'defined']);
/** `->compare(`, `.compare(`, `(*compare)(`. */
const POINTER = /(->|\.)\s*[A-Za-z_]\w*\s*\(|\(\s*\*\s*[\w.>-]+\s*\)\s*\(/;

/**
 * The function of the firmware that a line of source calls; undefined when it may call something else.
 * @param isOwn says whether the module has a function of a name
 */
export function firmwareCall(source: string, isOwn: (name: string) => boolean): string | undefined {
  const text = source
    .replace(/"(\\.|[^"\\])*"|'(\\.|[^'\\])*'/g, '""')
    .replace(/\/\/.*$|\/\*.*?\*\//g, '')
    .replace(/\bmp_fun_table\s*\.\s*(mp_)?/g, 'mp_');
  if (POINTER.test(text)) return undefined;
  const names = [...text.matchAll(/([A-Za-z_]\w*)\s*\(/g)]
    .map(([, name]) => name!)
    .filter((name) => !KEYWORDS.has(name));
  // No call is written there, so it is a part of a longer expression, or of a macro.
  if (names.length === 0) return THROUGH_TABLE;
  const others = names.filter((name) => !isOwn(name));
  return others.length > 0 && others.every((name) => FIRMWARE.test(name)) ? others[0] : undefined;
}

/** What stands for a function of the firmware whose name is not known. */
export const THROUGH_TABLE = 'through mp_fun_table';
