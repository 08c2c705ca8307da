import { join } from 'node:path';
import test from 'ava';
import { archByName } from '../../natmod-rules/arch/index.ts';
import { findToolchain } from '../../tasks/toolchain/find.ts';
import { knownFlags } from '../../tasks/toolchain/known-flags.ts';
import { testWith } from '../support/needs.ts';

const NEVER = '-fno-such-step-of-any-compiler';

testWith({ compiler: 'x64' }, 'flags that a compiler does not know are left out, and the others stay', async (t) => {
  const toolchain = await findToolchain(archByName('x64'), { cwd: '/' });
  const flags = ['-fno-tree-fre', NEVER, '-fipa-pta'];
  t.deepEqual(await knownFlags(toolchain, toolchain.compiler, flags), ['-fno-tree-fre', '-fipa-pta']);
});

test('a compiler that cannot be asked gets all flags, and compiling says what is wrong', async (t) => {
  const toolchain = { arch: archByName('x64'), compiler: [join('/', 'nowhere', 'gcc')], flags: [] };
  t.deepEqual(await knownFlags(toolchain as never, toolchain.compiler, ['-Os', NEVER]), ['-Os', NEVER]);
});
