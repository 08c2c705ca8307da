/**
 * What a Makefile's value can depend on besides its own text, the command line and the variables of the environment that it
 * names. GNU make can run programs and look at folders while it reads; whoever remembers make's answers must know about that.
 * The manual's chapters 3.3, 3.5 and 8 list what reads the world.
 */
export interface MakefileScan {
  /** All words that could be names of variables. */
  readonly words: ReadonlySet<string>;
  /** Names of variables put together from others: `natmod_cross_$(ARCH)` is `/^natmod_cross_.*$/`. */
  readonly computed: readonly RegExp[];
  /** Folders whose listing it reads through `$(wildcard ...)`, as written. */
  readonly folders: readonly string[];
  /** Files that are included if they exist, as written. */
  readonly optional: readonly string[];
  /** Rules whose target could be a Makefile, which make would then make anew first. */
  readonly targets: readonly RegExp[];
  /** Why an answer of make must not be remembered; undefined when it may. */
  readonly unsure: string | undefined;
}

/** Scans the text of one Makefile. Where it is not certain it says `unsure`. */
export function scanMakefile(source: string): MakefileScan {
  const text = source.replace(/\\\r?\n/g, ' ');
  // Recipes stay in it: before the first rule a line that begins with a tab is like any other. What $(error) says is only of
  // interest when there is no answer.
  const lines = text.split(/\r?\n/).map((line) => line.replace(/(^|[^\\])#.*$|^\s*\$\(error .*$/, '$1'));
  const code = lines.join('\n');
  const folders: string[] = [];
  const optional: string[] = [];
  const unsure = findUnsure(code) ?? takeWildcards(code, folders) ?? takeIncludes(code, optional);
  return {
    words: new Set(text.match(/[A-Za-z_][\w.-]*/g) ?? []),
    computed: computedNames(code),
    folders,
    optional,
    targets: ruleTargets(code),
    unsure,
  };
}

/** Shell commands that depend on nothing but make variables and the compiler. */
const HARMLESS_COMMANDS = [
  /^echo \$\(\w+\) \| tr '\[:\w+:\]' '\[:\w+:\]'$/,
  /^echo \$\(\w+\) \| sed -e 's\/-\$\$\/\/'$/,
  /^\$\((?:CC\)|CROSS\)gcc)(?: \$\(CFLAGS\))? --?(?:print-[\w=.$()-]+|dumpmachine|dumpversion|version)$/,
  /^grep -q "\$\(PICOLIBC_BASE\)" "\$\(PICOLIBC_SPECS\)"; echo \$\$\?$/,
];

function findUnsure(code: string): string | undefined {
  const reads = /\$[({]\s*(file|eval|guile)\b/.exec(code);
  if (reads !== null) return reads[1];
  for (const call of calls(code, 'shell')) {
    if (!HARMLESS_COMMANDS.some((pattern) => pattern.test(call.trim()))) return 'shell';
  }
  // The path of a file that the compiler named, or of one that is resolved again when it is read.
  for (const argument of calls(code, 'realpath')) {
    if (!/^\s*\$\((?:shell .*|MPY_EXTERN_SYM_FILE)\)\s*$/.test(argument)) return 'realpath';
  }
  const words = code.replace(/\$[({]shell\b/g, '');
  if (/\bshell\b/.test(words)) return 'shell';
  return /!=|^\s*load\s|^\s*\.SUFFIXES\b|\bMAKEFILES\b|\$[({]call \$/m.exec(code)?.[0];
}

/** The arguments of each `$(name ...)`, brackets inside counted. */
function* calls(code: string, name: string): Generator<string> {
  for (const match of code.matchAll(new RegExp(`\\$([({])\\s*${name}\\b`, 'g'))) {
    const close = match[1] === '(' ? ')' : '}';
    let depth = 1;
    let end = match.index + match[0].length;
    for (; end < code.length && depth > 0; end++) {
      if (code[end] === match[1]) depth++;
      else if (code[end] === close) depth--;
    }
    yield code.slice(match.index + match[0].length, end - 1).trimStart();
  }
}

function takeWildcards(code: string, folders: string[]): string | undefined {
  for (const argument of calls(code, 'wildcard')) {
    for (const pattern of argument.trim().split(/\s+/)) {
      const folder = /^(?:(.*)\/)?[^/]+$/.exec(pattern);
      if (folder === null || /[$\\]/.test(pattern) || /[*?[~]/.test(folder[1] ?? '')) return 'wildcard';
      folders.push(folder[1] ?? (pattern.startsWith('/') ? '/' : '.'));
    }
  }
  return undefined;
}

function takeIncludes(code: string, optional: string[]): string | undefined {
  for (const [, kind, names] of code.matchAll(/^\s*(-include|sinclude|include)[ \t]+(.+)$/gm)) {
    if (/[*?[]/.test(names!)) return 'include of a pattern';
    if (kind === 'include') continue;
    if (/[$\\]/.test(names!)) return 'optional include of a computed name';
    optional.push(...names!.trim().split(/\s+/));
  }
  return undefined;
}

function computedNames(code: string): RegExp[] {
  const found: RegExp[] = [];
  for (const [, name] of code.matchAll(/\$[({]([\w.-]*\$[({][\w.-]+[)}][\w.$(){}-]*)[)}]/g))
    found.push(toPattern(name!));
  return found;
}

function ruleTargets(code: string): RegExp[] {
  const found: RegExp[] = [];
  for (const line of code.split('\n')) {
    const match = /^([^=:#]+)::?(?![:=])/.exec(line);
    if (match === null || /^\s*(?:ifeq|ifneq|else|include|-include|sinclude|export|define)\b/.test(line)) continue;
    for (const target of match[1]!.trim().split(/\s+/)) if (!target.startsWith('.PHONY')) found.push(toPattern(target));
  }
  return found;
}

/** A name in which variables and `%` stand for anything. */
function toPattern(name: string): RegExp {
  const parts = name.split(/\$[({][^)}]*[)}]*|\$.|%/).map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}
