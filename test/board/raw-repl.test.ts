import test from 'ava';
import { NatmodError } from '../../natmod-rules/problem.ts';
import { enterRawRepl, execute, LineTimeout, type Talk, toLatin1 } from '../../natmod-rules/runtime/index.ts';

/** Plays the board: `answer` gets each write and says what the board sends then. */
function play<T>(talk: Talk<T>, answer: (sent: string) => string): { value: T; sent: string } {
  let line = '';
  let sent = '';
  let next = talk.next();
  while (!next.done) {
    const step = next.value;
    if (step.kind === 'write') {
      const text = toLatin1(step.bytes);
      sent += text;
      line += answer(text);
      next = talk.next('');
    } else if (step.kind === 'until') {
      const at = line.indexOf(step.mark);
      if (at < 0) {
        const received = line;
        line = '';
        next = talk.throw(new LineTimeout(received));
      } else {
        const text = line.slice(0, at + step.mark.length);
        line = line.slice(text.length);
        next = talk.next(text);
      }
    } else if (step.kind === 'drain') {
      line = '';
      next = talk.next('');
    } else {
      if (step.kind === 'take' && line.length < step.count) next = talk.throw(new LineTimeout(line));
      else {
        const text = line.slice(0, step.count);
        line = line.slice(text.length);
        next = talk.next(text);
      }
    }
  }
  return { value: next.value, sent };
}

const BANNER = 'raw REPL; CTRL-B to exit\r\n>';

test('garbage on the line and late answers are skipped when entering', (t) => {
  let tries = 0;
  const board = (sent: string) => {
    if (sent === '\r\x01') return ++tries < 2 ? '\xff\xfe\x00garbage' : `${BANNER}noise${BANNER}`;
    return sent.includes('natmod') ? `OKnatmod ready 1\r\n\x04\x04>` : '';
  };
  t.deepEqual(play(enterRawRepl(), board).value, { paste: true });
});

test('something that is no MicroPython: the message quotes it', (t) => {
  const error = t.throws(() => play(enterRawRepl(2), (sent) => (sent === '\r\x01' ? 'login: ' : '')), {
    instanceOf: NatmodError,
  });
  t.regex(error.message, /no MicroPython answers; it sent "login: "/);
});

test('raw-paste sends no more than the window and waits for room', (t) => {
  const code = 'x'.repeat(100);
  let room = 0;
  let got = 0;
  const board = (sent: string) => {
    if (sent === '\x05A\x01') {
      room = 32;
      return 'R\x01\x10\x00\x01';
    }
    if (sent === '\x04') return '\x04out\r\n\x04\x04>';
    t.true(sent.length <= room, 'the window was overrun');
    room -= sent.length;
    const before = Math.floor(got / 16);
    got += sent.length;
    const freed = Math.floor(got / 16) - before;
    room += freed * 16;
    return '\x01'.repeat(freed);
  };
  const { value } = play(execute({ paste: true }, code, 1000), board);
  t.deepEqual(value, { output: 'out\n', error: '' });
  t.is(got, 100);
});

test('a board that ends raw-paste early is asked no further, and its traceback is read', (t) => {
  let writes = 0;
  const board = (sent: string) => {
    if (sent === '\x05A\x01') return 'R\x01\x10\x00\x01';
    if (sent === '\x04') return '\x04MemoryError: \r\n\x04>';
    return ++writes === 1 ? '\x04' : '';
  };
  const { value } = play(execute({ paste: true }, 'y'.repeat(500), 1000), board);
  t.deepEqual(value, { output: '', error: 'MemoryError: \n' });
  t.is(writes, 1);
});

for (const [name, refusal] of [
  ['says that it knows no raw-paste', 'R\x00'],
  ['is too old to know raw-paste', BANNER],
] as const) {
  test(`a board that ${name} gets the code in raw mode, and is not asked again`, (t) => {
    const board = (sent: string) => (sent === '\x05A\x01' ? refusal : sent === '\x04' ? 'OK1\r\n\x04\x04>' : '');
    const repl = { paste: true };
    const { value, sent } = play(execute(repl, 'print(1)', 1000), board);
    t.is(value.output, '1\n');
    t.is(sent, '\x05A\x01print(1)\x04');
    t.false(repl.paste);
    t.is(play(execute(repl, 'print(1)', 1000), board).sent, 'print(1)\x04');
  });
}

test('nonsense in place of an answer is told, not believed', (t) => {
  const error = t.throws(() => play(execute({ paste: true }, '1', 1000), () => '??'), { instanceOf: NatmodError });
  t.regex(error.message, /does not speak raw REPL: strange answer to raw-paste mode; it sent "\?\?"/);
});
