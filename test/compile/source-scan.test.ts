import test from 'ava';
import { scanSource } from '../../natmod-rules/compile/index.ts';

test('headers that are only asked for', (t) => {
  const scan = scanSource('#if __has_include("x.h") || defined(__has_include) && __has_include( <y.h> )\n#endif\n');
  t.deepEqual(scan.asksFor, [
    { name: 'x.h', quoted: true },
    { name: 'y.h', quoted: false },
  ]);
  t.false(scan.asksUnknown);
  t.false(scanSource('#ifdef __has_include\n#endif\n').asksUnknown);
  t.false(scanSource('#ifndef\t__has_include\n#define\t__has_include(x)\t0\n#endif\n').asksUnknown);
  for (const text of [
    '#if __has_include(HEADER)\n',
    '#define HAS __has_include\n',
    '#define H(x) __has_##x\n',
    '#\\\nembed "x"\n',
    '%:embed "x"\n',
  ])
    t.true(scanSource(text).asksUnknown, text);
});

test('paths and times', (t) => {
  t.true(scanSource('f(__FILE__)').usesPaths);
  t.false(scanSource('MODULE___FILE__').usesPaths);
  t.true(scanSource('f(__TIME__)').usesTime);
  t.false(scanSource('f(x)').usesTime);
  t.true(scanSource('f(__FI\\\nLE__, __TI\\\r\nME__)').usesPaths, 'lines are joined first');
  t.true(scanSource('f(__FI\\\nLE__, __TI\\\r\nME__)').usesTime);
});

test('files that the assembler reads, for assemblers that do not list them', (t) => {
  for (const text of ['.incbin "a.bin"\n', '__asm__(".inc" "bin \\"b.bin\\"");\n', '.include NAME\n'])
    t.true(scanSource(text).mayEmbed, text);
  t.true(scanSource('#embed "x"\n').asksUnknown);
  t.false(scanSource('#include "x.h"\nint included;\n').mayEmbed);
});
