import { type Arch, archByName } from '../../natmod-rules/arch/index.ts';
import { isCompiled } from '../../natmod-rules/compile/index.ts';
import { ObjectReader } from '../../natmod-rules/elf/object-reader.ts';
import { type LinkOptions, type LinkResult, link as linkObjects } from '../../natmod-rules/link/index.ts';
import type { Library } from '../../natmod-rules/link/read/libraries.ts';
import type { CompactChoice } from '../../natmod-rules/link/shrink/passes.ts';
import { makeFile, missingStage, type Stage, type StageFile, stage } from './stage.ts';

export type LinkedObjects = readonly { readonly name: string; readonly bytes: Uint8Array }[];

export interface LinkStageOptions {
  readonly arch: Arch | string;
  /** Name of the module. */
  readonly name: string;
  /** Name that the module carries as its source file; `NAME.mpy` when left out. */
  readonly sourceName?: string;
  /** Bits of the architecture-flags varint. */
  readonly archFlags?: number;
  /**
   * Make the module as small as possible, of objects compiled for that (`compactFlags` of the architecture); or only
   * those passes.
   */
  readonly compact?: CompactChoice;
  /** Symbols at fixed addresses in ROM. */
  readonly externs?: ReadonlyMap<string, number>;
  /** Static libraries, in order; or what finds those for the objects, which `reader` reads for the linker, too. */
  readonly libraries?:
    | readonly Library[]
    | ((objects: LinkedObjects, reader: ObjectReader) => Promise<readonly Library[]>);
  /** Routines at fixed addresses that serve what nothing else defines. */
  readonly rom?: ReadonlyMap<string, number>;
  /** Gets what was linked. */
  readonly onLinked?: (result: LinkResult) => void;
  /** Gets every pass of the linker. */
  readonly observer?: LinkOptions['observer'];
  /** See behind every pass that the program is whole. */
  readonly check?: boolean;
  /** Left out: those of the config header that `preprocess` made. */
  readonly qstrs?: readonly string[];
}

/**
 * Links all objects (`.o`), in the order they come, to the native part `NAME.native.mpy`, which comes out first. The
 * config header ends here; other files pass. Without objects there is no native part.
 *
 * Errors: `missing-stage` for sources, or without the config header of `preprocess`; those of the linker.
 */
export function link(options: LinkStageOptions): Stage<'link'> {
  const arch = typeof options.arch === 'string' ? archByName(options.arch) : options.arch;
  return stage('natmod-link', async function* (files) {
    const objects: { name: string; bytes: Uint8Array; base: string }[] = [];
    const rest: StageFile[] = [];
    let qstrs = options.qstrs;
    for await (const file of files) {
      const note = file.natmod;
      if (note?.kind === 'config') qstrs ??= note.qstrs;
      else if (note?.kind === 'object' || file.path.endsWith('.o')) {
        objects.push({
          name: note?.kind === 'object' ? note.name : file.relative,
          bytes: file.contents,
          base: file.base,
        });
      } else if (isCompiled(file.path)) missingStage('link', `the source ${file.relative}`, 'compile');
      else rest.push(file);
    }
    if (objects.length > 0) {
      if (qstrs === undefined) missingStage('link', `${objects[0]!.name} without a config header`, 'preprocess');
      const { name, libraries, onLinked, ...rules } = options;
      const reader = new ObjectReader();
      const result = linkObjects({
        ...rules,
        arch,
        objects,
        qstrs,
        reader,
        sourceName: options.sourceName ?? `${name}.mpy`,
        libraries: typeof libraries === 'function' ? await libraries(objects, reader) : libraries,
      });
      onLinked?.(result);
      const { mpy, mpyFile, sizes } = result;
      const linked = { bytes: mpy.slice(), mpy: mpyFile };
      yield makeFile(objects[0]!.base, `${name}.native.mpy`, mpy, { kind: 'module', sizes, linked });
    }
    yield* rest;
  });
}
