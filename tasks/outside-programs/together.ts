/**
 * All programs of a folder in one module, each with all its names to itself. It is linked with the objects in their
 * order and the other way round, and every program has to do there what it does natively.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ArchName, archByName } from '../../natmod-rules/arch/index.ts';
import { fail } from '../../natmod-rules/problem.ts';
import { run } from '../bootstrap/processes.mjs';
import {
  type Built,
  compile,
  flagsOf,
  linkObjects,
  OUTSIDE_FLAGS,
  openTools,
  refusalOf,
  type Tools,
} from '../random-programs/build.ts';
import type { CheckOptions, Verdict } from '../random-programs/check.ts';
import type { Form } from '../random-programs/forms.ts';
import type { TestProgram } from '../random-programs/generate.ts';
import { findPlace, type Module, type Ran, runModules } from '../random-programs/run.ts';
import { entryName, partSource, runnerSource } from './wrap.ts';

const TOOL_MS = 60_000;

/** A program's object, or why it has none. */
type Part = { readonly program: TestProgram } & (
  | { readonly object: { readonly name: string; readonly bytes: Uint8Array } }
  | { readonly refused: string; readonly message: string }
);

/**
 * Verdicts on each program in each form and order; the form's name says which order. What cannot be linked even by
 * itself is `refused`, and so are all when their module cannot be linked.
 * @throws NatmodError `no-compiler`, `no-runtime`, `compile-failed` when it is no program that fails
 */
export async function checkTogether(programs: readonly TestProgram[], options: CheckOptions): Promise<Verdict[]> {
  const { arch, forms, cflags, cc, folder, tell = () => {} } = options;
  const place = await findPlace(arch, folder);
  const tools = await openTools(archByName(arch), folder, { added: cflags, cc });
  const verdicts: Verdict[] = [];
  for (const form of forms) {
    const { runner, parts } = await makeParts(programs, { tools, form, options });
    for (const order of ['forwards', 'backwards']) {
      const about = { arch, form: `${form.name} ${order}` };
      verdicts.push(...parts.flatMap((part) => ('refused' in part ? [refusal(part.program, about, part)] : [])));
      const good = parts.filter((part) => 'object' in part);
      const objects = [runner, ...good.map(({ object }) => object)];
      const name = `all_${form.name.replace(/\W/g, '_')}_${order}`;
      const linking = { name, source: runnerSource(0), form };
      const built = linkObjects(tools, order === 'forwards' ? objects : objects.reverse(), linking);
      if ('refused' in built) {
        verdicts.push(...good.map(({ program }) => refusal(program, about, built)));
        continue;
      }
      tell(`${arch}, ${about.form}: ${good.length} programs in one module of ${built.mpy.length} bytes`);
      const wanted = new Map(good.map(({ program }) => [callOf(name, built.mpy, programs.indexOf(program)), program]));
      await runModules(place, [...wanted.keys()], join(folder, `run-${arch}-${name}`), (module, ran) =>
        verdicts.push(judge(wanted.get(module)!, about, ran)),
      );
    }
  }
  return verdicts;
}

interface Making {
  readonly tools: Tools;
  readonly form: Form;
  readonly options: CheckOptions;
}

/** Objects that link one by one. */
async function makeParts(programs: readonly TestProgram[], { tools, form, options }: Making) {
  const { arch, toolchain, cflags } = tools;
  const { folder, pool } = options;
  const flags = await flagsOf(arch, toolchain, [...cflags, ...OUTSIDE_FLAGS], form);
  const make = async (source: string, name: string) => ({
    name: `${name}.o`,
    bytes: await compile(source, { toolchain, flags, folder, name: [arch.name, form.name, name].join('-') }),
  });
  const runner = await make(runnerSource(programs.length), 'runner');
  const makePart = async (program: TestProgram, i: number): Promise<Part> => {
    try {
      const name = `part${i}`;
      await make(partSource(program.text, i), name);
      const own = join(folder, [arch.name, form.name, name].join('-'));
      const object = { name: `${name}.o`, bytes: await keepToItself(join(own, 'module.o'), entryName(i), tools) };
      const alone: Built = linkObjects(tools, [runner, object], { name, source: runnerSource(0), form });
      return 'mpy' in alone ? { program, object } : { program, ...alone };
    } catch (error) {
      return { program, ...refusalOf(error) };
    }
  };
  return { runner, parts: await Promise.all(programs.map((program, i) => pool.run(() => makePart(program, i)))) };
}

/** Makes all names of an object local but one. @returns the object */
async function keepToItself(object: string, name: string, { toolchain }: Tools): Promise<Uint8Array> {
  const [compiler = '', ...words] = toolchain.compiler;
  const { stdout } = await run(compiler, [...words, '-print-prog-name=objcopy'], { timeoutMs: TOOL_MS });
  const { exitCode, stderr } = await run(stdout.trim(), [`--keep-global-symbol=${name}`, object], {
    timeoutMs: TOOL_MS,
  });
  if (exitCode !== 0) fail('compile-failed', `${object}: ${stderr}`);
  return readFile(object);
}

function callOf(name: string, mpy: Uint8Array, number: number): Module {
  return { name, mpy, args: `${number}` };
}

type About = { readonly arch: ArchName; readonly form: string };

function refusal(
  { seed }: TestProgram,
  about: About,
  { refused, message }: { refused: string; message: string },
): Verdict {
  return { seed, ...about, kind: 'refused', detail: refused, message };
}

function judge({ seed, checksum: wanted }: TestProgram, about: About, ran: Ran): Verdict {
  if ('crashed' in ran) return { seed, ...about, kind: 'crashed', detail: ran.crashed };
  const { checksum } = ran;
  return { seed, ...about, kind: checksum === wanted ? 'equal' : 'wrong', detail: `${checksum} instead of ${wanted}` };
}
