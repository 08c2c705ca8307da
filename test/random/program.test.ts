import test from 'ava';
import { moduleSource, portableConstants } from '../../tasks/random-programs/program.ts';

const PROGRAM = `#include "csmith.h"
static int32_t g_1 = (-1);
static volatile struct S0 g_2[2][3] = {{1},{2}};
static const uint8_t g_3 = 6;
static int32_t * const volatile g_4 = &g_1;
static const volatile int32_t * g_5 = (void*)0;
static int16_t  func_1(void);
int main (void)
{
    return 0;
}
`;

test('constants lose the type long, which has another size on other CPUs, and keep long long', (t) => {
  t.is(portableConstants('f(0xB0598737L, 3UL, 0x1ULL, -5LL, l_1L)'), 'f(0xB0598737, 3U, 0x1ULL, -5LL, l_1L)');
});

test('a program becomes a module that returns its checksum', (t) => {
  const source = moduleSource(PROGRAM, 'as-is');
  t.true(source.includes(PROGRAM));
  t.regex(source, /#define main run_program[\s\S]*MP_QSTR_checksum/);
});

test('without data: every variable that can change gets its start value from a constant', (t) => {
  const source = moduleSource(PROGRAM, 'no-data');
  t.regex(source, /^int32_t g_1;\nstatic int32_t const start_of_g_1 = \(-1\);$/m);
  t.regex(
    source,
    /^ *struct S0 volatile g_2\[2\]\[3\];\nstatic +struct S0 const start_of_g_2\[2\]\[3\] = \{\{1\},\{2\}\};$/m,
  );
  t.regex(source, /^static const uint8_t g_3 = 6;$/m);
  t.regex(source, /^int32_t \* +volatile g_4;\nstatic int32_t \* +const start_of_g_4 = &g_1;$/m);
  t.regex(source, /^const volatile int32_t \* ?g_5;$/m);
  t.is(source.match(/memcpy\(\(void \*\)&g_\d, &start_of_g_\d, sizeof\(g_\d\)\);/g)?.length, 4);
  t.regex(source, /set_start_values\(void\) \{[\s\S]*\}\n\nint main/);
});
