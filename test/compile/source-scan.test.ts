import test from 'ava';
import { scanSource } from '../../natmod-rules/compile/index.ts';

test('includes of every kind that name a file', (t) => {
  const text = '#include "a.h"\n # include <b/c.h>\n#include_next <d.h>\n#include MACRO\n// #include "no.h"\n';
  t.deepEqual(scanSource(text).includes, [
    { name: 'a.h', quoted: true, next: false },
    { name: 'b/c.h', quoted: false, next: false },
    { name: 'd.h', quoted: false, next: true },
  ]);
});

test('headers that are only asked for', (t) => {
  const scan = scanSource('#if __has_include("x.h") || defined(__has_include) && __has_include( <y.h> )\n#endif\n');
  t.deepEqual(
    scan.asksFor.map(({ name }) => name),
    ['x.h', 'y.h'],
  );
  t.false(scan.asksUnknown);
  t.true(scanSource('#if __has_include(HEADER)\n').asksUnknown);
});

test('paths and times', (t) => {
  t.true(scanSource('f(__FILE__)').usesPaths);
  t.false(scanSource('MODULE___FILE__').usesPaths);
  t.true(scanSource('f(__TIME__)').usesTime);
  t.false(scanSource('f(x)').usesTime);
});

test('files that the assembler reads', (t) => {
  t.deepEqual(scanSource('.incbin "a.bin"\n__asm__(".incbin \\"b.bin\\"");\n').embeds, ['a.bin', 'b.bin']);
  t.true(scanSource('.incbin NAME\n').embedsUnknown);
  t.true(scanSource('#embed "x"\n').embedsUnknown);
  t.false(scanSource('int included;\n').embedsUnknown);
});
