import test from 'ava';
import {
  adler32,
  archAccepts,
  archesFor,
  checksumFile,
  floatWarning,
  mipPackage,
  pythonString,
  readImplementation,
  resultCounts,
  resultsAsJson,
  resultsAsJUnit,
  resultTable,
  splitMpyNumber,
  type TestResult,
  whyRefused,
} from '../../natmod-rules/runtime/index.ts';

const results: TestResult[] = [
  { module: 'a', arch: 'x64', test: 'test_a.py', status: 'passed', output: 'ok\n', seconds: 0.25 },
  {
    module: 'a',
    arch: 'armv7m',
    test: 'test_a.py',
    status: 'failed',
    reason: 'ValueError: <&"',
    output: '\x1b]]>\n',
    seconds: 1,
  },
  { module: 'b', arch: 'x64', test: '', status: 'skipped', reason: 'it has no test', seconds: 0 },
];

test('results as a table of modules and architectures', (t) => {
  t.is(resultTable(results), ['   x64  armv7m', 'a  ok   FAIL', 'b  -'].join('\n'));
  t.is(resultCounts(results), '1 passed, 1 failed, 1 skipped');
});

test('results as JUnit XML: counts, and text that XML cannot hold', (t) => {
  const xml = resultsAsJUnit(results);
  t.regex(xml, /<testsuites tests="3" failures="1" errors="0" time="1.250">/);
  t.regex(xml, /<testsuite name="armv7m" tests="1" failures="1" errors="0" time="1.000" skipped="0">/);
  t.regex(xml, /<testsuite name="x64" tests="2" failures="0" errors="0" time="0.250" skipped="1">/);
  t.true(xml.includes('<failure message="ValueError: &lt;&amp;&quot;">]]&gt;&#10;</failure>'));
  t.true(xml.includes('<skipped message="it has no test"/>'));
  t.deepEqual(JSON.parse(resultsAsJson(results)), { tests: results });
});

test('JUnit XML: no character of an output makes it ill-formed', (t) => {
  const every = Array.from({ length: 0x180 }, (_, code) => String.fromCharCode(code)).join('');
  const output = `${every}\ud800 \udc00 \ufffe\uffff ]]> 😀\r\n`;
  const xml = resultsAsJUnit([
    { module: `<m"&'>`, arch: 'x64', test: `${every}.py`, status: 'failed', reason: output, output, seconds: 1e-7 },
    { module: 'l', arch: 'xtensa', test: 'load', status: 'loaded', reason: 'only & loaded', seconds: 0 },
  ]);
  // What XML 1.0 calls Char, and markup that is ours alone.
  t.regex(xml, /^[\t\n\r -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u);
  t.notRegex(xml, /&(?!(amp|lt|gt|quot|#10);)/);
  const tags = xml.match(/<[^>]*>/g)!.map((tag) => tag.replace(/="[^"<]*"/g, ''));
  t.deepEqual(tags, [
    '<?xml version encoding?>',
    '<testsuites tests failures errors time>',
    ...['<testsuite name tests failures errors time skipped>', '<testcase classname name time>'],
    ...['<failure message>', '</failure>', '</testcase>', '</testsuite>'],
    ...['<testsuite name tests failures errors time skipped>', '<testcase classname name time>'],
    ...['<system-out>', '</system-out>', '</testcase>', '</testsuite>'],
    '</testsuites>',
  ]);
  t.true(xml.includes('😀'));
  t.is(resultsAsJUnit([]).split('\n')[1], '<testsuites tests="0" failures="0" errors="0" time="0.000">');
});

test('modules that were only loaded', (t) => {
  const loaded: TestResult = { module: 'a', arch: 'xtensa', test: 'load', status: 'loaded', reason: 'no', seconds: 0 };
  t.is(resultTable([loaded, ...results]), ['   x64  armv7m  xtensa', 'a  ok   FAIL    loaded', 'b  -'].join('\n'));
  t.is(resultCounts([loaded, ...results]), '1 passed, 1 loaded, 1 failed, 1 skipped');
});

test('what a board says of itself', (t) => {
  const board = readImplementation('noise\nnatmod: 6918 qemu 1.26.1 mps2-an385 with Cortex-M3\n');
  t.deepEqual(board, {
    version: 6,
    subVersion: 3,
    archNumber: 6,
    archFlags: 0,
    platform: 'qemu',
    release: '1.26.1',
    machine: 'mps2-an385 with Cortex-M3',
  });
  t.deepEqual(
    archesFor(board!).map((arch) => arch.name),
    ['armv7m', 'armv6m'],
  );
  t.deepEqual(archesFor({ archNumber: 0 }), []);
  t.is(readImplementation('Traceback'), undefined);
});

test('Thumb firmware takes every lower Thumb architecture, all others only their own', (t) => {
  t.true(archAccepts(8, 4) && archAccepts(8, 7) && archAccepts(5, 5) && archAccepts(9, 9));
  t.false(archAccepts(5, 7) || archAccepts(4, 5) || archAccepts(9, 10) || archAccepts(11, 12) || archAccepts(9, 8));
});

test('why a firmware refuses a file', (t) => {
  const firmware = { ...splitMpyNumber((11 << 10) | (3 << 8) | 6), platform: '', machine: '', release: '' };
  const header = { version: 6, subVersion: 3, archNumber: 11, archFlags: 0 };
  const why = (change: object, other: object = {}) =>
    whyRefused({ ...header, ...change }, { ...firmware, ...other }, 'f')?.message;
  t.is(why({}), undefined);
  t.is(why({ archNumber: 0, subVersion: 1 }), undefined);
  t.is(why({ archNumber: 5 }), 'the module is for armv7m, the firmware loads rv32imc');
  t.is(why({ subVersion: 2 }), 'the module has native ABI 6.2, the firmware has 6.3');
  t.is(why({ version: 5 }), 'the module is of .mpy version 5, the firmware loads version 6');
  t.is(why({}, { archNumber: 0 }), 'the module is for rv32imc, the firmware loads no native code at all');
  t.is(why({}, { archNumber: 0, version: 0 }), 'the module is for rv32imc, the firmware loads no native code at all');
  t.is(why({ archNumber: 0 }, { archNumber: 0 }), undefined);
  t.regex(why({ archFlags: 1 }) ?? '', /needs extensions 0x1 of the CPU/);
  t.is(why({ archFlags: 1 }, { archFlags: 3 }), undefined);
});

test('float ABIs: soft-float code on firmware that passes floats in registers', (t) => {
  const warns = (module: number, firmware: number) => floatWarning(module, { archNumber: firmware }) !== undefined;
  t.true(warns(4, 7) && warns(4, 8) && warns(5, 7) && warns(5, 8));
  t.false(warns(4, 4) || warns(4, 5) || warns(5, 5) || warns(5, 6) || warns(7, 7) || warns(7, 8) || warns(8, 8));
  t.false(warns(11, 11) || warns(9, 9) || warns(2, 2));
});

test('float ABIs: firmware for RP2350 and small i.MX RT passes floats as soft-float code does, up to 1.28', (t) => {
  const pico = (release: string, machine = 'Raspberry Pi Pico 2 with RP2350') =>
    readImplementation(`natmod: ${(7 << 10) | (3 << 8) | 6} rp2 ${release} ${machine}\n`)!;
  const best = (firmware: ReturnType<typeof pico>) => archesFor(firmware).map((arch) => arch.name);
  const warned = (firmware: ReturnType<typeof pico>) =>
    [4, 5, 7].filter((number) => floatWarning(number, firmware) !== undefined);
  for (const old of [pico('1.26.1'), pico('1.28.0'), { ...pico('1.27.0', 'i.MX RT1010 EVK'), platform: 'mimxrt' }]) {
    t.deepEqual(warned(old), [7]);
    t.deepEqual(best(old), ['armv7m', 'armv6m', 'armv7emsp']);
  }
  for (const other of [pico('1.29.0'), pico(''), pico('1.26.1', 'Feather with SAMD51')]) {
    t.deepEqual(warned(other), [4, 5]);
    t.deepEqual(best(other), ['armv7emsp', 'armv7m', 'armv6m']);
  }
  const large = { ...pico('1.27.0', 'Teensy 4.1'), platform: 'mimxrt', archNumber: 8 };
  t.deepEqual(warned(large), [4, 5]);
});

test('small things that boards read', (t) => {
  t.is(pythonString("it's \\ \n ä 😀"), "'it\\'s \\\\ \\u000a \\u00e4 \\U0001f600'");
  t.is(adler32(new TextEncoder().encode('Wikipedia')), '11e60398');
  const sizes = { text: 1, rodata: 2, bss: 3, relocations: 4, bytecode: 5, file: 60 };
  const one = { name: 'm', module: 'm', arch: 'x64', path: 'x64/m.mpy', sizes, sha256: 'ab' };
  t.deepEqual(JSON.parse(mipPackage([one])), { urls: [['m.mpy', 'm.mpy']], deps: [] });
  const absolute = [['m.mpy', 'https://example.com/x64/m.mpy']];
  t.deepEqual(JSON.parse(mipPackage([one], 'https://example.com')), { urls: absolute, deps: [] });
  t.is(checksumFile([one]), 'ab  x64/m.mpy\n');
});
