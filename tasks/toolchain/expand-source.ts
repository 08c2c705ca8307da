import { flagsFor, flagsNotRepeated, nameInSource } from '../../natmod-rules/compile/index.ts';
import { removeQuietly, temporaryName, writeWhole } from '../system/files.ts';
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

/**
 * What is left of a source when the preprocessor has expanded all macros.
 * @param path absolute
 * @param config text of the config header
 * @returns undefined when it finds faults, which compiling will tell of
 */
export async function expandSource(path: string, config: string, job: ExpandJob): Promise<string | undefined> {
  const { toolchain, cflags, cwd } = job;
  const header = temporaryName(job.configHeader);
  try {
    writeWhole(header, config);
    const command = [
      ...toolchain.compiler,
      ...flagsNotRepeated(toolchain.flags, cflags),
      ...flagsFor(path, cflags, toolchain.cxxFlags).filter((word) => !word.startsWith('-DMP_CONFIGFILE=')),
      `-DMP_CONFIGFILE=<${nameInSource(header)}>`,
      '-E',
      path,
    ];
    const { status, stdout } = await runProcess(command, { cwd });
    return status === 0 ? stdout : undefined;
  } finally {
    removeQuietly(header);
  }
}
