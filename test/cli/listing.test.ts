import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { disassembleMpy, opcodeName } from '../../natmod-rules/package/disassemble.ts';
import { hexdumpMpy } from '../../natmod-rules/package/hexdump.ts';
import { describeMpy, mergeMpy, qstrOf, readMpy, writeMpy } from '../../natmod-rules/package/index.ts';
import { decodePrelude } from '../../natmod-rules/package/prelude.ts';
import { NatmodError } from '../../natmod-rules/problem.ts';
import { findMicroPythonSource } from '../../tasks/bootstrap/provide.mjs';
import { linkFixture } from '../support/link-fixtures.ts';
import { Random } from '../support/mutate-object.ts';
import { testWith } from '../support/needs.ts';

/** A file with one function of these opcodes, and the qstrs `m.py`, `<module>` and `name`. */
function moduleOf(...opcodes: number[]): Uint8Array {
  const code = Uint8Array.of(0x08, 0x02, 0x01, ...opcodes);
  const prelude = decodePrelude(code, (message) => {
    throw new Error(message);
  });
  return writeMpy({
    header: { version: 6, subVersion: 0, archNumber: 0, archFlags: 0, smallIntBits: 31 },
    qstrs: [qstrOf('m.py'), qstrOf('<module>'), qstrOf('name')],
    objects: [{ kind: 'str', bytes: new TextEncoder().encode('a text') }],
    root: { kind: 'bytecode', code, prelude, children: [] },
  });
}

function linesOf(...opcodes: number[]): string[] {
  return disassembleMpy(readMpy(moduleOf(...opcodes), 'm.mpy'))
    .trim()
    .split('\n')
    .slice(1);
}

test('operands are shown as what they stand for', (t) => {
  t.deepEqual(linesOf(0x11, 2, 0x22, 0xfd, 0x54, 0x22, 0x3f, 0x23, 0, 0x42, 0x42, 0x59, 0x59, 0x7f, 0xb2, 0x63), [
    '  0000  11 02         LOAD_NAME "name"',
    '  0002  22 fd 54      LOAD_CONST_SMALL_INT -300',
    '  0005  22 3f         LOAD_CONST_SMALL_INT 63',
    '  0007  23 00         LOAD_CONST_OBJ 0 (str)',
    '  0009  42 42         JUMP 000d',
    '  000b  59            POP_TOP',
    '  000c  59            POP_TOP',
    '  000d  7f            LOAD_CONST_SMALL_INT -1',
    '  000e  b2            LOAD_FAST 2',
    '  000f  63            RETURN_VALUE',
  ]);
});

test('a listing ends where the bytes are no bytecode, and indices may lead nowhere', (t) => {
  const lines = linesOf(0x11, 9, 0x23, 7, 0x32, 5, 0x05, 0x63);
  t.regex(lines[0]!, /LOAD_NAME "qstr 9, which is not there"/);
  t.regex(lines[1]!, /LOAD_CONST_OBJ 7 \(not there\)/);
  t.regex(lines[2]!, /MAKE_FUNCTION 5$/);
  t.regex(lines[3]!, /unknown opcode 0x05/);
  t.is(lines.length, 4);
});

testWith({ source: true }, "opcodes have the names of MicroPython's own header", (t) => {
  const tree = findMicroPythonSource();
  if ('missing' in tree) throw new Error(tree.missing);
  const header = readFileSync(join(tree.dir, 'py', 'bc0.h'), 'utf8');
  const bases = new Map(
    [...header.matchAll(/define (MP_BC_BASE_\w+)\s+\((0x\w+)\)/g)].map(([, name, n]) => [name, Number(n)]),
  );
  const single = [...header.matchAll(/define MP_BC_(\w+)\s+\((MP_BC_BASE_\w+) \+ (0x\w+)\)/g)];
  t.true(single.length > 70);
  for (const [, name, base, n] of single) t.is(opcodeName(bases.get(base!)! + Number(n)), name!);
  const ranges = [...header.matchAll(/define MP_BC_(\w+)_MULTI\s+\((0x\w+)\)/g)];
  t.is(ranges.length, 5);
  for (const [, name, first] of ranges) t.is(opcodeName(Number(first)).split(' ')[0], name);
});

test('the pieces of a native module are named in the row where they start', (t) => {
  const bytes = linkFixture('xtensawin', 'types').expected!;
  const rows = hexdumpMpy(bytes, readMpy(bytes, 'types.mpy')).split('\n');
  t.is(rows.length, Math.ceil(bytes.length / 16));
  const { root } = readMpy(bytes, 'types.mpy');
  if (root.kind !== 'native') return t.fail();
  const row = (part: Uint8Array) => rows[Math.floor((part.byteOffset - bytes.byteOffset) / 16)];
  t.regex(row(root.text)!, /machine code/);
  t.regex(row(root.rodata)!, /rodata/);
});

test('whatever can be read can be shown', (t) => {
  const random = new Random(20_24);
  const native = linkFixture('armv7m', 'types').expected!;
  const python = moduleOf(0x11, 2, 0x22, 0xfd, 0x54, 0x23, 0, 0x42, 0x42, 0x59, 0x59, 0x63);
  const parts = [native, python].map((bytes, i) => ({ name: `${i}.mpy`, bytes }));
  const whole = mergeMpy(parts);
  let shown = 0;
  for (let i = 0; i < 3000; i++) {
    const bytes = Uint8Array.from(random.pick([native, python, whole]));
    for (let n = 1 + random.below(3); n > 0; n--) bytes[random.below(bytes.length)] = random.below(256);
    try {
      const mpy = readMpy(bytes, 'x.mpy');
      const text = describeMpy(mpy) + disassembleMpy(mpy) + hexdumpMpy(bytes, mpy);
      if (text.length > 0) shown++;
    } catch (error) {
      if (!(error instanceof NatmodError)) throw error;
    }
  }
  t.true(shown > 500, `${shown}`);
});
