/** A few of the programs of `npm run random-programs`, in the form that a build makes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { findFirmware } from '../../tasks/bootstrap/firmware.mjs';
import { checkPrograms } from '../../tasks/random-programs/check.ts';
import { FORMS } from '../../tasks/random-programs/forms.ts';
import { generate, type RandomProgram } from '../../tasks/random-programs/generate.ts';
import { failureLines, refusalLines } from '../../tasks/random-programs/report.ts';
import { createPool } from '../../tasks/system/pool.ts';
import { testOnFirmware } from '../board/support/firmware.ts';
import { type TestFunction, testWith } from '../support/needs.ts';

const SEEDS = [2, 4, 8, 10];
const forms = FORMS.filter(({ name }) => name === 'small');
const pool = createPool(2);
const folder = mkdtempSync(join(tmpdir(), 'natmod-random-'));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

let programs: Promise<RandomProgram[]> | undefined;

async function generateAll(): Promise<RandomProgram[]> {
  const made = await Promise.all(SEEDS.map((seed) => pool.run(() => generate(seed, folder))));
  return made.filter((one) => 'text' in one);
}

for (const arch of ['x64', 'x86', 'armv7m', 'rv32imc', 'xtensawin'] as const) {
  const title = `${arch}: random programs compute in modules what they compute natively`;
  const body: TestFunction = async (t) => {
    programs ??= generateAll();
    const some = await programs;
    t.is(some.length, SEEDS.length);
    const verdicts = await checkPrograms(some, { arch, forms, folder, pool, jobs: 1 });
    t.deepEqual([...failureLines(verdicts), ...refusalLines(verdicts)], []);
    t.is(verdicts.filter(({ kind }) => kind === 'equal').length, SEEDS.length);
  };
  const tool = ['csmith', 'gcc'];
  if (arch === 'xtensawin') testWith({ windowed: true, tool: [...tool, 'qemu-system-xtensa'] }, title, body);
  else if (arch !== 'rv32imc') testWith({ compiler: arch, runtime: arch, tool }, title, body);
  else if ('missing' in findFirmware(arch)) testOnFirmware(arch, title, body);
  else testWith({ compiler: arch, tool }, title, body);
}
