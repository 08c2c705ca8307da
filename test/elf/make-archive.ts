/** Archives written byte by byte, so that tests can put in what no ar would. */

export interface MemberSpec {
  /** The name field as it stands, at most 16 bytes. */
  readonly name: string;
  readonly data?: Uint8Array;
  /** The size field, when it shall differ from the data. */
  readonly size?: string;
  readonly trailer?: string;
}

const encoder = new TextEncoder();

/** Bytes of text; characters up to 0xff stand for themselves. */
export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

/** One member: header, data, padding to an even offset. */
export function member(spec: MemberSpec): Uint8Array {
  const data = spec.data ?? new Uint8Array(0);
  const size = spec.size ?? String(data.length);
  const fields = `${spec.name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'644'.padEnd(8)}${size.padEnd(10)}`;
  const header = bytesOf(fields + (spec.trailer ?? '`\n'));
  return concat(header, data, bytesOf(data.length % 2 === 1 ? '\n' : ''));
}

export function archive(...members: readonly MemberSpec[]): Uint8Array {
  return concat(bytesOf('!<arch>\n'), ...members.map(member));
}

export function thinArchive(...members: readonly MemberSpec[]): Uint8Array {
  return concat(bytesOf('!<thin>\n'), ...members.map(member));
}

/** Contents of a System V index: `[symbol, header offset]`. */
export function sysvIndex(entries: readonly (readonly [string, number])[], width: 4 | 8 = 4): Uint8Array {
  const head = new DataView(new ArrayBuffer(width * (entries.length + 1)));
  const put = (at: number, value: number) =>
    width === 4 ? head.setUint32(at, value) : head.setBigUint64(at, BigInt(value));
  put(0, entries.length);
  entries.forEach(([, offset], i) => {
    put(width * (i + 1), offset);
  });
  return concat(new Uint8Array(head.buffer), encoder.encode(entries.map(([name]) => `${name}\0`).join('')));
}

/** Contents of a BSD index. */
export function bsdIndex(entries: readonly (readonly [string, number])[], width: 4 | 8 = 4, little = true): Uint8Array {
  const names = encoder.encode(entries.map(([name]) => `${name}\0`).join(''));
  const view = new DataView(new ArrayBuffer(width * (2 * entries.length + 2)));
  let at = 0;
  const put = (value: number) => {
    if (width === 4) view.setUint32(at, value, little);
    else view.setBigUint64(at, BigInt(value), little);
    at += width;
  };
  put(2 * width * entries.length);
  let nameAt = 0;
  for (const [name, offset] of entries) {
    put(nameAt);
    put(offset);
    nameAt += encoder.encode(name).length + 1;
  }
  put(names.length);
  return concat(new Uint8Array(view.buffer), names);
}
