import { join } from 'node:path';
import test from 'ava';
import { archByName } from '../../natmod-rules/arch/index.ts';
import { compactFlagsFor } from '../../natmod-rules/compile/index.ts';
import { levelFlags } from '../../tasks/modules/compact-plan.ts';
import { CompilerAnswers } from '../../tasks/toolchain/answers.ts';
import { findToolchain } from '../../tasks/toolchain/find.ts';
import { knownFlags } from '../../tasks/toolchain/known-flags.ts';
import { testWith } from '../support/needs.ts';

const NEVER = '-fno-such-step-of-any-compiler';

testWith({ compiler: 'x64' }, 'flags that a compiler does not know are left out, and the others stay', async (t) => {
  const toolchain = await findToolchain(archByName('x64'), { cwd: '/' });
  const flags = ['-fno-tree-fre', NEVER, '-fipa-pta'];
  t.deepEqual(await knownFlags(toolchain, toolchain.compiler, flags), ['-fno-tree-fre', '-fipa-pta']);
});

testWith(
  { compiler: 'armv7m' },
  'the flags of all levels and architectures of a compiler are one question',
  async (t) => {
    const asked: string[] = [];
    const answers = {
      ask: async (command: readonly string[], question: string) => {
        asked.push(command.join(' '));
        return (await new CompilerAnswers().ask(command, question)) && 'taken';
      },
    } as unknown as CompilerAnswers;
    for (const name of ['armv6m', 'armv7m', 'armv7emsp', 'armv7emdp']) {
      const arch = archByName(name);
      const toolchain = { ...(await findToolchain(arch, { cwd: '/' })), answers };
      for (const level of ['speed', 'balanced', 'size'] as const) {
        const own = compactFlagsFor(arch, toolchain.compiler, level);
        const flags = await levelFlags({ arch, toolchain, cflags: ['-Os'] }, level);
        t.deepEqual(flags, level === 'speed' ? [...own, '-O2'] : own);
      }
    }
    t.is(new Set(asked).size, 1);
    // Of a compiler that lacks some of them each is asked for.
    const toolchain = { ...(await findToolchain(archByName('armv7m'), { cwd: '/' })), answers };
    t.deepEqual(await knownFlags(toolchain, toolchain.compiler, ['-fipa-pta', NEVER], ['-fipa-pta', NEVER]), [
      '-fipa-pta',
    ]);
  },
);

test('a compiler that cannot be asked gets all flags, and compiling says what is wrong', async (t) => {
  const toolchain = { arch: archByName('x64'), compiler: [join('/', 'nowhere', 'gcc')], flags: [] };
  t.deepEqual(await knownFlags(toolchain as never, toolchain.compiler, ['-Os', NEVER]), ['-Os', NEVER]);
});
