/** Builds random programs in several forms, runs them, and compares what they compute with the native program. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type ArchName, archByName } from '../../natmod-rules/arch/index.ts';
import type { Pool } from '../system/pool.ts';
import { openBuilder } from './build.ts';
import type { Form } from './forms.ts';
import type { RandomProgram } from './generate.ts';
import { findPlace, type Module, type Ran, runModules } from './run.ts';

export interface Verdict {
  readonly seed: number;
  readonly arch: ArchName;
  readonly form: string;
  readonly kind: 'equal' | 'wrong' | 'crashed' | 'refused';
  /** The wrong checksum, how it crashed, or the code of the refusal. */
  readonly detail: string;
  /** Message of the refusal. */
  readonly message?: string;
}

export interface CheckOptions {
  readonly arch: ArchName;
  readonly forms: readonly Form[];
  /** More of CFLAGS. */
  readonly cflags?: readonly string[];
  /** A compiler in place of the usual one. */
  readonly cc?: string;
  /** For objects and modules. */
  readonly folder: string;
  readonly pool: Pool;
  /** How many MicroPythons run at once. */
  readonly jobs: number;
  readonly tell?: (line: string) => void;
}

/** @throws NatmodError `no-compiler`, `no-csmith`, `no-runtime`, `compile-failed` */
export async function checkPrograms(programs: readonly RandomProgram[], options: CheckOptions): Promise<Verdict[]> {
  const { arch, forms, cflags, cc, folder, pool, jobs, tell = () => {} } = options;
  const place = await findPlace(arch, folder);
  const builder = await openBuilder(archByName(arch), folder, { added: cflags, cc });
  const verdicts: Verdict[] = [];
  const uses = new Map<string, Use[]>();
  const modules = new Map<string, Module>();
  let done = 0;
  const buildOne = async (program: RandomProgram) => {
    for (const [form, built] of await builder.build(program, forms)) {
      const about = { seed: program.seed, arch, form: form.name };
      if ('refused' in built) {
        verdicts.push({ ...about, kind: 'refused', detail: built.refused, message: built.message });
        continue;
      }
      // Many passes find nothing to do in a program, so that several forms are one and the same file.
      const key = createHash('sha1').update(built.mpy).digest('hex');
      const name = `r${program.seed}_${form.name.replace(/\W/g, '_')}`;
      if (!modules.has(key)) modules.set(key, { name, mpy: built.mpy });
      uses.set(name, [...(uses.get(name) ?? [])]);
      uses.get(modules.get(key)!.name)!.push({ ...about, wanted: program.checksum });
    }
    if (++done % 50 === 0) tell(`${arch}: ${done} of ${programs.length} programs built`);
  };
  await Promise.all(programs.map((program) => pool.run(() => buildOne(program))));
  done = 0;
  const finish = ({ name }: Module, ran: Ran) => {
    for (const use of uses.get(name)!) verdicts.push(judge(use, ran));
    if (++done % 200 === 0) tell(`${arch}: ${done} of ${modules.size} different modules run`);
  };
  const shares = share([...modules.values()], jobs);
  await Promise.all(shares.map((part, i) => runModules(place, part, join(folder, `run-${arch}-${i}`), finish)));
  return verdicts;
}

interface Use {
  readonly seed: number;
  readonly arch: ArchName;
  readonly form: string;
  readonly wanted: string;
}

function judge({ wanted, ...about }: Use, ran: Ran): Verdict {
  if ('crashed' in ran) return { ...about, kind: 'crashed', detail: ran.crashed };
  const { checksum } = ran;
  return { ...about, kind: checksum === wanted ? 'equal' : 'wrong', detail: `${checksum} instead of ${wanted}` };
}

function share<T>(all: readonly T[], parts: number): T[][] {
  const size = Math.ceil(all.length / parts);
  return Array.from({ length: parts }, (_, i) => all.slice(i * size, (i + 1) * size)).filter((p) => p.length > 0);
}
