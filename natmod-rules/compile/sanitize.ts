/**
 * Checks that compilers put into code: `-fsanitize=` of GCC and clang as far as its results can be told by a module,
 * and the stack protector. Documents: GCC's manual, "Program Instrumentation Options"; clang's,
 * "UndefinedBehaviorSanitizer".
 */
import { fail } from '../problem.ts';

/** What was asked for. */
export interface Sanitizers {
  /** Names of checks and groups, as they were typed, each once. */
  readonly checks: readonly string[];
  /** Whether functions look after themselves that their part of the stack is whole: those with arrays, or all. */
  readonly stack?: 'strong' | 'all';
}

type Compiler = 'gcc' | 'clang';

/** What a compiler calls a check; one that it does not have is left out. */
type Check = { readonly [compiler in Compiler]?: string };

const both = (...names: readonly string[]) => names.map((name): [string, Check] => [name, { gcc: name, clang: name }]);
const only = (compiler: Compiler, ...names: readonly string[]) =>
  names.map((name): [string, Check] => [name, { [compiler]: name }]);

// Of a group in clang that has `bounds`, one part stops the CPU without a word.
const BOUNDS: [string, Check] = ['bounds', { gcc: 'bounds', clang: 'array-bounds' }];

/** What C calls undefined. */
const UNDEFINED: readonly [string, Check][] = [
  ...both('shift', 'integer-divide-by-zero', 'signed-integer-overflow', 'float-cast-overflow'),
  BOUNDS,
  ...both('null', 'alignment', 'object-size', 'pointer-overflow', 'vla-bound', 'bool', 'enum', 'builtin'),
  ...both('unreachable', 'return', 'nonnull-attribute', 'returns-nonnull-attribute'),
];

const CHECKS: ReadonlyMap<string, Check> = new Map([
  ...UNDEFINED,
  ...both('shift-base', 'shift-exponent', 'float-divide-by-zero'),
  ...only('gcc', 'bounds-strict'),
  ...only('clang', 'unsigned-integer-overflow', 'unsigned-shift-base', 'implicit-unsigned-integer-truncation'),
  ...only(
    'clang',
    'implicit-signed-integer-truncation',
    'implicit-integer-sign-change',
    'implicit-bitfield-conversion',
  ),
  ...only('clang', 'nullability-arg', 'nullability-assign', 'nullability-return'),
]);

const TRUNCATION = ['implicit-unsigned-integer-truncation', 'implicit-signed-integer-truncation'];
const CONVERSION = [...TRUNCATION, 'implicit-integer-sign-change', 'implicit-bitfield-conversion'];

const GROUPS: ReadonlyMap<string, readonly string[]> = new Map([
  ['undefined', UNDEFINED.map(([name]) => name)],
  ['implicit-integer-truncation', TRUNCATION],
  ['implicit-conversion', CONVERSION],
  [
    'integer',
    [
      ...['signed-integer-overflow', 'unsigned-integer-overflow', 'shift', 'unsigned-shift-base'],
      ...['integer-divide-by-zero', ...TRUNCATION, 'implicit-integer-sign-change'],
    ],
  ],
  ['nullability', ['nullability-arg', 'nullability-assign', 'nullability-return']],
]);

const STACK = { stack: 'strong', 'stack-all': 'all' } as const;

const MEMORY =
  "it keeps notes of all memory in memory that a board does not have; 'bounds' and 'object-size' find some of it";

/** What cannot be had in a module: why, and what to do. */
const REFUSED: readonly (readonly [name: RegExp, hint: string])[] = [
  [/^((kernel-)?(hw)?address|leak|memory|kernel-memory|memtag.*|type|fuzzer.*|scudo|dataflow)$/, MEMORY],
  [/^pointer-(compare|subtract)$/, "it belongs to 'address', which a module cannot have; take 'pointer-overflow'"],
  [/^(thread|realtime|numerical)$/, 'it needs an operating system; a module runs under one lock anyway'],
  [/^vptr$/, 'it needs types at run time (RTTI), which a module does not have'],
  [
    /^(k?cfi.*|function|safe-stack|shadow-call-stack|undefined-trap)$/,
    "it counts on data in front of functions or on registers that the firmware does not have; take 'undefined', or 'stack'",
  ],
  [/^local-bounds$/, "clang's code stops the CPU and does not say where; take 'bounds'"],
];

/** Every name that `--sanitize` takes. */
export const SANITIZERS: readonly string[] = [...GROUPS.keys(), ...CHECKS.keys(), ...Object.keys(STACK)];

/**
 * Reads what `--sanitize`, `MPY_SANITIZE` or a config asks for.
 * @param words names, each perhaps several with commas between them
 * @param file where they stand, if in a file
 * @returns undefined when nothing is asked for
 * @throws NatmodError `no-sanitizer` for a name that is none, and for what a module cannot have
 */
export function readSanitizers(words: readonly string[], file?: string): Sanitizers | undefined {
  const checks = new Set<string>();
  let stack: Sanitizers['stack'];
  for (const name of words.flatMap((word) => word.split(/[\s,]+/)).filter((one) => one !== '')) {
    if (name === 'stack' || name === 'stack-all') stack = stack === 'all' ? stack : STACK[name];
    else if (SANITIZERS.includes(name)) checks.add(name);
    else refuse(name, file);
  }
  if (checks.size === 0 && stack === undefined) return undefined;
  return { checks: [...checks], ...(stack === undefined ? {} : { stack }) };
}

function refuse(name: string, file: string | undefined): never {
  const refused = REFUSED.find(([pattern]) => pattern.test(name));
  if (refused !== undefined) fail('no-sanitizer', `a module cannot have the check '${name}'`, { file }, refused[1]);
  return fail('no-sanitizer', `there is no check '${name}'`, { file }, `known are ${SANITIZERS.join(', ')}`);
}

/** A check in the words of a compiler. */
export interface CompilerCheck {
  /** As it was asked for: itself, or a group. */
  readonly asked: string;
  /** What `-fsanitize=` takes; undefined when the compiler has nothing of the kind. */
  readonly word: string | undefined;
}

/**
 * All checks that are asked for, those of groups one by one, because compilers understand different things by a group.
 */
export function checksFor({ checks }: Sanitizers, compiler: Compiler): readonly CompilerCheck[] {
  return checks.flatMap((asked) =>
    (GROUPS.get(asked) ?? [asked]).map((name) => ({ asked, word: CHECKS.get(name)?.[compiler] })),
  );
}

/**
 * The flags for checks and for the stack protector.
 * @param words of the checks that the compiler has
 * @param isX86 there the stack protector takes its word from a register that belongs to the operating system unless it
 *   is told not to
 */
export function sanitizeFlags(words: readonly string[], stack: Sanitizers['stack'], isX86: boolean): string[] {
  const checks = [...new Set(words)].join(',');
  return [
    ...(checks === '' ? [] : [`-fsanitize=${checks}`, '-fno-sanitize-recover=all']),
    ...(stack === undefined ? [] : [`-fstack-protector-${stack}`]),
    ...(stack !== undefined && isX86 ? ['-mstack-protector-guard=global'] : []),
    // Compilers warn of more where checks are in the code, and not always with reason.
    '-Wno-error',
  ];
}

/** Name of the source with the routines that checks call. */
export const CHECKS_SOURCE = 'natmod-checks.c';

/** Whether a source is the one that must not be checked itself, or it would call itself without end. */
export function isChecksSource(source: string): boolean {
  return source.replace(/^.*[/\\]/, '') === CHECKS_SOURCE;
}

/** Flags without those that put checks into code; what the module's own warn of does not concern a source of ours. */
export function withoutChecks(flags: readonly string[]): string[] {
  return [...flags.filter((flag) => !/^-f(?:no-)?sanitize|^-fstack-protector/.test(flag)), '-w'];
}
