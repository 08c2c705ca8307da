import test from 'ava';
import { formatProblem } from '../../natmod-rules/problem.ts';

test('what a terminal would obey is shown, wherever it comes from', (t) => {
  const name = 'a\u001b[31m\u0007\u009b\u202e\r';
  const problem = {
    code: 'cannot-read' as const,
    message: `undefined symbol '${name}'`,
    where: { file: `${name}.o` },
    hint: `say ${name}\nor`,
  };
  const shown = 'a\\x1b[31m\\x07\\x9b\\x202e\\x0d';
  t.is(formatProblem(problem), `${shown}.o: undefined symbol '${shown}'\n  say ${shown}\n  or`);
  t.is(formatProblem({ code: 'cannot-read' as const, message: 'ü\t日本' }), 'ü\t日本');
});
