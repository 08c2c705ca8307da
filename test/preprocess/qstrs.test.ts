import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { STATIC_QSTRS } from '../../natmod-rules/package/index.ts';
import {
  collectQstrs,
  configHeader,
  flagsBringNames,
  macrosBringNames,
  readQstrs,
} from '../../natmod-rules/preprocess/index.ts';
import { findMicroPythonSource } from '../../tasks/bootstrap/provide.mjs';
import { findQstrs } from '../../tasks/modules/qstr-search.ts';
import { findPyelftools, testWith } from '../support/needs.ts';

const qstrs = (...texts: string[]) => collectQstrs(texts);

test('qstrs are found wherever code has them, once each', (t) => {
  t.deepEqual(qstrs('f(MP_QSTR_zeta, MP_QSTR_alpha);\nMP_QSTR_alpha'), ['alpha', 'zeta']);
  t.deepEqual(qstrs('#define NAME MP_QSTR_in_macro\n', 'x(MP_QSTR_in_second_text)'), ['in_macro', 'in_second_text']);
  t.deepEqual(qstrs('{MP_ROM_QSTR(MP_QSTR_a1),MP_QSTR__b,MP_QSTR_C9}'), ['C9', '_b', 'a1']);
  t.deepEqual(qstrs(''), []);
});

test('only where macros can bring names is the preprocessor asked: names that are pasted, and what the headers name', (t) => {
  t.true(macrosBringNames('#define LOAD(a) MP_QSTR_##a', true));
  t.true(macrosBringNames('if (mp_obj_is_fun(o)) x();', true));
  t.false(macrosBringNames('mp_obj_is_function(o); MP_QSTR_a', false));
  t.false(macrosBringNames('#define A(a) x##a', false), 'what it is given names it where it is flagged');
});

test('a piece of a name asks for the preprocessor wherever the macro is that pastes it, and however that spells ##', (t) => {
  const asking = [
    'CAT(MP_QSTR_, a)',
    'CAT(MP_QSTR, _a)',
    'CAT(MP_, QSTR_a)',
    '#define IS(kind) CAT(mp_obj_is_, kind)',
    '#define LOAD(a) MP_QSTR_ %:%: a',
    '#define LOAD(a) MP_QSTR_ ??=??= a',
    '#define LOAD(a) MP_QSTR_#\\\n#a',
    '#define LOAD(a) MP_QS\\ \nTR_##a',
    '#include LIST',
    '#include_next <list.h>',
  ];
  for (const text of asking) t.true(macrosBringNames(`${text}\n`, true), text);
  const others = ['#include "a.h"', '# include <a.h>', 'MP_QSTR_a; MPY; XMP_; "MP_QSTR_" /* MP_QSTR_ */ // MP_'];
  for (const text of others) t.false(macrosBringNames(`${text}\n`, true), text);
});

test('flags bring names by a macro, a file that they include, and a file that has more flags', (t) => {
  for (const flag of [
    '-DN=MP_QSTR_a',
    '-DC(a,b)=a##b',
    '-include',
    '-includea.h',
    '-imacros',
    '-Wp,-include,a.h',
    '@file',
  ])
    t.true(flagsBringNames(['-Os', flag]), flag);
  t.false(flagsBringNames(['-I.', '-DMP_CONFIGFILE=<a.h>', '-DNO_QSTR', '-iquote', 'include', '-Wp,-MD,x', '-Wall']));
});

test('names that are listed in comments only are looked for by the preprocessor, and left out where no code has them', async (t) => {
  const asked: string[] = [];
  const pasted = async ({ path }: { path: string }) => {
    asked.push(path);
    return ['b'];
  };
  const search = (text: string, more = {}) =>
    findQstrs([{ path: '/a.c', text }], { includeFolders: [], pasted, ...more }, () => undefined);
  t.deepEqual((await search('MP_QSTR_a // MP_QSTR_a')).qstrs, ['a']);
  t.deepEqual(asked, []);
  t.deepEqual((await search('MP_QSTR_a /* MP_QSTR_b MP_QSTR_c */')).qstrs, ['a', 'b']);
  t.deepEqual((await search('MP_QSTR_a', { flagsBring: true })).qstrs, ['a', 'b']);
  t.deepEqual(asked, ['/a.c', '/a.c']);
});

test('a macro that pastes brings no names where all of its uses show that it makes others', (t) => {
  const names = '#include "py/dynruntime.h"\nqstr a = MP_QSTR_a;\n';
  const object = '#define OBJ(name, n) static obj \\\n  name##_obj = {n, 1##2}; /* a##b */ char c[] = "x##y"\n';
  const harmless = [
    `${names}${object}OBJ(f, 1);\nOBJ\n (g, (1, 2));\n`,
    `${names}#define TWO(a, b) a##b##_obj\nint TWO(x, ), TWO(, y);\n`,
    `${names}#ifdef X\n#define P(a) a##_one\n#else\n#define P(a) a##_two\n#endif\nint P(x), P(y);\n`,
  ];
  for (const text of harmless) {
    t.false(macrosBringNames(text, true), text);
    t.true(macrosBringNames(text, false), 'who includes it may use it otherwise');
  }
  const bringing = [
    'OBJ(MP_QSTR_f, 1);',
    'OBJ(f, MP_QSTR_f);',
    'OBJ(MP_, 1);',
    'OBJ(M, 1);',
    'OBJ(mp_obj_is, 1);',
    'OBJ(g(MP_QSTR_f), 1);',
    '#define ALL(X) X(MP_QSTR_f, 1)\nALL(OBJ)',
    '#define MORE(a) OBJ(a, 1)\nMORE(MP_QSTR_f)',
    '#undef OBJ\n',
    '#include "list.h"\n',
    '#include LIST\n',
    'OBJ(f, 1',
    '#define LATER(a) a##x\nLATER(MP_QSTR_f)',
    '#define OTHER MP_QSTR_##x',
    '#define Q(a) a##QSTR_f\nQ(MP_)',
    '#define Q(a) MP_##a\nQ(QSTR_f)',
    '#define Q(a) mp_obj_##a\nQ(is_fun)',
    '#define Q(...) __VA_ARGS__##_x\nQ(MP_QSTR_f)',
  ];
  for (const text of bringing) t.true(macrosBringNames(`${names}${object}OBJ(f, 1);\n${text}\n`, true), text);
});

test('comments and literals have no qstrs', (t) => {
  t.deepEqual(qstrs('// MP_QSTR_no\nMP_QSTR_yes // MP_QSTR_no'), ['yes']);
  t.deepEqual(qstrs('/* MP_QSTR_no\n * MP_QSTR_no */ MP_QSTR_yes /**/ MP_QSTR_also /*/ MP_QSTR_no /*/'), [
    'also',
    'yes',
  ]);
  t.deepEqual(qstrs('"MP_QSTR_no" MP_QSTR_yes "\\"MP_QSTR_no"'), ['yes']);
  t.deepEqual(qstrs(`'"' MP_QSTR_a '"' MP_QSTR_b '\\'' MP_QSTR_c`), ['a', 'b', 'c']);
  t.deepEqual(qstrs('"/*" MP_QSTR_yes "*/"'), ['yes']);
  t.deepEqual(qstrs('"//" MP_QSTR_yes'), ['yes']);
  t.deepEqual(qstrs('/* " */ MP_QSTR_yes /* " */'), ['yes']);
  t.deepEqual(qstrs("// don't\nMP_QSTR_yes // can't"), ['yes']);
  t.deepEqual(qstrs("1'000'000 + MP_QSTR_a + 0x1'f + MP_QSTR_b + 1.5e3 + MP_QSTR_c"), ['a', 'b', 'c']);
  t.deepEqual(qstrs("#error don't\nMP_QSTR_yes"), ['yes'], 'a lone quote ends with its line');
  t.deepEqual(qstrs('"open\nMP_QSTR_yes'), ['yes']);
  t.deepEqual(qstrs('/* never closed MP_QSTR_found'), ['found'], 'better one too many');
});

test('a backslash at the end of a line joins lines', (t) => {
  t.deepEqual(qstrs('MP_QSTR_long_\\\nname'), ['long_name']);
  t.deepEqual(qstrs('MP_QSTR_long_\\\r\nname'), ['long_name']);
  t.deepEqual(qstrs('// comment \\\nMP_QSTR_no\nMP_QSTR_yes'), ['yes']);
  t.deepEqual(qstrs('"text \\\nMP_QSTR_no" MP_QSTR_yes'), ['yes']);
  t.deepEqual(qstrs('/\\\n/ MP_QSTR_no\nMP_QSTR_yes'), ['yes']);
});

test('only whole names count', (t) => {
  t.deepEqual(qstrs('XMP_QSTR_no AN_MP_QSTR_no mp_qstr_no MP_QSTR'), []);
  t.deepEqual(qstrs('(MP_QSTR_yes)+MP_QSTR_2-MP_QSTR_x.y'), ['2', 'x', 'yes']);
});

test('names that MicroPython has numbers for are left out, also spelled ones', (t) => {
  t.deepEqual(qstrs('MP_QSTR___init__ MP_QSTR_append MP_QSTR_own MP_QSTR_'), ['own']);
  t.deepEqual(qstrs('MP_QSTR__star_ MP_QSTR__lt_module_gt_ MP_QSTR__0x0a_ MP_QSTR__space_ MP_QSTR__slash_'), []);
});

test('names are sorted by character code, as Python sorts them', (t) => {
  t.deepEqual(qstrs('MP_QSTR_b MP_QSTR_B MP_QSTR__b MP_QSTR_b1 MP_QSTR_ba MP_QSTR_10 MP_QSTR_9'), [
    '10',
    '9',
    'B',
    '_b',
    'b',
    'b1',
    'ba',
  ]);
});

test('the config header numbers the static names from 1 and the own ones by their place in the table', (t) => {
  const header = configHeader(['alpha', 'beta']);
  const defined = definitions(header);
  t.is(defined.get(''), 1);
  t.is(defined.get('__init__'), STATIC_QSTRS.indexOf('__init__') + 1);
  t.is(defined.get('alpha'), 'table 1');
  t.is(defined.get('beta'), 'table 2');
  t.is(defined.size, STATIC_QSTRS.length + 2);
  for (const need of [
    '#include <stdint.h>',
    'typedef uintptr_t mp_off_t;',
    'mp_native_obj_table[];',
    'mp_native_qstr_table[];',
  ])
    t.true(header.includes(need), need);
});

test('what was written to a header is read back from it', (t) => {
  for (const names of [[], ['a'], ['a', 'b', '_c', '1d']]) t.deepEqual(readQstrs(configHeader(names)), names);
});

/** Name without its prefix → number, or place in the module's own table. */
function definitions(header: string): Map<string, number | string> {
  const found = new Map<string, number | string>();
  for (const [, name, value] of header.matchAll(/^#define MP_QSTR_(\w*) \((.*)\)$/gm)) {
    const place = /^mp_native_qstr_table\[(\d+)\]$/.exec(value!);
    found.set(name!, place === null ? Number.parseInt(value!, 10) : `table ${place[1]}`);
  }
  return found;
}

const examples = fileURLToPath(new URL('../../examples/', import.meta.url));

testWith(
  { source: true, pyelftools: true },
  'the config headers of the examples say what the reference flow makes of them',
  (t) => {
    const modules = readdirSync(examples, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    t.true(modules.length > 0);
    for (const { name } of modules) {
      const sources = readdirSync(join(examples, name))
        .filter((file) => file.endsWith('.c'))
        .map((file) => join(examples, name, file));
      // The reference flow knows C only.
      if (sources.length === 0) continue;
      const own = configHeader(collectQstrs(sources.map((file) => readFileSync(file, 'utf8'))));
      const theirs = referenceHeader(sources);
      t.deepEqual([...definitions(own)], [...definitions(theirs)], name);
      t.deepEqual(readQstrs(own), readQstrs(theirs));
    }
  },
);

testWith({ source: true, pyelftools: true }, 'the numbers of static names are those of the reference flow', (t) => {
  const source = fileURLToPath(new URL('../fixtures/link/src/minimal/minimal.c', import.meta.url));
  t.deepEqual([...definitions(configHeader([]))], [...definitions(referenceHeader([source]))]);
});

function referenceHeader(sources: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'natmod-qstrs-'));
  try {
    const output = join(folder, 'config.h');
    const { dir } = findMicroPythonSource() as { dir: string };
    const { command } = findPyelftools() as { command: string };
    const { status, stderr } = spawnSync(
      command,
      [join(dir, 'tools', 'mpy_ld.py'), '--preprocess', '-o', output, ...sources],
      {
        encoding: 'utf8',
        env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
      },
    );
    if (status !== 0) throw new Error(stderr);
    return readFileSync(output, 'utf8');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
