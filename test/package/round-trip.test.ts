import test from 'ava';
import { archByMpyNumber } from '../../natmod-rules/arch/index.ts';
import {
  nativeModule,
  qstrText,
  readMpy,
  sizesOf,
  writeMpy,
  writeNativeModule,
} from '../../natmod-rules/package/index.ts';
import { compiledFiles, linkedFiles } from './files.ts';

for (const { name, bytes } of linkedFiles()) {
  test(`${name}: reading and writing gives the bytes of the reference linker`, (t) => {
    const mpy = readMpy(bytes, name);
    t.deepEqual(writeMpy(mpy), bytes);
    const { root } = mpy;
    if (root.kind !== 'native') return t.fail('not native');
    t.is(root.encodedRelocations, undefined, 'the relocations are encoded as we do it');
    const [sourceName, ...qstrs] = mpy.qstrs.map(qstrText);
    const { text, rodata, bssSize, relocations } = root;
    const arch = archByMpyNumber(mpy.header.archNumber)!;
    const module = { arch, sourceName: sourceName!, qstrs, text, rodata, bssSize, relocations };
    t.deepEqual(writeNativeModule(module), bytes);
    t.deepEqual(nativeModule(module).header, mpy.header);
  });
}

for (const { name, bytes } of compiledFiles()) {
  test(`${name}: reading and writing gives the bytes of mpy-cross`, (t) => {
    const mpy = readMpy(bytes, name);
    t.deepEqual(writeMpy(mpy), bytes);
    t.is(sizesOf(mpy).file, bytes.length);
  });
}

test('there are linked files of all ten architectures', (t) => {
  t.is(new Set(linkedFiles().map(({ name }) => name.split('/')[0])).size, 10);
});
