import test from 'ava';
import { type MpyPart, mergeMpy, qstrText, readMpy } from '../../natmod-rules/package/index.ts';
import { decodeInstructions, type Instruction } from '../../natmod-rules/package/opcodes.ts';
import { bytecode, manyQstrs, module, problemOf } from './build.ts';
import { compiledFiles, fileNamed } from './files.ts';
import { Random } from './random.ts';

const LOAD_NAME = 0x11;
const JUMP = 0x42;
const UNWIND_JUMP = 0x40;
const FOR_ITER = 0x4b;
const END = [0x51, 0x63];

const part = (name: string, bytes: Uint8Array): MpyPart => ({ name, bytes });
const small = (name = 'small.mpy'): MpyPart => part(name, module(bytecode(END)));
const first = (qstrs: number): MpyPart => part('first.mpy', module(bytecode(END), { qstrs: manyQstrs(qstrs) }));

/** Instructions of the child with that index of a merged file. */
function instructions(merged: Uint8Array, child: number): Instruction[] {
  const { root } = readMpy(merged, 'merged.mpy');
  return decode(root.children[child]);
}

function decode(code: unknown): Instruction[] {
  const { code: bytes, prelude } = code as ReturnType<typeof bytecode>;
  return decodeInstructions(bytes.subarray(prelude.opcodesOffset), (message) => {
    throw new Error(message);
  });
}

/** Of each jump: the index of the instruction it goes to. */
function targets(list: readonly Instruction[]): (number | undefined)[] {
  return list.map((i) => (i.operand === 'jump' ? list.findIndex((other) => other.offset === i.value) : undefined));
}

test('one part is given back as it is', (t) => {
  const { name, bytes } = fileNamed('x64/types/types.mpy');
  t.is(mergeMpy([{ name, bytes }]), bytes);
});

test('one part that is no .mpy is an error', (t) => {
  t.is(problemOf(() => mergeMpy([part('a.mpy', Uint8Array.of(1))]))?.code, 'not-mpy');
});

test('the part with machine code comes first and stays as it is', (t) => {
  const native = fileNamed('rv32imc/types/types.mpy');
  const mpy = readMpy(mergeMpy([small(), native]), 'merged.mpy');
  const alone = readMpy(native.bytes, native.name);
  t.deepEqual(mpy.header, alone.header);
  t.deepEqual(mpy.root.children[0], alone.root);
  t.deepEqual(mpy.qstrs.map(qstrText), [...alone.qstrs.map(qstrText), 'm.py']);
});

test('architecture flags of the part with machine code are kept', (t) => {
  const merged = mergeMpy([small(), fileNamed('emitters.rv32imc-zba.mpy')]);
  t.is(readMpy(merged, 'merged.mpy').header.archFlags, 1);
});

test('a merged file can be merged again', (t) => {
  const inner = part('inner.mpy', mergeMpy([fileNamed('x64/types/types.mpy'), small()]));
  const mpy = readMpy(mergeMpy([small(), inner, small()]), 'merged.mpy');
  t.is(mpy.root.children.length, 3);
  t.is(mpy.root.children[0]!.children.length, 2);
});

test('the merged file needs the widest small integers of its parts', (t) => {
  const wide = part('wide.mpy', module(bytecode(END), { header: { smallIntBits: 63 } }));
  t.is(readMpy(mergeMpy([wide, small()]), 'merged.mpy').header.smallIntBits, 63);
});

test('two parts with machine code are refused, with both names', (t) => {
  const a = fileNamed('armv7m/types/types.mpy');
  const same = problemOf(() => mergeMpy([a, small(), fileNamed('thumb.armv7m.mpy')]));
  t.is(same?.code, 'mpy-two-native');
  t.is(same!.where?.file, 'thumb.armv7m.mpy');
  t.regex(same!.message, /armv7m\/types\/types\.mpy and thumb\.armv7m\.mpy, both for armv7m/);
  const other = problemOf(() => mergeMpy([a, fileNamed('emitters.x64.mpy')]));
  t.regex(other!.message, /the one for armv7m, the other for x64/);
});

test('a wrong part is named', (t) => {
  const old = small('old.mpy').bytes.with(1, 5);
  const problem = problemOf(() => mergeMpy([small(), part('old.mpy', old)]));
  t.is(problem?.code, 'mpy-version');
  t.is(problem!.where?.file, 'old.mpy');
});

// biome-ignore format: one case a line
const WRONG: readonly (readonly [title: string, opcodes: readonly number[], message: RegExp])[] = [
  ['an unknown opcode', [0x00], /bytecode\+0x0: unknown opcode 0x00/],
  ['an opcode that is cut off', [0x51, LOAD_NAME, 0x80], /bytecode\+0x1: .* cut off/],
  ['a qstr past the table', [LOAD_NAME, 1], /qstr 1 is used, but there are 1/],
  ['an object past the table', [0x23, 0], /object 0 is used, but there are 0/],
  ['an inner function that is not there', [0x32, 0], /inner function 0 is used, but there are 0/],
  ['a jump into an opcode', [JUMP, 0x41, LOAD_NAME, 0], /jump to 0x3, inside an opcode/],
  ['a jump before the code', [JUMP, 0x00], /jump to 0x-3e/],
];

for (const [title, opcodes, message] of WRONG) {
  test(`${title} in a later part is an error that names it`, (t) => {
    const problem = problemOf(() => mergeMpy([small(), part('wrong.mpy', module(bytecode(opcodes)))]));
    t.is(problem?.code, 'mpy-malformed');
    t.is(problem!.where?.file, 'wrong.mpy');
    t.regex(problem!.message, message);
  });
}

test('a jump out of a try block keeps its target, though a byte follows its offset', (t) => {
  // The target is the last LOAD_NAME; it has two bytes, so that a target one byte off is inside an opcode.
  const code = bytecode([UNWIND_JUMP, 0x40 + 4, 1, LOAD_NAME, 0, 0x59, LOAD_NAME, 0, ...END]);
  const loop = part('loop.mpy', module(code));
  const before = targets(decode(code));
  t.is(before[0], 3);
  for (const qstrs of [1, 200, 20_000]) t.deepEqual(targets(instructions(mergeMpy([first(qstrs), loop]), 1)), before);
});

test('a jump gets a longer offset when longer qstr indices move its target away', (t) => {
  const body = Array.from({ length: 60 }, () => [LOAD_NAME, 0]).flat();
  const code = bytecode([FOR_ITER, body.length, ...body, ...END]);
  const [jump, ...rest] = instructions(mergeMpy([first(200), part('p.mpy', module(code))]), 1);
  t.is(jump!.size, 3);
  t.is(jump!.value, 3 + 60 * 3);
  t.true(rest.slice(0, 60).every(({ size, value }) => size === 3 && value === 200));
});

test('a jump that cannot reach its target any more is an error', (t) => {
  const body = Array.from({ length: 5450 }, () => [LOAD_NAME, 0, 0x59]).flat();
  const distance = 0x4000 + body.length;
  const code = bytecode([JUMP, 0x80 | (distance & 0x7f), distance >> 7, ...body, ...END]);
  const large = part('large.mpy', module(code));
  t.is(
    problemOf(() => mergeMpy([first(1), large])),
    undefined,
  );
  const problem = problemOf(() => mergeMpy([first(200), large]));
  t.is(problem?.code, 'bytecode-too-large');
  t.is(problem!.where?.file, 'large.mpy');
});

/** Code in which each instruction is a name, a jump or plain, and jumps go to any instruction they may. */
function randomCode(random: Random): number[] {
  const count = 2 + random.below(120);
  const kinds = Array.from({ length: count }, () =>
    random.pick([LOAD_NAME, LOAD_NAME, LOAD_NAME, 0x59, JUMP, UNWIND_JUMP, FOR_ITER]),
  );
  const sizes = kinds.map((kind) => (kind === LOAD_NAME ? 2 : kind === 0x59 ? 1 : kind === UNWIND_JUMP ? 4 : 3));
  const offsets = sizes.map((_, i) => sizes.slice(0, i).reduce((a, b) => a + b, 0));
  return kinds.flatMap((kind, i) => {
    if (kind === LOAD_NAME) return [kind, random.below(100)];
    if (kind === 0x59) return [kind];
    const onlyForward = kind === FOR_ITER;
    const target = onlyForward ? i + 1 + random.below(count - i - 1 || 1) : random.below(count);
    const distance = (offsets[target] ?? offsets[i]! + 3) - offsets[i]! - 3 + (onlyForward ? 0 : 0x4000);
    return [kind, 0x80 | (distance & 0x7f), distance >> 7, ...(kind === UNWIND_JUMP ? [7] : [])];
  });
}

test('in any code, merging moves indices and keeps all else', (t) => {
  const random = new Random(11);
  for (let i = 0; i < 1000; i++) {
    const code = bytecode([...randomCode(random), ...END]);
    const base = random.below(100) === 0 ? 16_300 : random.pick([1, 27, 28, 29, 100, 127, 128]);
    const merged = mergeMpy([first(base), part('p.mpy', module(code, { qstrs: manyQstrs(100) }))]);
    const [before, after] = [decode(code), instructions(merged, 1)];
    const plain = (list: readonly Instruction[], added: number) =>
      list.map(({ opcode, operand, value, extra }) => [opcode, operand === 'qstr' ? value + added : 0, ...extra]);
    t.is(JSON.stringify(plain(after, 0)), JSON.stringify(plain(before, base)));
    t.is(JSON.stringify(targets(after)), JSON.stringify(targets(before)));
  }
});

test('compiled files merged in any order keep every instruction', (t) => {
  const files = compiledFiles().filter(({ name }) => name.startsWith('language'));
  const [a, b] = files as [MpyPart, MpyPart];
  const merged = mergeMpy([a, b, a]);
  const plain = (part: MpyPart) => decode(readMpy(part.bytes, part.name).root).map(({ opcode }) => opcode);
  for (const [i, file] of [a, b, a].entries())
    t.deepEqual(
      instructions(merged, i).map(({ opcode }) => opcode),
      plain(file),
    );
});
