import { join } from 'node:path';
import test from 'ava';
import { ARCHES } from '../../natmod-rules/arch/index.ts';
import { placeOf } from '../../tasks/modules/place.ts';
import { parseOptions } from '../../tasks/options/options.ts';

const NAMES = ARCHES.map(({ name }) => name);
const BUILDS = [
  'build',
  'x',
  ...NAMES.map((name) => `build-${name}`),
  'out-xtensawin-armv7emsp',
  'x64x86',
  'xtensa/win',
];

test('no two architectures of a module have a folder or a file in common, whatever BUILD and MOD are', (t) => {
  const dir = '/somewhere/module';
  const options = parseOptions([`--arch=${NAMES.join(',')}`], dir);
  for (const build of BUILDS) {
    for (const name of ['mod', 'modx64', 'mod_xtensawin', 'x86x64']) {
      const places = NAMES.map((arch) => placeOf({ dir, name, arch, build }, options));
      t.is(new Set(places.map(({ buildDir }) => buildDir)).size, NAMES.length, build);
      t.is(new Set(places.map(({ folder }) => join(folder, `${name}.mpy`))).size, NAMES.length, `${build} ${name}`);
    }
  }
});

test('a BUILD or MOD that names the architecture stays as it is', (t) => {
  const dir = '/somewhere/module';
  const options = parseOptions(['--arch=xtensa,xtensawin'], dir);
  for (const arch of ['xtensa', 'xtensawin']) {
    const place = placeOf({ dir, name: `mod_${arch}`, arch, build: `build-${arch}` }, options);
    const build = join(dir, `build-${arch}`);
    t.deepEqual(place, { folder: dir, buildDir: build, cleaned: build });
  }
});
