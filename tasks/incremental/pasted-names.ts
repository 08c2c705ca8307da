import { relative } from 'node:path';
import { languageOf, readDependencies } from '../../natmod-rules/compile/index.ts';
import { collectQstrs } from '../../natmod-rules/preprocess/index.ts';
import { hashOf } from '../system/hash.ts';
import { type ExpandJob, expandSource } from '../toolchain/expand-source.ts';
import { answersOf } from '../toolchain/find.ts';
import { findContent } from './contents.ts';
import type { Session } from './session.ts';
import { factsForFolders, findUnitInputs } from './unit-inputs.ts';
import { hidesBehind, unitFields, unitFlags, unitKey, unitPlace } from './unit-key.ts';
import { findCachedUnit, keepUnit } from './unit-records.ts';

/**
 * The qstrs in a source once macros have put names together. They are remembered as objects are, because they are made
 * of the same: the preprocessor is asked again when the compiler would have to run again.
 *
 * @param path absolute
 * @param config text of the config header without names
 * @returns undefined when the preprocessor finds faults, which compiling will tell of
 */
export async function pastedNames(
  path: string,
  config: string,
  job: ExpandJob,
  session: Session,
): Promise<readonly string[] | undefined> {
  const { hashes } = session;
  const { toolchain, cwd } = job;
  const name = relative(cwd, path);
  const flags = unitFlags(job, name);
  const source = session.observes && hidesBehind(flags) === undefined ? hashes.hash(path) : undefined;
  if (source === undefined) return namesOf(await expandSource(path, config, job));
  const facts = await answersOf(toolchain).factsOf([...toolchain.compiler, ...toolchain.flags], languageOf(name));
  if (facts.opaque !== undefined) return namesOf(await expandSource(path, config, job));
  const fields = unitFields({ name, hash: source }, hashOf(config), job, facts, hashes);
  const unit = { key: unitKey({ ...fields, flags: [...fields.flags, '-E'] }), place: unitPlace(job) };
  const known = await findCachedUnit(session, unit, job);
  const kept = known && readNames(await findContent(session, known.object));
  if (kept !== undefined) return kept;
  const expanded = await expandSource(path, config, job);
  const names = namesOf(expanded);
  if (expanded === undefined || names === undefined) return undefined;
  const all = [...toolchain.compiler, ...flags];
  // The config header was a file of this run alone; what was in it is in the key.
  const headers = readDependencies(expanded.dependencies).filter((header) => header !== expanded.configHeader);
  const inputs = findUnitInputs({ headers, embedded: [] }, hashes, {
    cwd,
    flags,
    facts: await factsForFolders(answersOf(toolchain), facts, all, languageOf(name), cwd),
    configHeader: '',
    started: expanded.started,
  });
  const bytes = Buffer.from(JSON.stringify(names));
  if (inputs !== undefined) keepUnit(session, unit, job, { inputs, bytes, output: '' });
  return names;
}

function namesOf(expanded: { readonly text: string } | undefined): readonly string[] | undefined {
  return expanded && collectQstrs([expanded.text]);
}

/** What was kept; undefined for anything else, which a server can have sent. */
function readNames(bytes: Buffer | undefined): readonly string[] | undefined {
  if (bytes === undefined) return undefined;
  try {
    const names: unknown = JSON.parse(bytes.toString('utf8'));
    const isName = (name: unknown) => typeof name === 'string' && /^\w*$/.test(name);
    return Array.isArray(names) && names.every(isName) ? names : undefined;
  } catch {
    // It is no JSON, so it is nothing of ours: the preprocessor is asked.
    return undefined;
  }
}
