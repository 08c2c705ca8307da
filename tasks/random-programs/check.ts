/** Builds random programs in several forms, runs them, and compares what they compute with the native program. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type ArchName, archByName } from '../../natmod-rules/arch/index.ts';
import type { Pool } from '../system/pool.ts';
import { openBuilder } from './build.ts';
import type { Form } from './forms.ts';
import type { RandomProgram } from './generate.ts';
import { findPlace, type Module, type Place, type Ran, runModules } from './run.ts';

export interface Verdict {
  readonly seed: number;
  readonly arch: ArchName;
  readonly form: string;
  readonly kind: 'equal' | 'wrong' | 'crashed' | 'refused';
  /** The wrong checksum, how it crashed, or the code of the refusal. */
  readonly detail: string;
  /** The checksum that it computed, when it came so far. */
  readonly got?: string;
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
  const { arch, forms, cflags, cc, folder, pool, tell = () => {} } = options;
  const place = await findPlace(arch, folder);
  const builder = await openBuilder(archByName(arch), folder, { added: cflags, cc });
  const verdicts: Verdict[] = [];
  const runs = createRuns(place, options);
  let done = 0;
  const buildOne = async (program: RandomProgram) => {
    for (const [form, built] of await builder.build(program, forms)) {
      const about = { seed: program.seed, arch, form: form.name };
      if ('refused' in built) {
        verdicts.push({ ...about, kind: 'refused', detail: built.refused, message: built.message });
      } else {
        runs.add({ ...about, wanted: program.checksum }, `r${program.seed}`, built.mpy);
      }
    }
    if (++done % 50 === 0) tell(`${arch}: ${done} of ${programs.length} programs built`);
  };
  await Promise.all(programs.map((program) => pool.run(() => buildOne(program))));
  return [...verdicts, ...(await runs.run())];
}

interface Use {
  readonly seed: number;
  readonly arch: ArchName;
  readonly form: string;
  /** The right checksum. */
  readonly wanted: string;
}

export interface Runs {
  /** @param name to import it by, without the form */
  add(use: Use, name: string, mpy: Uint8Array): void;
  /** Runs each different module once. */
  run(): Promise<Verdict[]>;
}

/** Many passes find nothing to do in a program, so that several forms are one and the same file. */
export function createRuns(place: Place, { arch, folder, jobs, tell = () => {} }: CheckOptions): Runs {
  const uses = new Map<Module, Use[]>();
  const modules = new Map<string, Module>();
  return {
    add(use, base, mpy) {
      const key = createHash('sha1').update(mpy).digest('hex');
      const module = modules.get(key) ?? { name: `${base}_${use.form.replace(/\W/g, '_')}`, mpy };
      modules.set(key, module);
      uses.set(module, [...(uses.get(module) ?? []), use]);
    },
    async run() {
      const verdicts: Verdict[] = [];
      let done = 0;
      const wrong = new Set<Module>();
      const finish = (module: Module, ran: Ran) => {
        for (const use of uses.get(module)!) {
          const verdict = judge(use, ran);
          if (verdict.kind === 'wrong') wrong.add(module);
          verdicts.push(verdict);
        }
        if (++done % 200 === 0) tell(`${arch}: ${done} of ${uses.size} different modules run`);
      };
      const shares = share([...uses.keys()], jobs);
      await Promise.all(shares.map((part, i) => runModules(place, part, join(folder, `run-${arch}-${i}`), finish)));
      const alone = new Set<string>();
      for (const module of wrong) {
        await runModules(place, [module], join(folder, `run-${arch}-alone`), (_, ran) => {
          for (const use of uses.get(module)!) if (judge(use, ran).kind === 'equal') alone.add(useKey(use));
        });
      }
      return verdicts.map((one) => (alone.has(useKey(one)) && one.kind === 'wrong' ? onlyBehindOthers(one) : one));
    },
  };
}

const useKey = ({ seed, form }: Pick<Use, 'seed' | 'form'>) => `${seed} ${form}`;

/** What the process was left in, such as a full stack of x87 registers, may be the doing of another program. */
function onlyBehindOthers(verdict: Verdict): Verdict {
  return { ...verdict, detail: `only behind other modules: ${verdict.detail}` };
}

export function judge({ wanted, ...about }: Use, ran: Ran): Verdict {
  if ('crashed' in ran) return { ...about, kind: 'crashed', detail: ran.crashed };
  const got = ran.checksum;
  return { ...about, kind: got === wanted ? 'equal' : 'wrong', got, detail: `${got} instead of ${wanted}` };
}

function share<T>(all: readonly T[], parts: number): T[][] {
  const size = Math.ceil(all.length / parts);
  return Array.from({ length: parts }, (_, i) => all.slice(i * size, (i + 1) * size)).filter((p) => p.length > 0);
}
