import test from 'ava';
import { readMpy } from '../../natmod-rules/package/index.ts';
import { NatmodError } from '../../natmod-rules/problem.ts';
import { link } from '../support/link.ts';
import { allLinkFixtures, FIXTURE_QSTRS, type LinkFixture } from '../support/link-fixtures.ts';
import { mutateObject, Random } from '../support/mutate-object.ts';

const CASES = 14_000;
/** The large fixture has nothing that the others lack, and takes as long as all of them. */
const fixtures = allLinkFixtures().filter((fixture) => fixture.name !== 'big');

test('a damaged object ends in a module or in a problem that has a text, never in anything else', (t) => {
  const random = new Random(0x6e61746d);
  const codes = new Map<string, number>();
  for (let i = 0; i < CASES; i++) {
    const fixture = random.pick(fixtures);
    const victim = random.below(fixture.objects.length);
    const objects = fixture.objects.map((object, at) =>
      at === victim ? { ...object, bytes: mutateObject(object.bytes, random, fixtures) } : object,
    );
    const outcome = linkOutcome({ ...fixture, objects }, i % 2 === 1);
    codes.set(outcome, (codes.get(outcome) ?? 0) + 1);
  }
  t.true((codes.get('linked') ?? 0) > CASES / 10, 'some damage does not matter');
  // Damage must get as far as every pass.
  for (const code of ['not-an-object', 'truncated-object', 'corrupt-object', 'undefined-symbol', 'unknown-relocation'])
    t.true(codes.has(code), `${code} occurs`);
  t.log([...codes].map(([code, count]) => `${code} ${count}`).join(', '));
});

function linkOutcome({ arch, objects, name }: LinkFixture, compact: boolean): string {
  try {
    const { mpy } = link({ arch, objects, qstrs: FIXTURE_QSTRS, sourceName: `${name}.mpy`, compact });
    readMpy(mpy, 'fuzz.mpy');
    return 'linked';
  } catch (error) {
    if (!(error instanceof NatmodError)) throw error;
    const [first] = error.problems;
    if (first === undefined || !/\w/.test(first.message) || /undefined\b(?! symbol)|NaN|\[object/.test(error.message)) {
      throw new Error(`a problem without a text: ${error.message}`);
    }
    return first.code;
  }
}
