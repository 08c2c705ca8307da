import { createHash, randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { fail } from '../../natmod-rules/problem.ts';
import { deniesAccess } from '../../natmod-rules/runtime/messages.ts';
import { LineTimeout, readUntil, type Talk, write } from '../../natmod-rules/runtime/talk.ts';
import { converse } from './converse.ts';
import { type Link, makeLink } from './link.ts';
import { type Frame, frameReader, writeFrame } from './web-socket.ts';

const CONNECT_MS = 10_000;
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

export interface WebReplAddress {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly password: string;
}

/**
 * A line to MicroPython's WebREPL: a WebSocket (RFC 6455) whose text frames are the REPL, behind a password.
 * @throws NatmodError `no-port`, `wrong-password`
 */
export async function openWebRepl(name: string, { host, port, path, password }: WebReplAddress): Promise<Link> {
  const socket = connect({ host, port, noDelay: true });
  const { link, feed } = makeLink({
    name,
    send: (bytes) => new Promise((resolve) => socket.write(writeFrame(1, bytes, randomBytes(4)), () => resolve())),
    end() {
      socket.destroy();
    },
  });
  const key = randomBytes(16).toString('base64');
  const onFrame = ({ opcode, payload }: Frame) => {
    if (opcode === 1 || opcode === 2 || opcode === 0) feed.data(payload);
    else if (opcode === 9) socket.write(writeFrame(10, payload, randomBytes(4)));
    else if (opcode === 8) feed.ended('the board closed the connection');
  };
  const frames = frameReader(onFrame, (why) => {
    feed.ended(why);
    socket.destroy();
  });
  const accepted = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no answer')), CONNECT_MS);
    let head = '';
    let open = false;
    socket.on('data', (bytes: Buffer) => {
      if (open) return frames(bytes);
      head += bytes.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end < 0 && head.length < 16_384) return undefined;
      clearTimeout(timer);
      open = isAccepted(head.slice(0, end), key);
      if (open) resolve();
      else reject(new Error('it does not speak WebSocket'));
      return open ? frames(Buffer.from(head.slice(end + 4), 'latin1')) : undefined;
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      feed.ended(`the connection broke (${error.code})`);
      reject(error);
    });
    socket.on('close', () => {
      clearTimeout(timer);
      feed.ended('the board closed the connection');
      reject(new Error('it closed the connection'));
    });
  });
  socket.once('connect', () => {
    const lines = [`GET ${path} HTTP/1.1`, `Host: ${host}:${port}`, 'Upgrade: websocket', 'Connection: Upgrade'];
    socket.write(`${[...lines, `Sec-WebSocket-Key: ${key}`, 'Sec-WebSocket-Version: 13'].join('\r\n')}\r\n\r\n`);
  });
  await accepted.catch((error: NodeJS.ErrnoException) => {
    socket.destroy();
    fail('no-port', `${name} cannot be reached: ${error.code ?? error.message}`);
  });
  await logIn(link, password);
  return link;
}

function isAccepted(head: string, key: string): boolean {
  const wanted = createHash('sha1').update(`${key}${GUID}`).digest('base64');
  // MicroPython answers 101 with the key's hash; some versions of it leave out other headers.
  return (
    /^HTTP\/1\.1 101\b/.test(head) && new RegExp(`^sec-websocket-accept: *${escaped(wanted)}\\s*$`, 'im').test(head)
  );
}

function escaped(text: string): string {
  return text.replace(/[+/=]/g, '\\$&');
}

async function logIn(link: Link, password: string): Promise<void> {
  try {
    await converse(link, passwordTalk(password));
  } catch (error) {
    await link.close();
    if (!(error instanceof LineTimeout)) throw error;
    fail('no-port', `${link.name} does not answer as WebREPL`);
  }
}

function* passwordTalk(password: string): Talk<void> {
  yield* readUntil('Password: ', CONNECT_MS);
  yield* write(`${password}\r`);
  const answer = yield* readUntil('\r\n', CONNECT_MS);
  const line = answer === '' ? yield* readUntil('\r\n', CONNECT_MS) : answer;
  if (deniesAccess(line)) fail('wrong-password', 'WebREPL refuses the password', undefined, 'give it with --password');
}
