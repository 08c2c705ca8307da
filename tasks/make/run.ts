import { isAbsolute, join } from 'node:path';
import { fail } from '../../natmod-rules/problem.ts';
import type { Report } from '../report/report.ts';
import { readMade } from '../system/files.ts';
import { exists } from '../system/look.ts';
import { projectDir } from '../system/project.ts';
import { askAboutCheckedIn, findBesideSources } from './checked-in.ts';
import { howToWriteToStreams } from './messages.ts';
import type { FolderNotes } from './own-rules.ts';
import type { Probe } from './probe.ts';
import { findShared, noteShared, putForeignAside } from './shared-files.ts';
import type { MakeWork } from './work.ts';

/** A file that make made. */
export interface MadeFile {
  /** As the Makefile names it. */
  readonly name: string;
  readonly bytes: Buffer;
}

export interface MakeJob {
  readonly probe: Probe;
  readonly work: MakeWork;
  /** Folder of the module. */
  readonly dir: string;
  readonly makefile: string;
  readonly arch: string;
  /** Of this architecture alone. */
  readonly notes: FolderNotes;
  readonly report: Report;
}

/**
 * Has make do what is left to it. Two architectures of one module may have a file in common, so who calls it sees to it
 * that the build which uses the files has ended before make is run for another.
 * @throws NatmodError `make-failed` after what make printed was passed on
 */
export async function runMakeWork(job: MakeJob): Promise<MadeFile[]> {
  const { probe, work, dir, makefile, arch, notes, report } = job;
  const where = { file: join(dir, makefile) };
  if (work.targets.length > 0) {
    const first = probe.usesSdk && work.made.length > 0 ? ['natmod-flags'] : [];
    const targets = [...first, ...work.targets];
    const shared = findShared(probe, work, dir, arch);
    const aside = putForeignAside(shared, dir, notes);
    // What another make knows of is out of reach, so that one makes everything.
    const anew = aside.any && shared.recursive ? ['MAKE=$(MAKE_COMMAND) -B'] : [];
    // Times do not tell whether a recipe would do the same once more: its flags, its programs and much of what they
    // read are no prerequisites. So everything is made anew, but for what the author keeps beside the sources.
    const quiet = report.verbose ? [] : ['-s'];
    const beside = findBesideSources(probe, work, dir);
    const { kept, noteCommands } = await askAboutCheckedIn(probe, beside, dir, tools(probe), notes);
    const byTime = kept.length === 0 ? undefined : await probe.make(kept, [...quiet, ...tools(probe)]);
    const rest = ['-B', ...kept.flatMap((name) => ['-o', name]), ...quiet, ...anew, ...tools(probe)];
    const result = byTime === undefined || byTime.status === 0 ? await probe.make(targets, rest) : byTime;
    aside.putBack();
    if (result.startError !== undefined) fail('no-make', `make cannot be started: ${result.startError}`);
    if (result.status !== 0 || report.verbose) report.output(result.output);
    if (result.status !== 0) {
      const message = `make could not make ${work.targets.join(', ')} for ${arch}`;
      fail('make-failed', message, where, howToWriteToStreams(result.output));
    }
    noteCommands();
    // Others may have come to light, such as objects that were not there before.
    noteShared(findShared(probe, work, dir, arch), dir, notes);
  }
  return Promise.all(
    work.made.map(async (name) => {
      const path = join(isAbsolute(name) ? '' : dir, name);
      const missing = exists(path) ? 'is no file' : 'does not exist, and make has no rule for it';
      const bytes = readMade(path) ?? fail('missing-object', `'${name}' ${missing}`, where);
      return { name, bytes };
    }),
  );
}

/** The dynruntime.mk of a MicroPython tree would start Python. */
function tools({ usesSdk }: Probe): string[] {
  if (usesSdk) return [];
  const tool = (name: string) => `"${process.execPath}" "${join(projectDir, 'bin', name)}"`.replaceAll('$', '$$$$');
  return [
    `MPY_LD=${tool('mpy-ld.cjs')}`,
    `MPY_TOOL=${tool('mpy-tool.cjs')}`,
    // What the user's environment names goes before, and make would take it for no more than a default.
    `MPY_CROSS=${process.env.MPY_CROSS?.replaceAll('$', '$$$$') || `${tool('natmod.cjs')} mpy-cross --tree="$(MPY_DIR)"`}`,
  ];
}
