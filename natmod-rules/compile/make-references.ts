/** References in the text of a Makefile: `$(NAME)`, `$(function arguments)`, and what they can depend on. */

export interface Found {
  readonly computed: string[];
  readonly folders: string[];
  readonly optional: string[];
  unsure: string | undefined;
}

/** Functions whose value depends on nothing but their arguments and variables (GNU make's manual, chapter 8). */
const PURE = new Set([
  ...['subst', 'patsubst', 'strip', 'findstring', 'filter', 'filter-out', 'sort', 'word', 'wordlist', 'words'],
  ...['firstword', 'lastword', 'dir', 'notdir', 'suffix', 'basename', 'addsuffix', 'addprefix', 'join', 'abspath'],
  ...['if', 'or', 'and', 'intcmp', 'foreach', 'let', 'error', 'warning', 'info'],
]);

const FUNCTIONS = new Set([
  ...PURE,
  ...['call', 'origin', 'flavor', 'value', 'shell', 'realpath', 'wildcard', 'eval', 'file', 'guile'],
]);

/** Shell commands that depend on nothing but make variables and the compiler. */
const HARMLESS_COMMANDS = [
  /^echo \$\(\w+\) \| tr '\[:\w+:\]' '\[:\w+:\]'$/,
  /^echo \$\(\w+\) \| sed -e 's\/-\$\$\/\/'$/,
  /^\$\((?:CC\)|CROSS\)gcc)(?: \$\(CFLAGS\))? --?(?:print-[\w=.$()-]+|dumpmachine|dumpversion|version)$/,
];

/** The path of a file that the compiler named, or of one that is resolved again when it is read. */
const HARMLESS_PATHS = /^(?:\$\(shell .*\)|\$\(MPY_EXTERN_SYM_FILE\))$/;

/** Looks through all references of a text, also those inside of others, and notes what they depend on. */
export function scanReferences(text: string, found: Found): void {
  for (let i = text.indexOf('$'); i !== -1; i = text.indexOf('$', i)) {
    const open = text[i + 1];
    if (open !== '(' && open !== '{') {
      i += 2;
      continue;
    }
    const end = closeOf(text, i + 1);
    if (end === -1) {
      found.unsure ??= 'a reference that does not end';
      return;
    }
    reference(text.slice(i + 2, end), found);
    i = end + 1;
  }
}

/** A line without its comment; undefined when versions of make differ about where that begins. */
export function stripComment(line: string): string | undefined {
  let depth = 0;
  for (let i = 0; i < line.length; i++) {
    const char = line[i]!;
    if (char === '\\') i++;
    else if (char === '$' && /[({]/.test(line[i + 1] ?? '')) depth++;
    else if (depth > 0 && /[({]/.test(char) && line[i - 1] !== '$') depth++;
    else if (depth > 0 && /[)}]/.test(char)) depth--;
    else if (char === '#') return depth > 0 ? undefined : line.slice(0, i);
  }
  return line;
}

/** Where the bracket at `start` is closed; like make, which counts brackets of that kind only. */
function closeOf(text: string, start: number): number {
  const open = text[start]!;
  const close = open === '(' ? ')' : '}';
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    if (text[i] === open) depth++;
    else if (text[i] === close && --depth === 0) return i;
  }
  return -1;
}

function reference(inner: string, found: Found): void {
  const [, name = '', rest = ''] = /^([a-z-]+)[ \t]+(.*)$/s.exec(inner) ?? [];
  if (!FUNCTIONS.has(name)) {
    variable(inner, found);
    return;
  }
  if (name === 'shell' && !HARMLESS_COMMANDS.some((pattern) => pattern.test(rest.trim()))) found.unsure ??= '$(shell)';
  if (name === 'realpath' && !HARMLESS_PATHS.test(rest.trim())) found.unsure ??= '$(realpath)';
  if (name === 'wildcard') wildcard(rest, found);
  if (name === 'call') call(rest, found);
  if (name === 'eval' || name === 'file' || name === 'guile') found.unsure ??= `$(${name})`;
  if (/^(origin|flavor|value)$/.test(name) && rest.includes('$')) found.computed.push('^.*$');
  scanReferences(rest, found);
}

/** `$(NAME)` or `$(NAME:a=b)`; the name may have references in it. */
function variable(inner: string, found: Found): void {
  const parts: string[] = [];
  let name = inner;
  for (let i = name.indexOf('$'); i !== -1; i = name.indexOf('$')) {
    const isLong = /[({]/.test(name[i + 1] ?? '');
    const end = isLong ? closeOf(name, i + 1) : i + 1;
    parts.push(name.slice(0, i));
    name = end === -1 ? '' : name.slice(end + 1);
    // What follows a colon is a substitution.
    if (parts.at(-1)!.includes(':')) break;
  }
  parts.push(name);
  const literal = parts.map((part) => part.split(':')[0]!);
  if (literal.some((part) => /[\s()]/.test(part))) found.unsure ??= `$(${inner.trim().split(/\s/)[0]} …)`;
  if (parts.length > 1 && !parts[0]!.includes(':')) {
    const escaped = literal.map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
    found.computed.push(`^${escaped.join('.*')}$`);
  }
  scanReferences(inner, found);
}

function wildcard(argument: string, found: Found): void {
  for (const pattern of argument.trim().split(/\s+/)) {
    const folder = /^(?:(.*)\/)?[^/]+$/.exec(pattern);
    if (folder === null || /[$\\,]/.test(pattern) || /[*?[~]/.test(folder[1] ?? '')) {
      found.unsure ??= '$(wildcard) of a computed name';
    } else if (/[*?[]/.test(pattern)) found.folders.push(folder[1] ?? (pattern.startsWith('/') ? '/' : '.'));
    else found.optional.push(pattern);
  }
}

/** Functions of make can be called as well. */
function call(argument: string, found: Found): void {
  const [name = ''] = argument.split(',');
  const word = name.trim();
  if (/[$\s]/.test(word)) found.unsure ??= '$(call) of a computed name';
  else if (FUNCTIONS.has(word) && !PURE.has(word)) found.unsure ??= `$(call ${word})`;
}
