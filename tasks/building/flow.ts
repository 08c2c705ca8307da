import type { Readable, Transform } from 'node:stream';

/** The stages of one module for one architecture, ready to be put behind one another. */
export interface ModuleStages {
  /** SRC, as files in memory. */
  readonly sources: () => Readable;
  /** Puts the config header with the qstrs in front. */
  readonly preprocess: () => Transform;
  /** Brings what make made, and drops the sources of it. */
  readonly takeMade: () => Transform;
  /** Python sources become bytecode. */
  readonly mpyCross: () => Transform;
  /** C, C++ and assembler sources become objects. */
  readonly compile: () => Transform;
  /** Puts objects and Python parts into the order of the Makefile. */
  readonly arrange: () => Transform;
  /** Objects and libraries become the native part. */
  readonly link: () => Transform;
  /** The native part and the Python parts become `MOD.mpy`. */
  readonly pack: () => Transform;
  /** Writes it. */
  readonly save: () => Transform;
}

/** What becomes of the files of a module: streams, in the order data flows. The last one gives the module. */
export type Flow = (module: ModuleStages) => readonly [Readable, ...Transform[]];
