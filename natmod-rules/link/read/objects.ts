/** Reads what is linked, and sees to it that it is for one and the same CPU. */
import type { Arch } from '../../arch/index.ts';
import type { ObjectFile } from '../../elf/object.ts';
import type { ObjectReader } from '../../elf/object-reader.ts';
import { fail, NatmodError, type Problem, problemsIn } from '../../problem.ts';
import { checkMachine, checkObjects } from './check-abi.ts';

/** An object file under the name that messages call it by. */
export interface ObjectBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Errors: `no-objects`; all together, those of reading objects and of `checkMachine`; those of `checkObjects`. */
export function readObjects(
  arch: Arch,
  objects: readonly ObjectBytes[],
  reader: ObjectReader,
  archFlags?: number,
): ObjectFile[] {
  if (objects.length === 0)
    fail('no-objects', 'there is nothing to link', undefined, 'name at least one C source in SRC');
  const problems: Problem[] = [];
  const seen = new Set<string>();
  const read: ObjectFile[] = [];
  for (const { name, bytes } of objects) {
    const own = unlike(name, seen);
    seen.add(own);
    try {
      const object = reader.read(bytes, own);
      checkMachine(arch, object);
      read.push(object);
    } catch (error) {
      problems.push(...problemsIn(error));
    }
  }
  if (problems.length > 0) throw new NatmodError(problems);
  checkObjects(arch, read, archFlags);
  return read;
}

/** Local symbols are told apart by their object's name, so that must be its own. */
function unlike(name: string, others: ReadonlySet<string>): string {
  let own = name;
  for (let count = 2; others.has(own); count++) own = `${name}#${count}`;
  return own;
}
