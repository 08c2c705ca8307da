/** Objects of programs, each compiled once for all forms that want the same flags. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '../../natmod-rules/problem.ts';
import { run } from '../bootstrap/processes.mjs';
import { compile, flagsOf, type Refusal, refusalOf, type Tools } from '../random-programs/build.ts';
import type { CheckOptions } from '../random-programs/check.ts';
import type { Form } from '../random-programs/forms.ts';
import type { OutsideProgram } from './read.ts';
import { ENTRY, partSource } from './wrap.ts';

const TOOL_MS = 60_000;

export interface PartObject {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A program's object, or why it has none. */
export type Part = { readonly program: OutsideProgram } & ({ readonly object: PartObject } | Refusal);

export interface Parts {
  /** Objects of all programs as a form wants them, in their order. */
  of(form: Form): Promise<readonly Part[]>;
  /** Another source, as a form wants it. @throws NatmodError `compile-failed` */
  compile(source: string, name: string, form: Form): Promise<PartObject>;
}

export function openParts(programs: readonly OutsideProgram[], tools: Tools, options: CheckOptions): Parts {
  const { arch, toolchain, cflags } = tools;
  const { folder, pool, tell = () => {} } = options;
  const made = new Map<string, Promise<readonly Part[]>>();
  const compileAs = async (source: string, name: string, form: Form) => {
    const flags = await flagsOf(arch, toolchain, cflags, form);
    const bytes = await compile(source, { toolchain, flags, folder, name: folderName(tools, form, name) });
    return { name: `${name}.o`, bytes };
  };
  const makeAll = async (form: Form) => {
    let done = 0;
    const one = async (program: OutsideProgram): Promise<Part> => {
      try {
        return { program, object: await compileAs(partSource(program.text), partName(program), form) };
      } catch (error) {
        return { program, ...refusalOf(error) };
      } finally {
        if (++done % 200 === 0) tell(`${arch.name}, ${form.name}: ${done} of ${programs.length} programs compiled`);
      }
    };
    return Promise.all(programs.map((program) => pool.run(() => one(program))));
  };
  return {
    compile: compileAs,
    of(form) {
      const key = compiledAs(form);
      const known = made.get(key) ?? makeAll(form);
      made.set(key, known);
      return known;
    },
  };
}

/** Gives a part's entry another name, and makes all its other names local. @returns the object */
export async function keepToItself(
  part: { readonly program: OutsideProgram },
  { entry, form, tools, folder }: { entry: string; form: Form; tools: Tools; folder: string },
): Promise<PartObject> {
  const [compiler = '', ...words] = tools.toolchain.compiler;
  const own = join(folder, folderName(tools, form, partName(part.program)));
  const alone = join(own, 'alone.o');
  const { stdout } = await run(compiler, [...words, '-print-prog-name=objcopy'], { timeoutMs: TOOL_MS });
  const renaming = [`--redefine-sym=${ENTRY}=${entry}`, `--keep-global-symbol=${entry}`];
  const { exitCode, stderr } = await run(stdout.trim(), [...renaming, join(own, 'module.o'), alone], {
    timeoutMs: TOOL_MS,
  });
  if (exitCode !== 0) fail('compile-failed', `${own}: ${stderr}`);
  return { name: `${partName(part.program)}.o`, bytes: await readFile(alone) };
}

function partName({ seed }: OutsideProgram): string {
  return `part${seed}`;
}

/** The same for forms that the linker alone makes. */
function compiledAs({ compactFlags, level, cflags }: Form): string {
  return [compactFlags ? (level ?? 'size') : 'plain', ...cflags].join(' ');
}

function folderName({ arch }: Tools, form: Form, name: string): string {
  return [arch.name, compiledAs(form).replace(/\W+/g, '_'), name].join('-');
}
