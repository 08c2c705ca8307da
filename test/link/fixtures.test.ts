import { existsSync, readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import { ARCHES } from '../../natmod-rules/arch/index.ts';
import { readQstrs } from '../../natmod-rules/preprocess/index.ts';
import { link } from '../support/link.ts';

const root = new URL('../fixtures/link/', import.meta.url);
const qstrs = readQstrs(readFileSync(new URL('src/qstrs.h', root), 'utf8'));

for (const arch of ARCHES) {
  for (const name of readdirSync(new URL(`${arch.name}/`, root)).sort()) {
    const folder = new URL(`${arch.name}/${name}/`, root);
    const expected = new URL(`${name}.mpy`, folder);
    if (!existsSync(expected)) continue;
    test(`${arch.name}: ${name} links to the very bytes of the reference linker`, (t) => {
      const objects = readdirSync(folder)
        .filter((f) => f.endsWith('.o'))
        .sort()
        .map((f) => ({ name: f, bytes: readFileSync(new URL(f, folder)) }));
      const { mpy } = link({ arch, objects, qstrs, sourceName: `${name}.mpy` });
      t.is(Buffer.from(mpy).toString('hex'), readFileSync(expected).toString('hex'));
    });
  }
}
