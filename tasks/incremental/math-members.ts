import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDependencies } from '../../natmod-rules/compile/index.ts';
import { now } from '../system/file-hashes.ts';
import { noteLook, noteUnsure } from '../system/file-trace.ts';
import { readMade } from '../system/files.ts';
import { hashOf } from '../system/hash.ts';
import type { Pool } from '../system/pool.ts';
import { howEnded, type ProcessResult, runProcess } from '../system/processes.ts';
import { answersOf, type Toolchain } from '../toolchain/find.ts';
import { findContent } from './contents.ts';
import type { Inputs } from './observed.ts';
import type { Session } from './session.ts';
import { printable } from './shared-records.ts';
import { findUnitInputs } from './unit-inputs.ts';
import { type UnitJob, unitFields, unitFlags, unitKey, unitPlace } from './unit-key.ts';
import { findCachedUnit, keepUnit } from './unit-records.ts';

/**
 * What compiles the mathematical functions of a MicroPython tree: sources like all others, with the same records.
 * Whoever traces files sees those that an object was made of. One that does not compile is tried again at the next
 * build.
 */
export function mathMembers(session: Session, pool: Pool) {
  const { hashes } = session;
  return async (source: string, toolchain: Toolchain, flags: readonly string[]): Promise<Buffer | undefined> => {
    const job: UnitJob = { toolchain: { ...toolchain, cxxFlags: [] }, cflags: flags, cwd: '/', configHeader: '' };
    const facts = await answersOf(toolchain).factsOf([...toolchain.compiler, ...toolchain.flags]);
    const text = readMade(source);
    if (text === undefined) return undefined;
    const fields = unitFields({ name: source, hash: hashOf(text) }, '', job, facts, hashes);
    const unit = { key: unitKey(fields), place: unitPlace(job) };
    const known = facts.opaque === undefined ? await findCachedUnit(session, unit, job) : undefined;
    const object = known && (await findContent(session, known.object));
    if (known !== undefined && object !== undefined) {
      noteInputs(known.inputs);
      return object;
    }
    const made = await pool.run(() => compile(source, job));
    if ('failed' in made) {
      session.report.noteOnce(`${toolchain.arch.name}: ${source} is left out, as it does not compile: ${made.failed}`);
      noteUnsure(`${source} does not compile`);
      return undefined;
    }
    const inputs = findUnitInputs({ headers: readDependencies(made.dependencies), embedded: [] }, hashes, {
      cwd: job.cwd,
      flags: unitFlags(job),
      facts,
      configHeader: '',
      started: made.started,
    });
    if (inputs === undefined || facts.opaque !== undefined) {
      noteUnsure(`nobody can tell what ${source} was compiled of`);
      return made.bytes;
    }
    noteInputs(inputs);
    keepUnit(session, unit, job, { inputs, bytes: made.bytes, output: '' });
    return made.bytes;
  };
}

function noteInputs({ files, missing }: Inputs): void {
  for (const [path] of files) noteLook(path, true);
  for (const path of missing) noteLook(path, false);
}

/** The functions are plain C without data of other files, so the compiler's list of headers is all there is. */
async function compile(source: string, { toolchain, cflags }: UnitJob) {
  const folder = mkdtempSync(join(tmpdir(), 'natmod-libm-'));
  try {
    const [object, list] = [join(folder, 'o'), join(folder, 'd')];
    const started = now();
    const words = [
      ...toolchain.compiler,
      ...toolchain.flags,
      ...cflags,
      '-MD',
      '-MF',
      list,
      '-c',
      source,
      '-o',
      object,
    ];
    const result = await runProcess(words, { cwd: '/' });
    if (result.status !== 0) return { failed: reasonOf(result) };
    return { bytes: readFileSync(object), dependencies: readMade(list)?.toString('utf8') ?? '', started };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The first error that a compiler printed, or how it ended. */
function reasonOf(result: ProcessResult): string {
  const error = /\berror: .*/.exec(result.output)?.[0];
  return error === undefined ? howEnded(result) : printable(error);
}
