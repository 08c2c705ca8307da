import { resolve } from 'node:path';
import { fail } from '../../natmod-rules/problem.ts';
import { LineTimeout } from '../../natmod-rules/runtime/index.ts';
import { announcedPty } from '../../natmod-rules/runtime/messages.ts';
import { openChild } from '../board/child.ts';
import { converse } from '../board/converse.ts';
import type { Link } from '../board/link.ts';
import { USUAL_BAUD } from '../board/ports.ts';
import { openTty } from '../board/tty.ts';

const ANNOUNCE_MS = 10_000;

/**
 * A line to a command of the user's: its standard input and output, or, with the word `pty` among its arguments, the
 * pty that it announces the way QEMU does.
 * @param folder absolute; the command runs in it, and is looked for there when it is a relative path
 */
export async function openCommand(words: readonly string[], folder: string): Promise<Link> {
  const [program = '', ...args] = words;
  const found = /[/\\]/.test(program) ? resolve(folder, program) : program;
  const child = await openChild([found, ...args], { cwd: folder });
  if (!words.some((word) => /\bpty\b/.test(word))) return child;
  try {
    const path = await converse(child, readPtyName());
    const line = await openTty(path, USUAL_BAUD);
    const name = words[0] ?? '';
    return {
      ...line,
      name,
      async close() {
        await line.close();
        await child.close();
      },
    };
  } catch (error) {
    await child.close();
    if (!(error instanceof LineTimeout)) throw error;
    return fail('no-runtime', `${words[0]} announces no pty`, undefined, 'QEMU does with -serial pty');
  }
}

function* readPtyName() {
  const text: string = yield { kind: 'until' as const, mark: '\n', timeoutMs: ANNOUNCE_MS };
  const path = announcedPty(text);
  return path ?? fail('no-runtime', `no pty is announced, but ${JSON.stringify(text.trim())}`);
}
