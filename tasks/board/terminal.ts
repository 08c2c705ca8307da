import type { ReadStream } from 'node:tty';
import { leaveRawRepl } from '../../natmod-rules/runtime/index.ts';
import { converse } from './converse.ts';
import type { Link } from './link.ts';

const QUIT = 0x1d;

/** Joins the user's terminal with a line, until Ctrl-], the end of input, or the end of the line. */
export async function talkToUser(
  link: Link,
  input: ReadStream | NodeJS.ReadableStream = process.stdin,
  output: NodeJS.WritableStream = process.stdout,
): Promise<void> {
  const terminal = input as ReadStream;
  const raw = terminal.isTTY === true;
  output.write('Ctrl-] ends\n');
  await converse(link, leaveRawRepl());
  let quit = false;
  const typed = (bytes: Buffer) => {
    const end = raw ? bytes.indexOf(QUIT) : -1;
    if (end >= 0) quit = true;
    // Lines from a file end in a line feed, where a terminal sends a return.
    const sent = raw
      ? bytes.subarray(0, end < 0 ? bytes.length : end)
      : Buffer.from(bytes.toString().replaceAll('\n', '\r'));
    // The line is closed, and why is told by the link itself.
    link.write(sent).catch(() => {
      quit = true;
    });
  };
  const ended = () => {
    quit = true;
  };
  if (raw) terminal.setRawMode(true);
  input.on('data', typed).on('end', ended);
  try {
    let quiet = 0;
    // At the end of input the answer to the last line is still awaited.
    while (link.closed() === undefined && !(quit && quiet > 5)) {
      await link.waitForData(100);
      const text = link.readAll();
      quiet = text === '' ? quiet + 1 : 0;
      output.write(Buffer.from(text, 'latin1'));
    }
  } finally {
    input.off('data', typed).off('end', ended);
    if (raw) terminal.setRawMode(false);
    input.pause();
  }
}
