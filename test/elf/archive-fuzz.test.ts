import { readFileSync } from 'node:fs';
import test from 'ava';
import { readArchive } from '../../natmod-rules/elf/archive.ts';
import { readLibraryScript } from '../../natmod-rules/elf/linker-script.ts';
import { definedSymbols } from '../../natmod-rules/elf/object.ts';
import { readExterns } from '../../natmod-rules/link/read/externs.ts';
import { NatmodError } from '../../natmod-rules/problem.ts';
import { Random } from '../package/random.ts';
import { archive, bsdIndex, bytesOf, concat, sysvIndex, thinArchive } from './make-archive.ts';

const ELF = new Uint8Array(readFileSync(new URL('../fixtures/link/armv7m/minimal/minimal.o', import.meta.url)));
const NAMES = bytesOf('a_rather_long_name.o/\nanother_quite_long_one.o/\nin.a/\n');
const INNER = archive({ name: 'a.o/', data: ELF });

/** Builds an archive whose index points to its first member. */
function indexed(build: (offset: number) => Uint8Array): Uint8Array {
  return build(readArchive(build(0), 'seed.a').members[0]!.offset);
}

/** One archive of every flavour. */
const SEEDS: readonly Uint8Array[] = [
  indexed((offset) =>
    archive(
      {
        name: '/',
        data: sysvIndex([
          ['f', offset],
          ['g', offset],
        ]),
      },
      { name: '//', data: NAMES },
      { name: '/0', data: ELF },
      { name: '/22', data: bytesOf('odd') },
      { name: 'a.o/', data: ELF },
    ),
  ),
  indexed((offset) => archive({ name: '/SYM64/', data: sysvIndex([['f', offset]], 8) }, { name: 'a.o/', data: ELF })),
  indexed((offset) => archive({ name: '__.SYMDEF', data: bsdIndex([['f', offset]]) }, { name: 'a.o', data: ELF })),
  indexed((offset) => {
    const data = concat(bytesOf('__.SYMDEF_64 SORTED\0'), bsdIndex([['f', offset]], 8));
    return archive({ name: '#1/20', data }, { name: 'a.o', data: ELF });
  }),
  archive({ name: '#1/12', data: concat(bytesOf('long name.o\0'), ELF) }),
  indexed((offset) =>
    thinArchive(
      { name: '/', data: sysvIndex([['f', offset]]) },
      { name: '//', data: NAMES },
      { name: '/0', size: '5' },
      { name: '/48:8', size: '6' },
    ),
  ),
];

const ROUNDS = 9000;
const CHARACTERS = '0123456789 /`\n#:!\0\xffa';

function mutate(seed: Uint8Array, random: Random): Uint8Array {
  const kind = random.below(8);
  if (kind === 0) return seed.slice(0, random.below(seed.length + 1));
  if (kind === 1) return concat(seed.subarray(0, random.below(seed.length)), seed.subarray(random.below(seed.length)));
  const bytes = seed.slice();
  // Most of an archive is member data, which nobody reads: aim at the front, where headers and indexes are.
  const reach = random.below(3) === 0 ? bytes.length : Math.min(bytes.length, 300);
  for (let i = 1 + random.below(4); i > 0; i--) {
    const at = random.below(reach);
    bytes[at] = kind < 5 ? CHARACTERS.charCodeAt(random.below(CHARACTERS.length)) : random.below(256);
  }
  return bytes;
}

function useEverything(bytes: Uint8Array): void {
  const lib = readArchive(bytes, 'fuzz.a', {
    loadMember: (path) => (path.endsWith('.a') ? INNER : path.length % 4 === 3 ? bytes : ELF),
    definedSymbols: (member, file) => definedSymbols(member, file),
  });
  let problems = 0;
  const attempt = (run: () => unknown) => {
    try {
      run();
    } catch (error) {
      if (!(error instanceof NatmodError)) throw error;
      problems++;
    }
  };
  attempt(() => lib.definitions('f'));
  attempt(() => [...lib.symbols()]);
  for (const member of lib.members) attempt(() => member.data());
  if (problems > 0) throw new NatmodError({ code: 'bad-archive', message: `${problems}` });
}

test('every mutated archive ends in a value or in a problem', (t) => {
  const random = new Random(20240607);
  let values = 0;
  let problems = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const bytes = mutate(random.pick(SEEDS), random);
    try {
      useEverything(bytes);
      values++;
    } catch (error) {
      if (!(error instanceof NatmodError)) throw new Error(`round ${round}`, { cause: error });
      problems++;
    }
  }
  t.true(values > ROUNDS / 20, `${values} values`);
  t.true(problems > ROUNDS / 5, `${problems} problems`);
});

test('the archives that are mutated are sound', (t) => {
  for (const seed of SEEDS) t.notThrows(() => useEverything(seed));
});

test('every mutated script ends in a value or in a problem', (t) => {
  const random = new Random(20240608);
  const words =
    'GROUP INPUT OUTPUT_FORMAT AS_NEEDED PROVIDE HIDDEN ABSOLUTE SECTIONS MEMORY a b -lm 0x10 09 1K . = ( ) { } ; , + - << / /* */ // " \n';
  const tokens = words.split(' ');
  for (let round = 0; round < ROUNDS; round++) {
    const text = Array.from({ length: random.below(12) }, () => random.pick(tokens)).join(random.pick(['', ' ']));
    for (const read of [readLibraryScript, readExterns]) {
      try {
        read(text, 'fuzz.ld');
      } catch (error) {
        if (!(error instanceof NatmodError)) throw new Error(`round ${round}`, { cause: error });
      }
    }
  }
  t.pass();
});
