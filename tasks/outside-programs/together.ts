/**
 * All programs of a folder in one module, each with all its names to itself. It is linked with the objects in their
 * order and the other way round, and every program has to do there what it does natively.
 */
import { join } from 'node:path';
import type { ArchName } from '../../natmod-rules/arch/index.ts';
import { linkObjects, type Refusal } from '../random-programs/build.ts';
import { judge, type Verdict } from '../random-programs/check.ts';
import type { Form } from '../random-programs/forms.ts';
import { type Module, runModules } from '../random-programs/run.ts';
import type { Checking } from './alone.ts';
import { keepToItself, type Part, type PartObject } from './parts.ts';
import type { OutsideProgram } from './read.ts';
import { entryName, RUNNER_SOURCE, runnerSource } from './wrap.ts';

type Good = { readonly program: OutsideProgram; readonly object: PartObject };

/**
 * Verdicts on each program in each form and order; the form's name says which order. What cannot be linked even by
 * itself is `refused`, and so are all when their module cannot be linked.
 * @throws NatmodError `compile-failed` when it is no program that fails
 */
export async function checkTogether(checking: Checking): Promise<Verdict[]> {
  const { place, tools, parts, options } = checking;
  const { arch, forms, folder, tell = () => {} } = options;
  const verdicts: Verdict[] = [];
  for (const form of forms) {
    const all = await ownNames(checking, await parts.of(form), form);
    const good = all.filter((part): part is Good => 'object' in part);
    const source = runnerSource(all.length);
    const runner = await parts.compile(source, 'runner-of-all', form);
    for (const order of ['forwards', 'backwards']) {
      const about = { arch, form: `${form.name} ${order}` };
      verdicts.push(...all.flatMap((part) => ('refused' in part ? [refusal(part.program, about, part)] : [])));
      const objects = [runner, ...good.map(({ object }) => object)];
      const name = `all_${form.name.replace(/\W/g, '_')}_${order}`;
      const built = linkObjects(tools, order === 'forwards' ? objects : objects.reverse(), { name, source, form });
      if ('refused' in built) {
        verdicts.push(...good.map(({ program }) => refusal(program, about, built)));
        continue;
      }
      tell(`${arch}, ${about.form}: ${good.length} programs in one module of ${built.mpy.length} bytes`);
      const wanted = new Map<Module, OutsideProgram>(
        good.map(({ program, object }) => {
          const number = all.findIndex((part) => 'object' in part && part.object === object);
          return [{ name, mpy: built.mpy, args: [number] }, program];
        }),
      );
      await runModules(place, [...wanted.keys()], join(folder, `run-${arch}-${name}`), (module, ran) => {
        const { seed, checksum } = wanted.get(module)!;
        verdicts.push(judge({ seed, ...about, wanted: checksum }, ran));
      });
    }
  }
  return verdicts;
}

/** Objects whose names nobody else sees, of the programs that link by themselves. */
async function ownNames({ tools, parts, options }: Checking, all: readonly Part[], form: Form): Promise<Part[]> {
  const runner = await parts.compile(RUNNER_SOURCE, 'runner', form);
  const one = async (part: Part, number: number): Promise<Part> => {
    if ('refused' in part) return part;
    const alone = linkObjects(tools, [runner, part.object], { name: 'alone', source: RUNNER_SOURCE, form });
    if ('refused' in alone) return { program: part.program, ...alone };
    const object = await keepToItself(part, { entry: entryName(number), form, tools, folder: options.folder });
    return { program: part.program, object };
  };
  return Promise.all(all.map((part, number) => options.pool.run(() => one(part, number))));
}

function refusal(
  { seed }: OutsideProgram,
  about: { readonly arch: ArchName; readonly form: string },
  { refused, message }: Refusal,
): Verdict {
  return { seed, ...about, kind: 'refused', detail: refused, message };
}
