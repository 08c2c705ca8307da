import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { ensureCompiled } from '../../tasks/bootstrap/compiled.cjs';
import { sdkDir } from '../../tasks/system/project.ts';
import { natmod } from '../make/support/doors.ts';
import { type ShellResult, withMounts } from '../support/mounts.ts';
import { testInTurn } from './support/in-turn.ts';
import { type Rig, withRig, writeModule } from './support/rig.ts';

const needed = { compiler: 'armv7m', tool: 'make', mounts: true } as const;
const PAGE = 4096;

const word = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** A build of a file system's folder `space`, as it is started, and where it leaves the module. */
interface Way {
  readonly command: (rig: Rig) => string;
  readonly output: string;
  /** How much room is left on the disk, each in turn. */
  readonly pagesLeft: readonly number[];
}

const first: Way = {
  command: (rig) => {
    const words = ['build', '--no-optimize', '--arch=armv7m', `--module=${join(rig.dir, 'm')}`];
    const place = [`--out=${join(rig.dir, 'space/out')}`];
    return [process.execPath, natmod, ...words, ...place].map(word).join(' ');
  },
  output: 'out/armv7m/mod.mpy',
  pagesLeft: [0, 1, 2, 4, 8, 16],
};

const second: Way = {
  command: (rig) => {
    const words = ['ARCH=armv7m', `MPY_DIR=${sdkDir}`, 'BUILD=build', `NODE=${process.execPath}`];
    return ['make', '-C', join(rig.dir, 'space/m'), ...words].map(word).join(' ');
  },
  output: 'm/mod.mpy',
  pagesLeft: [0, 3, 9],
};

const setTwo = (rig: Rig, value: number) => rig.write('m/far/two.h', `#define TWO ${value}\n`);

/** The module for each value of the header. */
async function rightOnes(rig: Rig, count: number): Promise<string[]> {
  const files: string[] = [];
  for (let value = 0; value < count; value++) {
    setTwo(rig, value);
    const out = join(rig.dir, `right${value}`);
    await rig.build(['m'], `--out=${out}`, '--no-cache', '--no-optimize');
    files.push(join(out, 'armv7m/mod.mpy'));
  }
  return files;
}

/** Either the module is the right one, or the build says what is wrong and what to do. */
function judge(t: ExecutionContext, built: ShellResult, compared: ShellResult, what: string, said: RegExp): boolean {
  if (built.status === 0) t.is(compared.status, 0, `${what}: a wrong module\n${built.output}`);
  else t.regex(built.output, said, what);
  return built.status === 0;
}

for (const [name, { command, output, pagesLeft }] of Object.entries({
  'natmod build': first,
  'make with our rules': second,
})) {
  testInTurn(
    needed,
    `${name} on a full disk: the right module or an error, and nothing half-written is believed`,
    (t) =>
      withRig((rig) =>
        withMounts(async (sh) => {
          ensureCompiled();
          writeModule(rig);
          const right = await rightOnes(rig, 2 * pagesLeft.length);
          const space = join(rig.dir, 'space');
          const filler = word(join(space, 'filler'));
          process.env.NATMOD_CACHE = join(space, 'cache');
          await sh(`mkdir -p ${word(space)} && mount -t tmpfs -o size=2m tmpfs ${word(space)}`);
          await sh(
            `export NATMOD_CACHE=${word(join(space, 'cache'))}; cp -r ${word(join(rig.dir, 'm'))} ${word(space)}`,
          );
          const build = async (value: number, what: string) => {
            setTwo(rig, value);
            await sh(`cat ${word(join(rig.dir, 'm/far/two.h'))} > ${word(join(space, 'm/far/two.h'))}`);
            const built = await sh(command(rig));
            const compared = await sh(`cmp ${word(right[value]!)} ${word(join(space, output))}`);
            return judge(t, built, compared, what, /disk is full|No space left/);
          };
          let failed = 0;
          for (const [i, pages] of pagesLeft.entries()) {
            t.true(await build(2 * i, `with room again, after ${pages} pages`));
            await sh(`dd if=/dev/zero of=${filler} bs=${PAGE}; truncate -s -${pages * PAGE} ${filler}`);
            if (!(await build(2 * i + 1, `${pages} pages left`))) failed++;
            // What the full disk has left is judged as it is, with the same sources.
            await sh(`rm ${filler}`);
            t.true(await build(2 * i + 1, `with room again, ${pages} pages before`));
          }
          t.true(failed >= 1, `${failed} builds had no room`);
        }),
      ),
  );
}

testInTurn(
  needed,
  'what cannot be written because it is read-only is told of, and a cache like that does no harm',
  (t) =>
    withRig((rig) =>
      withMounts(async (sh) => {
        ensureCompiled();
        writeModule(rig);
        const right = await rightOnes(rig, 3);
        const build = async (value: number) => {
          setTwo(rig, value);
          const built = await sh(first.command(rig));
          const compared = await sh(`cmp ${word(right[value]!)} ${word(join(rig.dir, 'space', first.output))}`);
          return judge(t, built, compared, `${value}`, /mod\.\S*: .*read-only/s) ? 'right' : built.output;
        };
        const folder = (name: string) => word(join(rig.dir, name));
        await sh(`mkdir -p ${folder('space')} && mount --bind ${folder('space')} ${folder('space')}`);
        t.is(await build(0), 'right');
        await sh(`mount -o remount,ro,bind ${folder('space')}`);
        const output = await build(1);
        t.regex(output, /look at the rights of the folder, or name another place with --out/);
        await sh(`mount -o remount,rw,bind ${folder('space')}`);
        t.is(await build(1), 'right');
        await sh(`mount --bind ${folder('cache')} ${folder('cache')} && mount -o remount,ro,bind ${folder('cache')}`);
        for (const value of [2, 0, 1]) t.is(await build(value), 'right');
      }),
    ),
);
