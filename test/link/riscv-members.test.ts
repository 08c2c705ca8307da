import { readFileSync } from 'node:fs';
import type { ExecutionContext } from 'ava';
import { archByName } from '../../natmod-rules/arch/index.ts';
import { type ArchiveMember, readArchive } from '../../natmod-rules/elf/archive.ts';
import { type ObjectFile, readObject, type Section } from '../../natmod-rules/elf/object.ts';
import { absoluteToRelative, partKey } from '../../natmod-rules/link/families/riscv/absolute.ts';
import { NatmodError } from '../../natmod-rules/problem.ts';
import { findToolchain } from '../../tasks/toolchain/find.ts';
import { runtimeLibraries } from '../../tasks/toolchain/libraries.ts';
import { allLinkFixtures } from '../support/link-fixtures.ts';
import { mutateObject, Random } from '../support/mutate-object.ts';
import { testWith } from '../support/needs.ts';

const HI = new Set([26]);
const LO = new Set([27, 28]);
const PCREL_HI = new Set([23]);
const PCREL_LO = new Set([24, 25]);
const CASES = 2000;

async function libraryMembers(): Promise<readonly ArchiveMember[]> {
  const arch = archByName('rv32imc');
  const toolchain = await findToolchain(arch, { cwd: process.cwd() });
  const files = await runtimeLibraries(toolchain, arch.flags);
  return files.flatMap((file) => readArchive(readFileSync(file), file).members);
}

function count(sections: readonly Section[], types: ReadonlySet<number>): number {
  return sections.reduce((sum, { relocations }) => sum + relocations.filter((r) => types.has(r.type)).length, 0);
}

/** Every lower part names an auipc that has an upper part, and only instructions with relocations changed. */
function checkForm(t: ExecutionContext, before: ObjectFile, after: ObjectFile): void {
  for (const section of after.sections) {
    const old = before.sections[section.index]!;
    if (section === old) continue;
    const highs = new Set(section.relocations.filter((r) => PCREL_HI.has(r.type)).map((r) => r.offset));
    const lost = section.relocations.filter((r) => {
      const { object, index, shndx, value } = r.symbol;
      if (!PCREL_LO.has(r.type) || object !== after.name) return false;
      return shndx !== section.index || !highs.has(value) || after.symbols[index] !== r.symbol;
    });
    const relocated = new Set(old.relocations.filter((r) => HI.has(r.type) || LO.has(r.type)).map((r) => r.offset));
    const changed: number[] = [];
    for (let at = 0; at < old.size; at++) {
      const owner = [at, at - 1, at - 2, at - 3].some((offset) => relocated.has(offset));
      if (section.data[at] !== old.data[at] && !owner) changed.push(at);
    }
    if (lost.length + changed.length > 0) t.fail(`${before.name}: ${lost.length} lost, changed at ${changed}`);
  }
}

testWith(
  { compiler: 'rv32imc' },
  'of all absolute addresses in the C library nearly all can be converted',
  async (t) => {
    const total = { members: 0, upper: 0, lower: 0, upperLeft: 0, lowerLeft: 0 };
    for (const member of await libraryMembers()) {
      const object = readObject(member.data(), member.name);
      const keys = object.sections.flatMap((s) =>
        s.relocations.filter((r) => HI.has(r.type)).map((r) => partKey(s.index, r.offset)),
      );
      const near = absoluteToRelative(object);
      const far = absoluteToRelative(object, new Set(keys));
      checkForm(t, object, near);
      checkForm(t, object, far);
      t.is(count(far.sections, HI), count(near.sections, HI), `${member.name}: either way does for the same addresses`);
      total.members++;
      total.upper += count(object.sections, HI);
      total.lower += count(object.sections, LO);
      total.upperLeft += count(near.sections, HI);
      total.lowerLeft += count(near.sections, LO);
    }
    t.log(total);
    t.true(total.members > 0);
    t.true(total.upperLeft * 100 <= total.upper, `${total.upperLeft} of ${total.upper} upper parts are left`);
    t.true(total.lowerLeft * 100 <= total.lower, `${total.lowerLeft} of ${total.lower} lower parts are left`);
  },
);

testWith(
  { compiler: 'rv32imc' },
  'damaged library members are converted or left, and never crash the conversion',
  async (t) => {
    const random = new Random(0x72697363);
    const others = allLinkFixtures().filter(({ arch }) => arch.name === 'rv32imc');
    const members = await libraryMembers();
    const absolute = members.filter((m) => count(readObject(m.data(), m.name).sections, HI) > 0);
    let converted = 0;
    for (let i = 0; i < CASES; i++) {
      const member = random.pick(absolute);
      const object = damaged(member, random, others);
      if (object === undefined) continue;
      const after = absoluteToRelative(object);
      checkForm(t, object, after);
      if (after !== object) converted++;
    }
    t.true(converted > CASES / 10, `${converted} converted`);
  },
);

function damaged(member: ArchiveMember, random: Random, others: Parameters<typeof mutateObject>[2]) {
  try {
    return readObject(damagedCode(mutateObject(member.data(), random, others), random), member.name);
  } catch (error) {
    if (error instanceof NatmodError) return undefined;
    throw error;
  }
}

/** Also damages what is most likely code or relocations: the file's beginning. */
function damagedCode(bytes: Uint8Array, random: Random): Uint8Array {
  if (random.below(2) === 0 && bytes.length > 64) {
    const at = 52 + random.below(Math.min(bytes.length - 52, 600));
    bytes[at] = random.below(256);
  }
  return bytes;
}
