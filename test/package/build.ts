import { type Bytecode, type MpyFile, qstrOf, type RawCode, writeMpy } from '../../natmod-rules/package/index.ts';
import { decodePrelude } from '../../natmod-rules/package/prelude.ts';
import { NatmodError, type Problem } from '../../natmod-rules/problem.ts';

/** One function: no arguments, qstr 0 as name, then `opcodes`. */
export function bytecode(opcodes: readonly number[], children: readonly RawCode[] = []): Bytecode {
  const code = Uint8Array.from([0x00, 0x02, 0x00, ...opcodes]);
  const malformed = (message: string): never => {
    throw new Error(message);
  };
  return { kind: 'bytecode', code, prelude: decodePrelude(code, malformed), children };
}

interface Module {
  readonly qstrs?: readonly string[];
  readonly objects?: MpyFile['objects'];
  readonly header?: Partial<MpyFile['header']>;
}

/** The bytes of a file whose outer function is `root`. */
export function module(root: RawCode, { qstrs = ['m.py'], objects = [], header = {} }: Module = {}): Uint8Array {
  const plain = { version: 6, subVersion: 0, archNumber: 0, archFlags: 0, smallIntBits: 31 };
  return writeMpy({ header: { ...plain, ...header }, qstrs: qstrs.map(qstrOf), objects, root });
}

/** `count` qstrs that are not static. */
export function manyQstrs(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `name_${i}`);
}

/** The problem that `action` ends in; undefined when it ends well. Other exceptions go on. */
export function problemOf(action: () => unknown): Problem | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof NatmodError) return error.problems[0];
    throw error;
  }
}
