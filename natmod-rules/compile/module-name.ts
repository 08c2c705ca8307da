import { fail } from '../problem.ts';

const keywords = new Set(
  (
    'False None True and as assert async await break class continue def del elif else except finally for from global if ' +
    'import in is lambda nonlocal not or pass raise return try while with yield'
  ).split(' '),
);

/**
 * Checks that Python can import a module of that name.
 * @throws NatmodError `bad-module-name`
 */
export function checkModuleName(name: string, makefile?: string): void {
  const where = { file: makefile };
  if (name === '') fail('no-module-name', 'MOD is not set', where, 'a line such as MOD = mymodule names the module');
  // MicroPython's lexer takes every character beyond ASCII for a letter.
  const identifier = /^[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*$/.test(name);
  if (identifier && !keywords.has(name)) return;
  const why = identifier ? 'is a keyword of Python' : 'is no Python identifier';
  const hint = 'use letters, digits and underscores, and begin with a letter';
  fail('bad-module-name', `module name '${name}' ${why}, so it cannot be imported`, where, hint);
}
