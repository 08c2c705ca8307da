/** What outlining wants to know of a CPU family's code. */
import type { ObjectFile, Relocation } from '../../elf/object.ts';
import type { Chunk } from '../model/model.ts';
import type { Program } from './program.ts';

export interface Instruction {
  /** Byte offset in its chunk. */
  readonly at: number;
  /** Bytes. */
  readonly size: number;
  /**
   * Where control goes: on, into a function and on, to a label or on, to a label, to where a register says, back to the
   * caller.
   */
  readonly flow: 'next' | 'call' | 'branch' | 'jump' | 'indirect' | 'return';
  /** It reads the link register, the one that a call of outlined code writes. */
  readonly uses: boolean;
  /** It writes the link register. What a called function may do to it is another matter. */
  readonly defines: boolean;
  /** It names a place by the distance to it, so that it cannot be moved without a relocation. */
  readonly relative: boolean;
  /** It means something else at another place. */
  readonly fixed: boolean;
  /** When it leaves the function, the link register is needed there. */
  readonly livesOn: boolean;
}

export interface CodeWithTarget {
  readonly code: Uint8Array;
  /** Type of the relocation at its start that names the target. */
  readonly type: number;
}

export interface OutlineRules {
  /** Brings the program in a form that code can be moved in. */
  prepare?(program: Program): Program;
  /** Undefined when the code cannot be understood as a whole; it stays as it is then. */
  instructions(chunk: Chunk): Instruction[] | undefined;
  /** Whether all distances in an object's code have relocations. */
  canMove(object: ObjectFile): boolean;
  /**
   * Whether what a relocation leads to has to stay as it is: data, or something that edits before it would bring out of
   * alignment.
   * @param offset bytes from the start of the chunk that it leads to
   */
  wantsPlace(chunk: Chunk, relocation: Relocation, offset: number): boolean;
  /** Bytes; what a callee has to be aligned to. */
  readonly align: number;
  /** Goes to outlined code, with the way back in the link register. */
  readonly call: CodeWithTarget;
  readonly jump: CodeWithTarget;
  /** Bytes of the jump when what it leads to is near. */
  readonly shortestJump: number;
  /** Ends outlined code. */
  readonly goBack: Uint8Array;
}
