/** Takes preprocessed C declarations apart, as far as MicroPython's headers need it: no bodies, no expressions. */

export interface Member {
  /** Path from the outer structure: `fun._0`. */
  readonly path: string;
  readonly kind: 'plain' | 'bitfield' | 'flexible' | 'function';
  /** Words of the declaration without the name; of a function pointer the whole declaration. */
  readonly type: string;
}

export interface Declarations {
  /** `struct _x`, `union _x` or the name of a typedef → members, in order. */
  readonly aggregates: Map<string, readonly Member[]>;
  readonly enumerators: Set<string>;
  /** Name → the typedef's words; of an aggregate only the name counts. */
  readonly typedefs: Map<string, string>;
  /** Name → prototype without body and semicolon. */
  readonly functions: Map<string, string>;
  readonly inlines: Set<string>;
  readonly objects: Map<string, string>;
}

export function parseDeclarations(text: string): Declarations {
  const found: Declarations = {
    aggregates: new Map(),
    enumerators: new Set(),
    typedefs: new Map(),
    functions: new Map(),
    inlines: new Set(),
    objects: new Map(),
  };
  for (const tokens of topLevel(tokenize(text))) addDeclaration(tokens, found);
  return found;
}

function tokenize(text: string): string[] {
  return text.match(/[A-Za-z_]\w*|\d[\w.]*|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\.\.\.|<<|>>|[^\s\w]/g) ?? [];
}

/** One array of tokens per declaration, without the semicolon; a function's body is left out. */
function* topLevel(tokens: readonly string[]): Generator<string[]> {
  let current: string[] = [];
  let depth = 0;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    if (token === '{' && depth === 0 && current.at(-1) === ')' && !current.includes('typedef')) {
      i = matching(tokens, i);
      yield current;
      current = [];
      continue;
    }
    if ('({['.includes(token)) depth++;
    else if (')}]'.includes(token)) depth--;
    if (token === ';' && depth === 0) {
      if (current.length > 0) yield current;
      current = [];
    } else current.push(token);
  }
}

/** Index of the bracket that closes the one at `open`. */
function matching(tokens: readonly string[], open: number): number {
  let depth = 0;
  for (let i = open; i < tokens.length; i++) {
    if ('({['.includes(tokens[i]!)) depth++;
    else if (')}]'.includes(tokens[i]!) && --depth === 0) return i;
  }
  throw new Error(`unbalanced: ${tokens.slice(open, open + 10).join(' ')}`);
}

function addDeclaration(all: readonly string[], found: Declarations): void {
  const tokens = withoutAttributes(all);
  if (tokens[0] === '_Static_assert' || tokens.length === 0) return;
  const open = tokens.indexOf('{');
  const keyword = tokens.findIndex((token) => ['struct', 'union', 'enum'].includes(token));
  const isTypedef = tokens[0] === 'typedef';
  if (open >= 0 && keyword >= 0 && keyword < open) {
    const names = isTypedef ? [tokens.at(-1)!] : [];
    if (open === keyword + 2) names.push(`${tokens[keyword]} ${tokens[keyword + 1]}`);
    const from = all.indexOf('{');
    const body = all.slice(from + 1, matching(all, from));
    if (tokens[keyword] === 'enum') for (const one of split(body, ',')) found.enumerators.add(one[0]!);
    else for (const name of names) found.aggregates.set(name, membersOf(body, ''));
    if (isTypedef) found.typedefs.set(names[0]!, names[0]!);
  } else if (isTypedef) found.typedefs.set(declaredName(tokens), tokens.join(' '));
  else if (tokens.includes('(')) addFunction(all, tokens, found);
  else if (tokens[0] === 'extern') addObjects(tokens, found);
}

function addFunction(all: readonly string[], tokens: readonly string[], found: Declarations): void {
  const name = tokens[tokens.indexOf('(') - 1]!;
  found.functions.set(name, all.filter((token) => token !== 'extern').join(' '));
  if (tokens.includes('inline')) found.inlines.add(name);
}

function addObjects(tokens: readonly string[], found: Declarations): void {
  const [first, ...others] = split(tokens, ',');
  const isArray = first!.at(-1) === ']';
  const words = first!.slice(0, isArray ? -3 : -1);
  for (const one of [first!, ...others]) {
    const plain = one.filter((token) => token !== '[' && token !== ']');
    found.objects.set(plain.at(-1)!, [...words, plain.at(-1), ...(one.at(-1) === ']' ? ['[', ']'] : [])].join(' '));
  }
}

function membersOf(body: readonly string[], prefix: string): Member[] {
  return split(body, ';').flatMap((all) => memberDeclaration(all, withoutAttributes(all), prefix));
}

function memberDeclaration(all: readonly string[], tokens: readonly string[], prefix: string): Member[] {
  const open = tokens.indexOf('{');
  if (open >= 0) {
    const close = matching(tokens, open);
    return membersOf(tokens.slice(open + 1, close), `${prefix}${tokens[close + 1]}.`);
  }
  if (tokens.includes('(') && tokens[tokens.indexOf('(') + 1] === '*') {
    return [{ path: prefix + declaredName(tokens), kind: 'function', type: all.join(' ') }];
  }
  const colon = tokens.indexOf(':');
  if (colon >= 0) {
    return [{ path: prefix + tokens[colon - 1], kind: 'bitfield', type: tokens.slice(0, colon - 1).join(' ') }];
  }
  const [first, ...others] = split(tokens, ',');
  const bracket = first!.indexOf('[');
  const end = bracket < 0 ? first!.length : bracket;
  const dimension = bracket < 0 ? '' : first!.slice(bracket + 1, -1).join('');
  const kind = bracket >= 0 && (dimension === '' || dimension === '0') ? 'flexible' : 'plain';
  const type = first!.slice(0, end - 1).join(' ');
  const names = [first![end - 1]!, ...others.map((one) => one[0]!)];
  return names.map((name) => ({ path: prefix + name, kind, type }));
}

/** The name that a declarator gives: in `(*name)(...)` inside, else the last word. */
function declaredName(tokens: readonly string[]): string {
  const star = tokens.findIndex((token, i) => token === '*' && tokens[i - 1] === '(');
  if (star >= 0) return tokens[star + 1]!;
  return tokens.filter((token) => /^\w+$/.test(token)).at(-1)!;
}

function withoutAttributes(tokens: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < tokens.length; i++) {
    if (tokens[i] === '__attribute__') i = matching(tokens, i + 1);
    else if (tokens[i] !== '__extension__') kept.push(tokens[i]!);
  }
  return kept;
}

function split(tokens: readonly string[], separator: string): string[][] {
  const parts: string[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if ('({['.includes(token)) depth++;
    else if (')}]'.includes(token)) depth--;
    if (token === separator && depth === 0) parts.push([]);
    else parts.at(-1)!.push(token);
  }
  return parts.filter((part) => part.length > 0);
}
