/** Each program as a module of its own, which has to do what the program does natively. */
import { linkObjects, type Tools } from '../random-programs/build.ts';
import { type CheckOptions, createRuns, type Verdict } from '../random-programs/check.ts';
import type { Place } from '../random-programs/run.ts';
import type { Parts } from './parts.ts';
import { RUNNER_SOURCE } from './wrap.ts';

export interface Checking {
  readonly place: Place;
  readonly tools: Tools;
  readonly parts: Parts;
  readonly options: CheckOptions;
}

/** @throws NatmodError `compile-failed` when it is no program that fails */
export async function checkAlone({ place, tools, parts, options }: Checking): Promise<Verdict[]> {
  const { arch, forms } = options;
  const verdicts: Verdict[] = [];
  const runs = createRuns(place, options);
  for (const form of forms) {
    const runner = await parts.compile(RUNNER_SOURCE, 'runner', form);
    for (const part of await parts.of(form)) {
      const { seed, checksum } = part.program;
      const about = { seed, arch, form: form.name };
      const name = `outside${seed}`;
      const linking = { name, source: RUNNER_SOURCE, form };
      const built = 'refused' in part ? part : linkObjects(tools, [runner, part.object], linking);
      if ('refused' in built) {
        verdicts.push({ ...about, kind: 'refused', detail: built.refused, message: built.message });
      } else runs.add({ ...about, wanted: checksum }, name, built.mpy);
    }
  }
  return [...verdicts, ...(await runs.run())];
}
