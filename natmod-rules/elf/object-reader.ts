import { type ObjectFile, readObject } from './object.ts';

/** Reads each object of a link once, however many ask for it. */
export class ObjectReader {
  readonly #known = new Map<string, { readonly bytes: Uint8Array; readonly object: ObjectFile }>();

  /** @param name also in messages; errors: those of `readObject` */
  read(bytes: Uint8Array, name: string): ObjectFile {
    const known = this.#known.get(name);
    if (known !== undefined && isSameView(known.bytes, bytes)) return known.object;
    const object = readObject(bytes, name);
    this.#known.set(name, { bytes, object });
    return object;
  }
}

function isSameView(a: Uint8Array, b: Uint8Array): boolean {
  return a.buffer === b.buffer && a.byteOffset === b.byteOffset && a.length === b.length;
}
