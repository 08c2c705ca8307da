import { isCompiled } from '../../natmod-rules/compile/index.ts';
import { type MpyPart, mergeMpy } from '../../natmod-rules/package/index.ts';
import { type ModuleSizes, makeFile, missingStage, type Stage, type StageFile, stage } from './stage.ts';

export interface PackOptions {
  /** Name of the module: the file is `NAME.mpy`. */
  readonly name: string;
}

/**
 * Merges the native part and the Python parts (`.mpy`) to one module, in the order they come, the native one first.
 * Other files pass. Errors: `missing-stage` for sources and objects; those of `mergeMpy`.
 */
export function pack({ name }: PackOptions): Stage<'pack'> {
  return stage('natmod-package', async function* (files) {
    const parts: MpyPart[] = [];
    let sizes: ModuleSizes | undefined;
    let first: StageFile | undefined;
    for await (const file of files) {
      const { path, relative } = file;
      if (path.endsWith('.o')) missingStage('pack', `the object ${relative}`, 'link');
      if (isCompiled(path)) missingStage('pack', `the source ${relative}`, 'compile');
      if (path.endsWith('.py')) missingStage('pack', `the source ${relative}`, 'mpyCross');
      if (!path.endsWith('.mpy')) {
        yield file;
        continue;
      }
      first ??= file;
      if (file.natmod?.kind === 'module') sizes ??= file.natmod.sizes;
      parts.push({ name: file.relative, bytes: file.contents, mpy: writtenBefore(file) });
    }
    if (first !== undefined) yield makeFile(first.base, `${name}.mpy`, mergeMpy(parts), { kind: 'module', sizes });
  });
}

/** What the linker knows of the file, unless somebody has changed it since. */
function writtenBefore({ natmod, contents }: StageFile): MpyPart['mpy'] {
  if (natmod?.kind !== 'module' || natmod.linked === undefined) return undefined;
  return contents.equals(natmod.linked.bytes) ? natmod.linked.mpy : undefined;
}
