import test from 'ava';
import { sourcesIn, textOf } from './support/sources.ts';

const ALL = [...sourcesIn('tasks'), ...sourcesIn('natmod-rules')];

interface Catch {
  /** 1-based. */
  readonly line: number;
  /** What is done with the error. */
  readonly body: string;
  /** The name of the error; undefined where it gets none. */
  readonly error: string | undefined;
  /** The line in front. */
  readonly before: string;
}

/** Every place of a source where an error ends. */
function catchesIn(text: string): Catch[] {
  const lines = text.split('\n');
  return lines.flatMap((line, i): Catch[] => {
    const before = lines[i - 1] ?? '';
    const [, error, rest] = /\bcatch(?: \((\w+).*?\))? \{(.*)$/.exec(line) ?? [];
    if (rest !== undefined) {
      const end = lines.findIndex((other, at) => at > i && other.startsWith(`${/^ */.exec(line)![0]}}`));
      return [{ line: i + 1, body: [rest, ...lines.slice(i + 1, end)].join('\n'), error, before }];
    }
    const handler = /\.catch\(\(\) => (.*)$/.exec(line)?.[1];
    return handler === undefined
      ? []
      : [{ line: i + 1, body: `${handler}\n${lines[i + 1]}`, error: undefined, before }];
  });
}

/** It tells of the error, or fails by itself. */
function isHeard({ body, error }: Catch): boolean {
  return (
    /\b(fail|throw|corrupt|reject)\b/.test(body) || (error !== undefined && new RegExp(`\\b${error}\\b`).test(body))
  );
}

test('where an error ends without a word, a comment says why nothing is lost', (t) => {
  let count = 0;
  const wrong = ALL.flatMap((file) =>
    catchesIn(textOf(file))
      .filter((one) => !isHeard(one))
      .filter(({ body, before }) => {
        count++;
        return !/\/\//.test(body) && !/^\s*(\/\/|\*\/|\/\*\*)/.test(before);
      })
      .map(({ line }) => `${file}:${line}`),
  );
  t.deepEqual(wrong, []);
  t.true(count > 30, `${count} found`);
});

test('a comment is missed where there is none', (t) => {
  const silent = (text: string) => catchesIn(text).filter((one) => !isHeard(one)).length;
  t.is(silent('try {\n  a();\n} catch {\n  return 1;\n}'), 1);
  t.is(silent('try {\n  a();\n} catch (error) {\n  tell(error);\n}'), 0);
  t.is(silent('await a().catch(() => 1);'), 1);
  t.is(silent('await a().catch(() =>\n  fail());'), 0);
});

test('one function lets pass what is no problem of the user', (t) => {
  const own = /instanceof NatmodError\)+ throw\b/;
  t.deepEqual(
    ALL.filter((file) => own.test(textOf(file))).filter((file) => file !== 'natmod-rules/problem.ts'),
    // Those make a problem of every other error.
    ['tasks/modules/load-config.ts', 'tasks/stages/sources.ts'],
  );
});
