import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nativePart, STATIC_QSTRS } from '../../natmod-rules/package/index.ts';
import { fail, NatmodError } from '../../natmod-rules/problem.ts';
import { howEnded, type ProcessResult, runProcess } from '../system/processes.ts';
import { sdkDir } from '../system/project.ts';
import { CORES, type Core, HARNESS_SOURCES } from './xtensa-cores.ts';

/** A value that a call takes: integers, strings, bytes, lists and tuples, or one that an earlier step gave. */
export type Value =
  | number
  | string
  | boolean
  | null
  | Uint8Array
  | { readonly bytearray: Uint8Array }
  | { readonly float: number }
  /** A file in memory, io.BytesIO. */
  | { readonly file: Uint8Array }
  | { readonly list: readonly Value[] }
  | { readonly tuple: readonly Value[] }
  /** The value of an earlier step, counted from 0; of one that raised an exception, its first argument. */
  | { readonly step: number };

/** One thing to do with a module. Each prints one line: its value as Python's repr, or the type of an exception. */
export type Call =
  | { readonly call: string; readonly args: readonly Value[] }
  | { readonly method: string; readonly of: Value; readonly args: readonly Value[] }
  | { readonly value: Value };

/** What to call in a module with a function table of stubs; all numbers are taken as 32 bits. */
export interface StubCalls {
  /**
   * Kinds of the arguments of entries, by number: `w` a number, `s` a string, `q` an interned string, `t` an entry of
   * the table, `b` a block of 160 bytes, `f` an object of two words: an entry and a function. Entries that are not
   * named print no argument.
   */
  readonly entries: Readonly<Record<number, string>>;
  /** The entry point takes two blocks, which are filled from the first two words. */
  readonly blocks?: boolean;
  /** Arguments of each call: n_args, n_kw and up to five words. */
  readonly calls: readonly (readonly number[])[];
}

/** The names that every firmware has, as the harness reads them. */
export const STATIC_NAMES = Buffer.from(STATIC_QSTRS.map((name) => `${name}\0`).join(''));

/** Programs that the harness for lx106 needs. */
export const HARNESS_TOOLS = ['xtensa-lx106-elf-gcc', 'qemu-system-xtensa'] as const;

/** The program that loads modules, for one core. */
export interface Harness {
  readonly program: string;
  readonly core: Core;
  /** More of QEMU's arguments. */
  readonly options?: readonly string[];
}

/**
 * Builds the bare-metal program that loads modules on an emulated core.
 * @param folder where it is put
 * @param core lx106 when left out
 * @throws NatmodError `harness-failed`
 */
export async function buildHarness(folder: string, core: Core = CORES.lx106 as Core): Promise<Harness> {
  const source = HARNESS_SOURCES;
  const names = (await readdir(source)).filter((name) => /\.[cS]$/.test(name) && !core.without.includes(name));
  const files = [...core.sources, ...names.map((name) => join(source, name))];
  const program = join(folder, `harness-${core.name}.elf`);
  const defines = [
    '-DMICROPY_ENABLE_DYNRUNTIME',
    '-DMICROPY_FLOAT_IMPL=0',
    `-DINPUT_ADDRESS=${core.inputs}`,
    `-DMP_CONFIGFILE="${join(source, 'config.h')}"`,
  ];
  const flags = ['-Os', '-mlongcalls', '-nostartfiles', '-nostdlib', `-I${sdkDir}`, '-T', core.linkerScript];
  const area = ['start', 'end'].map((end, i) => `-Wl,--defsym=_text_${end}=${core.text[i]}`);
  const args = [...flags, ...area, ...core.flags, ...defines, ...files, ...core.libraries, '-o', program];
  const compiler = core.compiler();
  if (compiler === undefined) return fail('harness-failed', `there is no compiler for the core ${core.name}`);
  const { status, stderr } = await runProcess([compiler, ...args], { cwd: process.cwd(), timeoutMs: 120_000 });
  if (status === 0) return { program, core };
  return fail('harness-failed', `the harness for ${core.name} cannot be built: ${stderr.trim()}`);
}

/** A module and what to call in it. */
export interface CalledModule {
  readonly mpy: Uint8Array;
  readonly calls: readonly Call[];
}

/**
 * Loads a native module, or the native part of one with Python code, on an emulated core and makes calls.
 * @param harness what `buildHarness` has made
 * @returns one line per call
 * @throws NatmodError `harness-failed` when the module cannot be loaded, crashes or hangs; `harness-lacks` when it
 *   needs what only a MicroPython has, such as Python code
 */
export async function callOnXtensa(
  harness: Harness,
  mpy: Uint8Array,
  calls: readonly Call[],
  timeoutMs?: number,
): Promise<string[]> {
  return wholeOutput(await runOnXtensa(harness, [nativePart(mpy, 'module.mpy')], writeCalls(calls), timeoutMs));
}

/** The same for several modules in one run. Lines of the calls before a failure are kept. */
export async function callModulesOnXtensa(
  harness: Harness,
  modules: readonly CalledModule[],
  timeoutMs?: number,
): Promise<Output> {
  const files = modules.map(({ mpy }) => nativePart(mpy, 'module.mpy'));
  const calls = modules.flatMap(({ calls }, i) => (i === 0 ? calls.map(writeCall) : [NEXT, ...calls.map(writeCall)]));
  return runOnXtensa(harness, files, Buffer.concat([...calls, END]), timeoutMs);
}

/**
 * Calls a module's entry point with a function table of stubs, each of which prints its number and its arguments.
 * @param harness what `buildHarness` has made
 * @returns what the stubs printed, and a line with the result of each call
 * @throws NatmodError `harness-failed`
 */
export async function callWithStubs(harness: Harness, mpy: Uint8Array, calls: StubCalls): Promise<string[]> {
  return wholeOutput(await runOnXtensa(harness, [mpy], writeStubCalls(calls)));
}

interface Output {
  readonly lines: string[];
  /** Why it ended early. */
  readonly failure?: NatmodError;
}

function wholeOutput({ lines, failure }: Output): string[] {
  if (failure !== undefined) throw failure;
  return lines;
}

const USUAL_MS = 30_000;

async function runOnXtensa(
  harness: Harness,
  modules: readonly Uint8Array[],
  calls: Uint8Array,
  timeoutMs = USUAL_MS,
): Promise<Output> {
  const { program, core, options = [] } = harness;
  const folder = await mkdtemp(join(tmpdir(), 'natmod-xtensa-'));
  try {
    const blobs: [string, number, Uint8Array][] = [
      ['module', core.inputs, Buffer.concat(modules.map(withLength))],
      ['names', core.inputs + 0x800000, withLength(STATIC_NAMES)],
      ['calls', core.inputs + 0x1000000, withLength(calls)],
    ];
    const loads: string[] = [];
    for (const [name, address, bytes] of blobs) {
      const file = join(folder, name);
      await writeFile(file, bytes);
      // QEMU doubles commas in file names.
      loads.push('-device', `loader,file=${file.replaceAll(',', ',,')},addr=0x${address.toString(16)},force-raw=on`);
    }
    const command = [HARNESS_TOOLS[1], ...MACHINE, '-cpu', core.name, ...options, ...loads, '-kernel', program];
    const result = await runProcess(command, { cwd: process.cwd(), timeoutMs });
    const lines = result.stdout.split('\n').slice(0, -1);
    if (result.status === 0) return { lines };
    const failure = failureOf(result, core, timeoutMs);
    return { lines: lines.filter((line) => !line.startsWith('harness: ')), failure };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const MACHINE = [
  ...['-machine', 'sim', '-semihosting', '-nographic'],
  // Nothing but the program prints.
  ...['-monitor', 'none', '-serial', 'none'],
];

/** The status of a program that an exception ends is this and its cause (EXCCAUSE). */
const FIRST_CAUSE = 64;

function failureOf(result: ProcessResult, core: Core, timeoutMs: number): NatmodError {
  const why = `${result.stdout.slice(-300).trim()} ${result.stderr.trim()}`.trim();
  const lacks = /^harness: (.* (?:supported|the harness does not have))$/m.exec(why)?.[1];
  if (lacks !== undefined) {
    return new NatmodError({ code: 'harness-lacks', message: `it cannot run on a bare Xtensa core: ${lacks}` });
  }
  const late = result.isLate ? `no end after ${timeoutMs / 1000} s` : undefined;
  const cause = (result.status ?? 0) - FIRST_CAUSE;
  const exception = cause >= 0 && cause < 64 ? `exception ${cause} of the core` : undefined;
  const reason = late ?? exception ?? (why || howEnded(result));
  const arch = core.name === 'lx106' ? 'xtensa' : 'xtensawin';
  return new NatmodError({ code: 'harness-failed', message: `the module does not run on ${arch}: ${reason}` });
}

/** Bytes as the harness reads them: behind their length, and whole words. */
export function withLength(bytes: Uint8Array): Buffer {
  return Buffer.concat([word(bytes.length), bytes, Buffer.alloc(-bytes.length & 3)]);
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value | 0);
  return bytes;
}

/** Loads the next module. */
const NEXT = Buffer.from('L');
const END = Buffer.of(0);

/** The calls in the form that the harness reads; it is described there. */
export function writeCalls(calls: readonly Call[]): Buffer {
  return Buffer.concat([...calls.map(writeCall), END]);
}

/** The same for stubs. */
export function writeStubCalls({ entries, blocks, calls }: StubCalls): Buffer {
  const kinds = Object.entries(entries);
  return Buffer.concat([
    Buffer.from('E'),
    Buffer.of(kinds.length),
    ...kinds.map(([entry, text]) => Buffer.concat([Buffer.of(Number(entry)), writeName(text)])),
    Buffer.of(blocks === true ? 1 : 0, calls.length),
    ...calls.flatMap((words) => Array.from({ length: 7 }, (_, index) => word(words[index] ?? 0))),
  ]);
}

function writeCall(call: Call): Buffer {
  if ('value' in call) return Buffer.concat([Buffer.from('V'), writeValue(call.value)]);
  if ('call' in call) return Buffer.concat([Buffer.from('C'), writeName(call.call), writeValues(call.args)]);
  return Buffer.concat([Buffer.from('M'), writeValue(call.of), writeName(call.method), writeValues(call.args)]);
}

function writeName(name: string): Buffer {
  return Buffer.concat([Buffer.of(name.length), Buffer.from(name, 'latin1')]);
}

function writeValues(values: readonly Value[]): Buffer {
  return Buffer.concat([Buffer.of(values.length), ...values.map(writeValue)]);
}

function writeValue(value: Value): Buffer {
  if (value === null) return Buffer.from('n');
  if (typeof value === 'boolean') return Buffer.from(value ? 'T' : 'F');
  if (typeof value === 'number') return Buffer.concat([Buffer.from('i'), word(value)]);
  if (typeof value === 'string') return sized('s', Buffer.from(value));
  if (value instanceof Uint8Array) return sized('b', value);
  if ('bytearray' in value) return sized('a', value.bytearray);
  if ('file' in value) return sized('o', value.file);
  if ('float' in value) {
    const bits = Buffer.alloc(4);
    bits.writeFloatLE(value.float);
    return Buffer.concat([Buffer.from('f'), bits]);
  }
  if ('step' in value) return Buffer.of('r'.charCodeAt(0), value.step);
  if ('list' in value) return Buffer.concat([Buffer.from('l'), writeValues(value.list)]);
  return Buffer.concat([Buffer.from('t'), writeValues(value.tuple)]);
}

function sized(kind: string, bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(kind), word(bytes.length), bytes]);
}

/** The same calls as Python that prints the same lines. */
export function callsAsPython(module: string, calls: readonly Call[]): string {
  const lines = calls.map((call) => {
    if ('value' in call) return `step(lambda: ${pythonValue(call.value)})`;
    const args = call.args.map(pythonValue).join(', ');
    return 'call' in call
      ? `step(lambda: m.${call.call}(${args}))`
      : `step(lambda: ${pythonValue(call.of)}.${call.method}(${args}))`;
  });
  return `import io
import ${module} as m
steps = []
def text(b):
    return "'" + "".join(chr(c) if 32 <= c < 127 and c not in (39, 92) else "\\\\x%02x" % c for c in b) + "'"
def show(v):
    t = type(v)
    if t in (int, bool, type(None)): return repr(v)
    if t is float: return "%.3f" % v
    if t is str: return text(v.encode())
    if t is bytes: return "b" + text(v)
    if t is bytearray: return "bytearray(b" + text(v) + ")"
    if t is list: return "[" + ", ".join([show(x) for x in v]) + "]"
    if t is tuple: return "(" + ", ".join([show(x) for x in v]) + (",)" if len(v) == 1 else ")")
    return "<object>"
def step(f):
    v = None
    try:
        v = f()
        print(show(v))
    except Exception as e:
        print(type(e).__name__)
        v = e.args[0] if e.args else None
    steps.append(v)
${lines.join('\n')}
`;
}

function pythonValue(value: Value): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return `(${value})`;
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof Uint8Array) return pythonBytes(value);
  if ('bytearray' in value) return `bytearray(${pythonBytes(value.bytearray)})`;
  if ('file' in value) return `io.BytesIO(${pythonBytes(value.file)})`;
  if ('float' in value) return `float(${value.float})`;
  if ('step' in value) return `steps[${value.step}]`;
  if ('list' in value) return `[${value.list.map(pythonValue).join(', ')}]`;
  return `(${value.tuple.map((item) => `${pythonValue(item)},`).join(' ')})`;
}

function pythonBytes(bytes: Uint8Array): string {
  return `b"${[...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}"`;
}
