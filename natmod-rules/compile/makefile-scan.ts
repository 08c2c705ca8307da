/**
 * What a Makefile's value can depend on besides its own text and the command line. GNU make can run programs and look
 * at folders while it reads, and can make text into more Makefile; whoever remembers make's answers must know about
 * that. So this is a list of what is known to be pure or to have inputs that can be noted: every line and every
 * reference must be on it. What is not understood makes the answer one that is not remembered. Document: GNU make's
 * manual, chapters 3, 6 and 8.
 */
import { type Found, scanReferences, stripComment } from './make-references.ts';

export interface MakefileScan {
  /** All words that could be names of variables. */
  readonly words: ReadonlySet<string>;
  /** Names of variables put together from others: `natmod_cross_$(ARCH)` is `^natmod_cross_.*$`. */
  readonly computed: readonly string[];
  /** Folders whose listing it reads through `$(wildcard ...)`, as written. */
  readonly folders: readonly string[];
  /** Files that are included if they exist, or asked for by `$(wildcard ...)`, as written. */
  readonly optional: readonly string[];
  /** Files that are included under a plain name. */
  readonly included: readonly string[];
  /** Rules whose target could be a Makefile, which make would then make anew first. */
  readonly targets: readonly RegExp[];
  /** Why an answer of make must not be remembered, in words that follow "uses"; undefined when it may. */
  readonly unsure: string | undefined;
}

/** Scans the text of one Makefile. */
export function scanMakefile(source: string): MakefileScan {
  const text = source.replace(/(?<=(?:^|[^\\])(?:\\\\)*)\\\r?\n/g, ' ');
  const scan = new Scan();
  for (const line of text.split(/\r?\n/)) scan.line(line);
  return { ...scan.found, words: new Set(text.match(/[A-Za-z_.][\w.-]*/g) ?? []) };
}

// They change how make reads everything else.
const SPECIAL_TARGETS = /^\s*\.(SUFFIXES|SECONDEXPANSION|POSIX|DEFAULT|EXPORT_ALL_VARIABLES)\b/;
const SPECIAL_VARIABLES =
  /^(MAKEFLAGS|MFLAGS|GNUMAKEFLAGS|MAKEFILES|SHELL|\.SHELLFLAGS|\.RECIPEPREFIX|\.INCLUDE_DIRS|\.EXTRA_PREREQS)$/;
const CONDITIONAL = /^(ifeq|ifneq|ifdef|ifndef|else|endif)\b/;
const ASSIGNMENT =
  /^((?:(?:override|export|private)\s+)*)([^\s:=!?+#]+(?:\$[({][^=]*?[)}][^\s:=!?+#]*)*)\s*(:{0,3}=|\?=|\+=|!=)/;

class Scan {
  readonly found: Found & { included: string[]; targets: RegExp[] } = {
    computed: [],
    folders: [],
    optional: [],
    included: [],
    targets: [],
    unsure: undefined,
  };
  #inDefine = false;
  #afterRule = false;

  line(raw: string): void {
    // What a definition holds is read when it is used, as text of whatever kind.
    if (this.#inDefine) {
      if (/^\s*endef\b/.test(raw)) this.#inDefine = false;
      else this.#recipe(raw);
      return;
    }
    if (raw.startsWith('\t') && this.#afterRule) {
      this.#recipe(raw);
      return;
    }
    const line = stripComment(raw);
    if (line === undefined) this.#unsure('a # inside of brackets');
    const code = line?.trim() ?? '';
    if (code !== '') this.#code(code);
  }

  #code(code: string): void {
    if (/^define\b/.test(code)) {
      this.#inDefine = true;
      if (/!=\s*$/.test(code)) this.#unsure('!=');
    }
    const include = /^(-include|sinclude|include)\s+(.*)$/.exec(code);
    // What make says with $(error) is of interest only when there is no answer.
    if (!code.startsWith('$(error ')) scanReferences(code, this.found);
    if (include !== null) this.#include(include[1]!, include[2]!);
    else if (CONDITIONAL.test(code) || /^(define|vpath|export|unexport|undefine)\b/.test(code)) return;
    else if (/^(load|-load)\b/.test(code)) this.#unsure('load');
    else if (!this.#assignment(code)) this.#rule(code);
  }

  #assignment(code: string): boolean {
    const match = ASSIGNMENT.exec(code);
    if (match === null) return false;
    if (match[3] === '!=') this.#unsure('!=');
    if (SPECIAL_VARIABLES.test(match[2]!)) this.#unsure(match[2]!);
    return true;
  }

  #rule(code: string): void {
    const colon = colonOf(code);
    if (colon === -1) {
      // Messages give no text; what else stands alone may give any.
      if (!/^(\$[({](info|warning|error)\b.*[)}]\s*)+$/.test(code)) this.#unsure('a line that could mean anything');
      return;
    }
    this.#afterRule = true;
    if (SPECIAL_TARGETS.test(code)) this.#unsure(code.trim().split(/[\s:]/)[0]!);
    if (code.includes('!=')) this.#unsure('!=');
    if (/\bMAKEFLAGS\b|\bSHELL\s*[:?+]?=/.test(code)) this.#unsure('a special variable for one target');
    // Names with them are looked up in folders.
    const names = code.replace(/;.*$/, '').replace(/\$[({].*?[)}]+/g, '');
    if (!/=/.test(names) && /[*?[]/.test(names)) this.#unsure('a pattern of file names in a rule');
    const targets = code.slice(0, colon).trim().split(/\s+/);
    for (const target of targets) if (!target.startsWith('.PHONY')) this.found.targets.push(toPattern(target));
  }

  /**
   * Lines of recipes are not read by make now, except where there is no rule before them, which only make knows for
   * certain.
   */
  #recipe(line: string): void {
    scanReferences(line, this.found);
    if (/^\s*(-include|sinclude|include|load|-load)\b/.test(line)) this.#unsure('an include among recipes');
    if (/^\s*[\w.]+\s*!=/.test(line)) this.#unsure('!=');
  }

  #include(kind: string, names: string): void {
    if (/[*?[]/.test(names.replace(/\$[({].*?[)}]+/g, ''))) this.#unsure('include of a pattern');
    const isPlain = !/[$\\]/.test(names);
    if (kind !== 'include' && !isPlain) this.#unsure('optional include of a computed name');
    if (!isPlain) return;
    this.found[kind === 'include' ? 'included' : 'optional'].push(...names.trim().split(/\s+/));
  }

  #unsure(what: string): void {
    this.found.unsure ??= what;
  }
}

/** The first colon outside of references. */
function colonOf(code: string): number {
  let depth = 0;
  for (let i = 0; i < code.length; i++) {
    if (code[i] === '$' && /[({]/.test(code[i + 1] ?? '')) depth++;
    else if (depth > 0 && /[)}]/.test(code[i]!)) depth--;
    else if (depth === 0 && code[i] === ':') return i;
  }
  return -1;
}

/** A name in which variables and `%` stand for anything. */
function toPattern(name: string): RegExp {
  const parts = name.split(/\$[({][^)}]*[)}]*|\$.|%/).map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}
