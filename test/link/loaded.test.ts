import test from 'ava';
import { NatmodError } from '../../natmod-rules/problem.ts';
import { checkLinks } from '../support/check-links.ts';
import { link } from '../support/link.ts';
import { allLinkFixtures, FIXTURE_QSTRS, linkFixture } from '../support/link-fixtures.ts';
import { funTableEntry, loadMpy, QSTR_TABLE, TEXT } from '../support/mpy-loader.ts';

function linked(arch: Parameters<typeof linkFixture>[0], name: string) {
  const fixture = linkFixture(arch, name);
  const options = { ...fixture, qstrs: FIXTURE_QSTRS, sourceName: `${name}.mpy` };
  return { fixture, result: link(options) };
}

for (const { arch, name } of allLinkFixtures()) {
  if (arch.name === 'armv6m' && name === 'switches') continue;
  test(`${arch.name}: every address in ${name} is right once it is loaded`, (t) => {
    const { fixture, result } = linked(arch.name, name);
    const { wrong, followed } = checkLinks(arch, fixture.objects, result);
    t.deepEqual(wrong, []);
    t.true(followed > 0 || name === 'minimal', `${followed} relocations followed`);
  });
}

for (const arch of ['xtensa', 'xtensawin'] as const) {
  test(`${arch}: each object of two_files has its own strings`, (t) => {
    const { fixture, result } = linked(arch, 'two_files');
    const module = loadMpy(result.mpy);
    const words = literals(result, module);
    const strings = words.filter((word) => isRodata(word, module, result)).map((word) => module.string(word));
    t.true(strings.includes('AAAA'), strings.join());
    t.true(strings.includes('BBBB'), strings.join());
    t.is(fixture.expected, undefined);
  });

  test(`${arch}: a module whose mpy_init is at the start of .text opens with a jump over the literals`, (t) => {
    const { result } = linked(arch, 'memory');
    const module = loadMpy(result.mpy);
    const code = module.u24(TEXT);
    t.is(code & 0x3f, 6, 'j');
    const target = TEXT + 4 + ((code << 8) >> 14);
    const entry = result.image.chunks.find((c) => c.name === '.text')!;
    t.is(target, TEXT + result.image.place.get(entry)!.address);
    const literalCount = result.image.chunks.filter((c) => c.name === 'GOT' || c.name === 'LIT');
    t.is(literalCount.length, 2);
    t.true(target >= TEXT + 4 + 4 * result.sizes.got);
  });

  test(`${arch}: literals keep offsets into the qstr table as what the loader adds to`, (t) => {
    const { result } = linked(arch, 'qstr_offsets');
    const offsets = literals(result, loadMpy(result.mpy)).filter((w) => w >= QSTR_TABLE && w < QSTR_TABLE + 100);
    t.true(offsets.length > 0);
    // The source reads entries 2, 5 and 9 of 16 bits each; compilers that fold nothing load from the table's start.
    if (!offsets.includes(QSTR_TABLE)) t.deepEqual(offsets.sort(), [QSTR_TABLE + 4, QSTR_TABLE + 10, QSTR_TABLE + 18]);
  });
}

test('xtensa: types of the firmware are the first words of constant objects', (t) => {
  const { result } = linked('xtensa', 'types');
  const module = loadMpy(result.mpy);
  const rodata = result.image.chunks.filter((c) => c.role === 'rodata');
  const starts = rodata.map((c) => module.u32(TEXT + result.image.place.get(c)!.address));
  t.true(starts.some((word) => [77, 78, 79].map(funTableEntry).includes(word)));
});

test('armv6m: a switch without libgcc is an error that names all there is to know', (t) => {
  const error = t.throws(() => linked('armv6m', 'switches'), { instanceOf: NatmodError });
  t.is(
    error?.message,
    "switches.o:(.text+0x12): undefined symbol '__gnu_thumb1_case_uqi', which pick refers to\n" +
      "  the compiler's run-time library (libgcc) has it: set LINK_RUNTIME = 1 in the Makefile",
  );
});

type Linked = ReturnType<typeof linked>['result'];

/** The words of the literal pool, loaded. */
function literals(result: Linked, module: ReturnType<typeof loadMpy>): number[] {
  const chunk = result.image.got.chunk;
  const { address } = result.image.place.get(chunk)!;
  return Array.from({ length: result.sizes.got }, (_, i) => module.u32(TEXT + address + 4 * i));
}

function isRodata(word: number, module: ReturnType<typeof loadMpy>, { image }: Linked): boolean {
  const inOwnBlock = word >= module.rodata && word < module.rodata + module.rodataSize;
  const inText = image.chunks.some((chunk) => {
    const { block, address } = image.place.get(chunk)!;
    return chunk.role === 'rodata' && block === 'text' && word >= TEXT + address && word < TEXT + address + chunk.size;
  });
  return inOwnBlock || inText;
}
