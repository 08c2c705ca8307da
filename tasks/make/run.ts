import { rm } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { fail } from '../../natmod-rules/problem.ts';
import { printOutput } from '../report/report.ts';
import { readMade } from '../system/files.ts';
import { exists } from '../system/look.ts';
import { projectDir } from '../system/project.ts';
import type { Probe } from './probe.ts';
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
  readonly verbose: boolean;
}

/**
 * Has make do what is left to it.
 * @throws NatmodError `make-failed` after what make printed was passed on
 */
export function runMakeWork(job: MakeJob): Promise<MadeFile[]> {
  // Two architectures of one module may have a file in common.
  const before = running.get(job.dir) ?? Promise.resolve();
  const own = before.catch(() => {}).then(() => makeAll(job));
  running.set(job.dir, own);
  return own;
}

const running = new Map<string, Promise<unknown>>();

async function makeAll({ probe, work, dir, makefile, arch, verbose }: MakeJob): Promise<MadeFile[]> {
  const where = { file: join(dir, makefile) };
  await removeForeign(probe, work, dir, arch);
  if (work.targets.length > 0) {
    const first = probe.usesSdk && work.made.length > 0 ? ['natmod-flags'] : [];
    const targets = [...first, ...work.targets];
    const result = await probe.make(targets, [...(verbose ? [] : ['-s']), ...tools(probe)]);
    if (result.startError !== undefined) fail('no-make', `make cannot be started: ${result.startError}`);
    if (result.status !== 0 || verbose) printOutput(result.output);
    if (result.status !== 0) fail('make-failed', `make could not make ${work.targets.join(', ')} for ${arch}`, where);
  }
  return Promise.all(
    work.made.map(async (name) => {
      const path = join(name.startsWith('/') ? '' : dir, name);
      const missing = exists(path) ? 'is no file' : 'does not exist, and make has no rule for it';
      const bytes = readMade(path) ?? fail('missing-object', `'${name}' ${missing}`, where);
      return { name, bytes };
    }),
  );
}

/** In a BUILD that is not of one architecture there may be the objects of another. */
async function removeForeign(probe: Probe, work: MakeWork, dir: string, arch: string): Promise<void> {
  const build = posix.normalize(`${probe.get('BUILD').value}/`);
  if (build.includes(arch)) return;
  const inside = work.made.filter((name) => {
    const path = posix.normalize(name);
    const rule = probe.rules.rules.get(name);
    return path.startsWith(build) && build !== './' && !/(^|\/)\.\.\//.test(path) && rule?.recipeFile !== undefined;
  });
  await Promise.all(inside.map((name) => rm(join(dir, name), { force: true })));
}

/** The dynruntime.mk of a MicroPython tree would start Python. */
function tools({ usesSdk }: Probe): string[] {
  if (usesSdk) return [];
  const tool = (name: string) => `"${process.execPath}" "${join(projectDir, 'bin', name)}"`.replaceAll('$', '$$$$');
  return [
    `MPY_LD=${tool('mpy-ld.mjs')}`,
    `MPY_TOOL=${tool('mpy-tool.mjs')}`,
    // What the user's environment names goes before, and make would take it for no more than a default.
    `MPY_CROSS=${process.env.MPY_CROSS?.replaceAll('$', '$$$$') || `${tool('natmod.mjs')} mpy-cross --tree="$(MPY_DIR)"`}`,
  ];
}
