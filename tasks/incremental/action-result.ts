/**
 * The form that a shared cache keeps under `/ac/`: an `ActionResult` of Bazel's Remote Execution API
 * (remote_execution.proto), as far as it is needed. Servers such as bazel-remote check it, and keep the blobs that it
 * names as long as itself.
 *
 * A message is a list of fields: a varint of number << 3 | type, and for type 2 (bytes) a varint with their count
 * before them.
 */

/** What we put into one. */
export interface ActionResult {
  /** Hashes and sizes of blobs under `/cas/`. */
  readonly blobs: readonly { readonly hash: string; readonly size: number }[];
  /** Bytes in it: the record. */
  readonly record: Buffer;
}

// Numbers of fields.
const OUTPUT_FILES = 2;
const STDOUT_RAW = 5;
const PATH = 1;
const DIGEST = 2;
const HASH = 1;
const SIZE = 2;

export function encodeActionResult({ blobs, record }: ActionResult): Buffer {
  const files = blobs.map(({ hash, size }) => {
    const digest = Buffer.concat([field(HASH, Buffer.from(hash)), varint(SIZE << 3), varint(size)]);
    return field(OUTPUT_FILES, Buffer.concat([field(PATH, Buffer.from(hash)), field(DIGEST, digest)]));
  });
  return Buffer.concat([...files, field(STDOUT_RAW, record)]);
}

/** The record in what a server sent; undefined when that is no such message. */
export function recordIn(bytes: Buffer): Buffer | undefined {
  let at = 0;
  const readVarint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 49; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined) return Number.NaN;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
    return Number.NaN;
  };
  while (at < bytes.length) {
    const tag = readVarint();
    const type = tag % 8;
    if (type !== 2 && type !== 0) return undefined;
    const value = readVarint();
    if (Number.isNaN(value)) return undefined;
    if (type === 0) continue;
    if (at + value > bytes.length) return undefined;
    if (tag === STDOUT_RAW * 8 + 2) return bytes.subarray(at, at + value);
    at += value;
  }
  return undefined;
}

function field(number: number, content: Uint8Array): Buffer {
  return Buffer.concat([varint((number << 3) | 2), varint(content.length), content]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}
