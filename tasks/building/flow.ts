import type { Readable } from 'node:stream';
import type { Stage } from '../stages/stage.ts';

/** The stages of one module for one architecture, ready to be put behind one another. */
export interface ModuleStages {
  /** SRC, as files in memory. */
  readonly sources: () => Readable;
  /** Puts the config header with the qstrs in front. */
  readonly preprocess: () => Stage<'preprocess'>;
  /** Brings what make made, and drops the sources of it. */
  readonly takeMade: () => Stage<'takeMade'>;
  /** Python sources become bytecode. */
  readonly mpyCross: () => Stage<'mpyCross'>;
  /** C, C++ and assembler sources become objects. */
  readonly compile: () => Stage<'compile'>;
  /** Puts objects and Python parts into the order of the Makefile. */
  readonly arrange: () => Stage<'arrange'>;
  /** Objects and libraries become the native part. */
  readonly link: () => Stage<'link'>;
  /** The native part and the Python parts become `MOD.mpy`. */
  readonly pack: () => Stage<'pack'>;
  /** Writes it. */
  readonly save: () => Stage<'save'>;
}

/** What becomes of the files of a module: streams, in the order data flows. The last one gives the module. */
export type Flow = (
  module: ModuleStages,
) => readonly [
  Readable,
  Stage<'preprocess'>,
  Stage<'takeMade'>,
  Stage<'mpyCross'>,
  Stage<'compile'>,
  Stage<'arrange'>,
  Stage<'link'>,
  Stage<'pack'>,
  Stage<'save'>,
];
