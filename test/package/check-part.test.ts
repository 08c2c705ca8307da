import test from 'ava';
import { archByName } from '../../natmod-rules/arch/index.ts';
import { checkPythonPart } from '../../natmod-rules/package/index.ts';
import { problemOf } from './build.ts';
import { fileNamed } from './files.ts';

const check = (name: string, arch: string, patch: readonly [number, number] | undefined = undefined) => {
  const bytes = fileNamed(name).bytes.slice();
  if (patch !== undefined) bytes[patch[0]] = patch[1];
  return problemOf(() => checkPythonPart(bytes, 'part.mpy', archByName(arch)));
};

test('plain bytecode fits every architecture', (t) => {
  for (const arch of ['x64', 'armv6m', 'xtensa', 'rv64imc']) t.is(check('language.O0.mpy', arch), undefined);
});

test('plain bytecode has no sub-version to match', (t) => {
  t.is(check('language.O0.mpy', 'x64', [2, 1]), undefined);
});

test('machine code fits its own architecture', (t) => {
  t.is(check('emitters.x64.mpy', 'x64'), undefined);
});

test('machine code for another architecture is refused with both names', (t) => {
  const problem = check('emitters.x64.mpy', 'armv7m');
  t.is(problem?.code, 'mpy-arch');
  t.regex(problem!.message, /machine code for x64, and the module is for armv7m: firmware for armv7m does not load it/);
  t.is(problem!.where?.file, 'part.mpy');
  t.regex(problem!.hint!, /mpy-cross -march=armv7m/);
});

test('code for a lesser Thumb architecture is refused, and it says that firmware would run it', (t) => {
  const problem = check('emitters.armv6m.mpy', 'armv7emsp');
  t.is(problem?.code, 'mpy-arch');
  t.regex(problem!.message, /armv7emsp firmware would run it, but .* must not say armv6m/);
});

test('code for a greater Thumb architecture is refused', (t) => {
  t.regex(check('thumb.armv7m.mpy', 'armv6m')!.message, /firmware for armv6m does not load it/);
});

test('machine code of another ABI is refused', (t) => {
  const problem = check('emitters.x64.mpy', 'x64', [2, (2 << 2) | 2]);
  t.is(problem?.code, 'mpy-sub-version');
  t.regex(problem!.message, /native code for x64 of ABI 6\.2; only 6\.3/);
});

test('bytecode of another version is refused', (t) => {
  const problem = check('language.O0.mpy', 'x64', [1, 5]);
  t.is(problem?.code, 'mpy-version');
  t.regex(problem!.hint!, /1\.18 or older/);
});
