import { ObjectReader } from '../../natmod-rules/elf/object-reader.ts';
import { type LinkOptions, type LinkResult, link } from '../../natmod-rules/link/index.ts';
import { describeVariables } from '../report/describe-link.ts';
import { sharedPool } from '../system/pool.ts';
import { type LinkPlan, linkOptions } from './link-plan.ts';

/** What a link outside of a build has besides its plan. */
export interface LinkInputs extends Pick<LinkOptions, 'objects' | 'qstrs' | 'observer' | 'check'> {
  readonly fileName: string;
  /** Gets what is good to know about the libraries and about variables. */
  readonly tell: (line: string) => void;
}

/** Links outside of a build. Errors: those of `linkOptions`, of libraries and of the linker. */
export async function linkByPlan(plan: LinkPlan, { fileName, tell, ...inputs }: LinkInputs): Promise<LinkResult> {
  const options = linkOptions(plan, fileName);
  const reader = new ObjectReader();
  const libraries = await librariesOf(plan, inputs.objects, reader, tell);
  const result = await link({ ...options, ...inputs, reader, libraries });
  for (const line of describeVariables(result.image)) tell(line);
  return result;
}

/** Loads what finds libraries only where there can be any: `mpy-ld` is started for every module of a Makefile. */
async function librariesOf(
  plan: LinkPlan,
  objects: LinkInputs['objects'],
  reader: ObjectReader,
  tell: (line: string) => void,
): Promise<LinkOptions['libraries']> {
  if (plan.toolchain === undefined) return [];
  const [{ findLibraries }, { openSession }] = await Promise.all([
    import('./link-libraries.ts'),
    import('../incremental/session.ts'),
  ]);
  // It keeps the mathematical functions of a MicroPython tree, which this machine's library may have to give way to.
  const session = openSession(plan.module.dir, { cache: true });
  try {
    return await findLibraries(plan, objects, { pool: sharedPool(), session, reader, tell });
  } finally {
    session.records.close();
  }
}
