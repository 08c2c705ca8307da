/**
 * The linker: relocatable objects in, a native .mpy module out. `pipeline.ts` is the list of what is done, in order.
 */
import type { Arch } from '../arch/index.ts';
import type { ObjectReader } from '../elf/object-reader.ts';
import type { MpyFile } from '../package/types.ts';
import { changeProblems } from '../problem.ts';
import type { Observer } from './driver.ts';
import { checkState } from './model/check.ts';
import type { Image } from './model/model.ts';
import { type LinkState, PIPELINE, startState } from './pipeline.ts';
import { inSmallForm } from './read/language-hints.ts';
import type { Library } from './read/libraries.ts';
import type { ObjectBytes } from './read/objects.ts';
import type { CompactChoice } from './shrink/passes.ts';

export interface LinkOptions {
  readonly arch: Arch;
  /** In link order. */
  readonly objects: readonly ObjectBytes[];
  /** Names behind the indices of `mp_native_qstr_table`, from 1 on. */
  readonly qstrs: readonly string[];
  /** Name that the module carries as its source file: `features0.mpy`. */
  readonly sourceName: string;
  /** Bits of the architecture-flags varint. */
  readonly archFlags?: number;
  /** Searched in this order for symbols that the objects leave undefined. */
  readonly libraries?: readonly Library[];
  /**
   * Make the module as small as possible, instead of like the reference linker's, and take what that refuses:
   * initialised data, and static variables where code can reach them. A list has only those passes done.
   */
  readonly compact?: CompactChoice;
  /** Symbols at fixed addresses in ROM. */
  readonly externs?: ReadonlyMap<string, number>;
  /** Routines at fixed addresses that serve what no object, library or `externs` defines. */
  readonly rom?: ReadonlyMap<string, number>;
  /** What has read objects or members before, so that they are not read once more. */
  readonly reader?: ObjectReader;
  /** Gets every pass with its time and what is there behind it. */
  readonly observer?: LinkObserver;
  /** Look after every pass whether the program is whole; a fault is a bug of the linker, and thrown as one. */
  readonly check?: boolean;
}

export type LinkObserver = Observer<Partial<LinkState>>;

export interface LinkResult {
  readonly mpy: Uint8Array;
  /** What these bytes say. */
  readonly mpyFile: MpyFile;
  /** Bytes of each block, and the number of GOT slots. */
  readonly sizes: { readonly text: number; readonly rodata: number; readonly bss: number; readonly got: number };
  readonly image: Image;
}

/** Links a module. Throws a NatmodError with every problem of the first pass that found any. */
export function link(options: LinkOptions): LinkResult {
  const start = startState(options);
  const { image, mpyFile, mpy } = inItsForm(start.passes.has('variables'), () =>
    PIPELINE.run(start, observerOf(options)),
  );
  return { mpy, mpyFile, image, sizes: { ...image.size, got: image.got.slots.length } };
}

/** Advice is for the form that is linked. */
function inItsForm<T>(isSmall: boolean, work: () => T): T {
  return isSmall ? changeProblems(work, inSmallForm) : work();
}

function observerOf({ observer = {}, check = false }: LinkOptions): LinkObserver {
  if (!check) return observer;
  return {
    now: () => observer.now?.() ?? 0,
    passed(event, state) {
      checkState(event.pass, state);
      observer.passed?.(event, state);
    },
  };
}
