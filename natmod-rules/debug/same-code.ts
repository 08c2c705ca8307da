import { encodedRelocationsOf, type NativeCode, type RawCode, readMpy } from '../package/index.ts';
import { buildId } from './build-id.ts';

/** The native parts of a .mpy file, whatever it was merged of. Throws what `readMpy` does. */
export function nativeParts(mpy: Uint8Array, name: string): readonly NativeCode[] {
  const found: NativeCode[] = [];
  const search = (code: RawCode) => {
    if (code.kind === 'native') found.push(code);
    for (const child of code.children) search(child);
  };
  search(readMpy(mpy, name).root);
  return found;
}

/**
 * Whether one of the native parts of a module is a linked one: the same code and data, and the same work for the
 * loader.
 */
export function hasSameCode(module: Uint8Array, linked: Uint8Array, name: string): boolean {
  const [wanted] = nativeParts(linked, name);
  return wanted !== undefined && nativeParts(module, name).some((part) => isSame(part, wanted));
}

function isSame(a: NativeCode, b: NativeCode): boolean {
  return buildId(a) === buildId(b) && Buffer.from(encodedRelocationsOf(a)).equals(encodedRelocationsOf(b));
}
