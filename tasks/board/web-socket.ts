/** Frames of the WebSocket protocol (RFC 6455 section 5), as much of it as a client needs. Pure. */

export interface Frame {
  readonly opcode: number;
  readonly payload: Uint8Array;
}

const MAX_PAYLOAD = 1024 * 1024;

/** One whole frame, masked as clients must. `mask` has 4 bytes. */
export function writeFrame(opcode: number, payload: Uint8Array, mask: Uint8Array): Uint8Array {
  const size = payload.length;
  const length = size < 126 ? [size] : size < 65536 ? [126, size >> 8, size & 255] : longLength(size);
  const frame = new Uint8Array(1 + length.length + 4 + size);
  frame.set([0x80 | opcode, length[0]! | 0x80, ...length.slice(1), ...mask]);
  const start = frame.length - size;
  for (let i = 0; i < size; i++) frame[start + i] = payload[i]! ^ mask[i & 3]!;
  return frame;
}

function longLength(size: number): number[] {
  return [127, 0, 0, 0, 0, size >>> 24, (size >> 16) & 255, (size >> 8) & 255, size & 255];
}

/**
 * Takes the bytes of a server as they come.
 * @param broken called once when the bytes are no frames
 */
export function frameReader(
  onFrame: (frame: Frame) => void,
  broken: (why: string) => void,
): (bytes: Uint8Array) => void {
  let rest: Uint8Array = new Uint8Array(0);
  let stopped = false;
  return (bytes) => {
    if (stopped) return;
    rest = Buffer.concat([rest, bytes]);
    for (;;) {
      const size = frameSize(rest);
      if (size === undefined) return;
      if (size.payload > MAX_PAYLOAD || (rest[1]! & 0x80) !== 0) {
        stopped = true;
        broken('it sent what is no WebSocket frame');
        return;
      }
      const end = size.head + size.payload;
      if (rest.length < end) return;
      onFrame({ opcode: rest[0]! & 15, payload: rest.slice(size.head, end) });
      rest = rest.subarray(end);
    }
  };
}

/** @returns undefined when the head is not there as a whole */
function frameSize(bytes: Uint8Array): { head: number; payload: number } | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes[1]! & 0x7f;
  if (short < 126) return { head: 2, payload: short };
  const head = short === 126 ? 4 : 10;
  if (bytes.length < head) return undefined;
  let payload = 0;
  for (let i = 2; i < head; i++) payload = payload * 256 + bytes[i]!;
  return { head, payload };
}
