import { flagsFor, flagsNotRepeated, nameInSource } from '../../natmod-rules/compile/index.ts';
import { now } from '../system/file-hashes.ts';
import { readMade, removeQuietly, temporaryName, writeWhole } from '../system/files.ts';
import { runProcess } from '../system/processes.ts';
import type { Toolchain } from './find.ts';

/** What is the same for all sources of a module. */
export interface ExpandJob {
  readonly toolchain: Toolchain;
  readonly cflags: readonly string[];
  /** Folder of the module, absolute. */
  readonly cwd: string;
  /** File of the build folder that the config header is written beside. */
  readonly configHeader: string;
}

export interface Expanded {
  readonly text: string;
  /** Make-style list of what was read. */
  readonly dependencies: string;
  /** Where the config header was, which is no more. */
  readonly configHeader: string;
  /** When the preprocessor was started, in milliseconds since 1970. */
  readonly started: number;
}

/**
 * What is left of a source when the preprocessor has expanded all macros.
 * @param path absolute
 * @param config text of the config header
 * @returns undefined when it finds faults, which compiling will tell of
 */
export async function expandSource(path: string, config: string, job: ExpandJob): Promise<Expanded | undefined> {
  const { toolchain, cflags, cwd } = job;
  const header = temporaryName(job.configHeader);
  const list = `${header}.d`;
  try {
    writeWhole(header, config);
    const command = [
      ...toolchain.compiler,
      ...flagsNotRepeated(toolchain.flags, cflags),
      ...flagsFor(path, cflags, toolchain.cxxFlags).filter((word) => !word.startsWith('-DMP_CONFIGFILE=')),
      `-DMP_CONFIGFILE=<${nameInSource(header)}>`,
      '-MD',
      '-MF',
      list,
      '-E',
      path,
    ];
    const started = now();
    const { status, stdout: text } = await runProcess(command, { cwd });
    if (status !== 0) return undefined;
    return { text, dependencies: readMade(list)?.toString('utf8') ?? '', configHeader: header, started };
  } finally {
    removeQuietly(header);
    removeQuietly(list);
  }
}
