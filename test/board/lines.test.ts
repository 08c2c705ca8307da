import { createHash } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import test from 'ava';
import { readUntil } from '../../natmod-rules/runtime/talk.ts';
import { takeBoard } from '../../tasks/board/board.ts';
import { converse } from '../../tasks/board/converse.ts';
import { makeLink } from '../../tasks/board/link.ts';
import { findPorts, onlyPort, openPort } from '../../tasks/board/ports.ts';
import { frameReader, writeFrame } from '../../tasks/board/web-socket.ts';

/** A board's raw REPL without raw-paste, which answers every code with its length. */
function fakeBoard(send: (text: string) => void): (text: string) => void {
  let code = '';
  return (text) => {
    for (const c of text) {
      if (c === '\x01') {
        code = '';
        send('raw REPL; CTRL-B to exit\r\n>');
      } else if (c === '\x03' || c === '\r') code = '';
      else if (c === '\x05') send('R\x00');
      else if (c === '\x04') {
        const ready = /'ready',(\d)/.exec(code);
        send(`OK${ready === null ? code.length : `natmod ready ${ready[1]}`}\r\n\x04\x04>`);
        code = '';
      } else code += c;
    }
  };
}

async function listen(onSocket: (socket: Socket) => void): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, port: (server.address() as { port: number }).port };
}

test('a board on TCP executes code', async (t) => {
  const { server, port } = await listen((socket) => {
    const board = fakeBoard((text) => socket.write(text, 'latin1'));
    socket.on('data', (bytes) => board(bytes.toString('latin1').replaceAll('\x05A\x01', '\x05')));
  });
  const board = await takeBoard(await openPort(`socket://127.0.0.1:${port}`));
  t.deepEqual(await board.execute('x = 1'), { output: '5\n', error: '' });
  await board.close();
  server.close();
});

test('a line that breaks off is told with its reason', async (t) => {
  const { server, port } = await listen((socket) => socket.once('data', () => socket.destroy()));
  const error = await t.throwsAsync(takeBoard(await openPort(`tcp://127.0.0.1:${port}`)));
  t.regex(error.message, /the line is closed/);
  server.close();
});

test('nobody listens', async (t) => {
  const error = await t.throwsAsync(openPort('socket://127.0.0.1:1'));
  t.regex(error.message, /socket:\/\/127\.0\.0\.1:1 cannot be reached: ECONNREFUSED/);
});

/** The server's side of WebREPL. */
function webRepl(socket: Socket, password: string): void {
  const say = (text: string) => {
    const bytes = Buffer.from(text, 'latin1');
    const size = bytes.length < 126 ? [bytes.length] : [126, bytes.length >> 8, bytes.length & 255];
    socket.write(Buffer.concat([Buffer.from([0x81, ...size]), bytes]));
  };
  const board = fakeBoard(say);
  let open = false;
  let logged = false;
  let rest = Buffer.alloc(0);
  socket.on('data', (bytes) => {
    if (!open) {
      const key = /Sec-WebSocket-Key: (\S+)/.exec(bytes.toString())?.[1];
      const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
      socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
      open = true;
      say('Password: ');
      return;
    }
    rest = Buffer.concat([rest, bytes]);
    while (rest.length >= 6) {
      const size = rest[1]! & 127;
      const head = size === 126 ? 4 : 2;
      const length = size === 126 ? rest.readUInt16BE(2) : size;
      if (rest.length < head + 4 + length) return;
      const mask = rest.subarray(head, head + 4);
      const text = Buffer.from(
        rest.subarray(head + 4, head + 4 + length).map((byte, i) => byte ^ mask[i & 3]!),
      ).toString('latin1');
      rest = rest.subarray(head + 4 + length);
      if (logged) board(text.replaceAll('\x05A\x01', '\x05'));
      else {
        logged = text === `${password}\r`;
        say(logged ? '\r\nWebREPL connected\r\n>>> ' : '\r\nAccess denied\r\n');
      }
    }
  });
}

test('a board behind WebREPL, with its password', async (t) => {
  const { server, port } = await listen((socket) => webRepl(socket, 'secret'));
  const board = await takeBoard(await openPort(`ws://127.0.0.1:${port}`, { password: 'secret' }));
  const code = 'y'.repeat(300);
  t.deepEqual(await board.execute(code), { output: '300\n', error: '' });
  await board.close();
  const error = await t.throwsAsync(openPort(`ws://127.0.0.1:${port}`, { password: 'wrong' }));
  t.regex(error.message, /WebREPL refuses the password/);
  server.close();
});

test('of output without end the beginning and the end are kept', async (t) => {
  const { link, feed } = makeLink({ name: 'line', send: async () => {}, end() {} });
  const block = Buffer.alloc(65_536, 'abcdefgh');
  let shown = 0;
  let blocks = 100;
  const more = () => {
    feed.data(blocks === 100 ? Buffer.from('first') : block);
    if (--blocks > 0) setImmediate(more);
    else feed.data(Buffer.from('last\x04rest'));
  };
  setImmediate(more);
  const text = await converse(link, readUntil('\x04', 60_000, true), (part) => {
    shown += part.length;
  });
  t.is(shown, 99 * 65_536 + 9);
  t.true(text.startsWith('firstabcdefgh') && text.endsWith('last') && text.includes('\r\n[...]\r\n'));
  t.true(text.length < 2 * 1024 * 1024, String(text.length));
  t.is(link.readAll(), 'rest');
});

test('what is no WebSocket frame ends the line instead of filling memory', (t) => {
  const problems: string[] = [];
  const read = frameReader(
    () => t.fail(),
    (why) => problems.push(why),
  );
  read(Uint8Array.of(0x81, 127, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0));
  t.deepEqual(problems, ['it sent what is no WebSocket frame']);
  t.is(writeFrame(1, new Uint8Array(70_000), new Uint8Array(4)).length, 70_014);
});

test('auto takes the only board and no other', (t) => {
  t.is(onlyPort(['/dev/ttyACM0']), '/dev/ttyACM0');
  t.throws(() => onlyPort([]), { message: /no board was found/ });
  t.throws(() => onlyPort(['/dev/ttyACM0', '/dev/ttyUSB1']), {
    message: /several boards: \/dev\/ttyACM0, \/dev\/ttyUSB1/,
  });
  t.deepEqual(findPorts('/nonexistent', 'linux'), []);
});
