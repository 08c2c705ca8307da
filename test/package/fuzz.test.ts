import test from 'ava';
import { archByName } from '../../natmod-rules/arch/index.ts';
import {
  checkPythonPart,
  describeMpy,
  type MpyPart,
  mergeMpy,
  readMpy,
  writeMpy,
} from '../../natmod-rules/package/index.ts';
import { bytecode, manyQstrs, module, problemOf } from './build.ts';
import { compiledFiles, fileNamed, linkedFiles } from './files.ts';
import { Random } from './random.ts';

const CASES = 12_000;

type Mutation = (bytes: Uint8Array, random: Random, other: Uint8Array) => Uint8Array;

const flipBits: Mutation = (bytes, random) => {
  const changed = bytes.slice();
  for (let i = random.below(4); i >= 0; i--) changed[random.below(changed.length)]! ^= 1 << random.below(8);
  return changed;
};

/** Headers and counts are near the front, so half of the changes are there. */
const setByte: Mutation = (bytes, random) => {
  const limit = random.below(2) === 0 ? Math.min(40, bytes.length) : bytes.length;
  return bytes.with(random.below(limit), random.pick([0, 1, 0x7f, 0x80, 0xfe, 0xff, random.below(256)]));
};

const truncate: Mutation = (bytes, random) => bytes.slice(0, random.below(bytes.length));

const splice: Mutation = (bytes, random, other) => {
  const start = random.below(other.length);
  return join(bytes.slice(0, random.below(bytes.length)), other.slice(start));
};

const repeat: Mutation = (bytes, random) => {
  const start = random.below(bytes.length);
  const piece = bytes.slice(start, start + 1 + random.below(40));
  return join(bytes.slice(0, start), piece, piece, bytes.slice(start));
};

const remove: Mutation = (bytes, random) => {
  const start = random.below(bytes.length);
  return join(bytes.slice(0, start), bytes.slice(start + 1 + random.below(8)));
};

/** Puts a varint of any length up to one that is too large. */
const growVarint: Mutation = (bytes, random) => {
  const at = random.below(Math.min(bytes.length, random.pick([8, 60, 100_000])));
  const varint = [...Array.from({ length: random.below(7) }, () => 0x80 | random.below(128)), random.below(128)];
  return join(bytes.slice(0, at), varint, bytes.slice(at + random.below(2)));
};

const MUTATIONS = [flipBits, setByte, truncate, splice, repeat, remove, growVarint];

function join(...pieces: ArrayLike<number>[]): Uint8Array {
  const joined = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

/** Small files are there twice, for most of their bytes matter. */
function seeds(): MpyPart[] {
  const linked = linkedFiles().filter(({ bytes }, i) => i % 5 === 0 && bytes.length < 2000);
  const merged = mergeMpy([fileNamed('thumb.armv7m.mpy'), fileNamed('language.O3.mpy')]);
  const plain = module(
    bytecode([0x4b, 5, 0x11, 3, 0x40, 0x47, 1, 0x23, 0, 0x32, 0, 0x51, 0x63], [bytecode([0x51, 0x63])]),
    {
      qstrs: manyQstrs(5),
      objects: [{ kind: 'tuple', items: [{ kind: 'int', bytes: Uint8Array.of(0x37) }] }],
    },
  );
  const small = [fileNamed('thumb.armv7m.mpy'), { name: 'plain.mpy', bytes: plain }];
  return [...small, ...small, ...compiledFiles(), ...linked, { name: 'merged.mpy', bytes: merged }];
}

test(`${CASES} damaged files each give a value or an error of ours`, (t) => {
  const random = new Random(20_240_601);
  const files = seeds();
  const before = { name: 'before.mpy', bytes: module(bytecode([0x51, 0x63]), { qstrs: manyQstrs(126) }) };
  const outcomes = { read: 0, checked: 0, merged: 0 };
  for (let i = 0; i < CASES; i++) {
    const { name, bytes: whole } = random.pick(files);
    let bytes = random.pick(MUTATIONS)(whole, random, random.pick(files).bytes);
    if (random.below(3) === 0 && bytes.length > 0) bytes = random.pick(MUTATIONS)(bytes, random, whole);
    const works = (action: () => unknown) => Number(problemOf(action) === undefined);
    const wasRead = works(() => {
      const mpy = readMpy(bytes, name);
      const same = Buffer.compare(writeMpy(mpy), bytes) === 0;
      if (!same) t.fail(`case ${i}, from ${name}: not written back as it was read`);
      describeMpy(mpy);
    });
    outcomes.read += wasRead;
    outcomes.checked += works(() => checkPythonPart(bytes, name, archByName('armv7m')));
    if (wasRead) outcomes.merged += works(() => mergeMpy([before, { name, bytes }]));
  }
  t.log(outcomes);
  t.true(outcomes.read > CASES / 20 && outcomes.merged > CASES / 40 && outcomes.read < CASES / 2);
});

test('made-up bytecode cannot make merging slow', (t) => {
  // Every jump is as long as its short form allows, so that each one that grows makes those before it grow in a next
  // round.
  const jumps = Array.from({ length: 20_000 }, () => [0x42, 0x40 + 63, 0x59, 0x59, 0x59]).flat();
  const chain = module(bytecode([...jumps, ...Array(58).fill(0x59), 0x11, 0, 0x51, 0x63]));
  const before = module(bytecode([0x51, 0x63]), { qstrs: manyQstrs(200) });
  const merged = mergeMpy([
    { name: 'before.mpy', bytes: before },
    { name: 'chain.mpy', bytes: chain },
  ]);
  t.true(merged.length > chain.length + 19_000);
});

test('a long name that many functions have does not make the description large', (t) => {
  const functions = Array.from({ length: 20_000 }, () => bytecode([0x51, 0x63]));
  const bytes = module(bytecode([0x51, 0x63], functions), { qstrs: ['n'.repeat(200_000)] });
  t.true(describeMpy(readMpy(bytes, 'm.mpy')).length < 20 * bytes.length);
});

test('a file with very many qstrs and objects can be merged and described', (t) => {
  const bytes = module(bytecode([0x51, 0x63]), {
    qstrs: manyQstrs(300_000),
    objects: Array.from({ length: 300_000 }, () => ({ kind: 'none' }) as const),
  });
  const part = { name: 'm.mpy', bytes };
  t.is(readMpy(mergeMpy([part, part]), 'merged.mpy').qstrs.length, 600_000);
  t.true(describeMpy(readMpy(bytes, 'm.mpy')).includes('objects (300000)'));
});
