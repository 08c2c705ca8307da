import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ArchName } from '../../natmod-rules/arch/index.ts';
import { debugFile } from '../../natmod-rules/debug/index.ts';
import {
  describePlaces,
  findLoadPlace,
  findPlaces,
  NATMOD_WHERE,
  readCrashLog,
  readExportedFunctions,
  readLinkedFile,
} from '../../natmod-rules/debug/where/index.ts';
import { NatmodError } from '../../natmod-rules/problem.ts';
import { withRig } from '../flow/support/rig.ts';
import { buildModule, run } from '../support/compile.ts';
import { RUNNABLE, testWith } from '../support/needs.ts';
import { runMicroPython } from '../support/run.ts';

const SOURCE = `#include "py/dynruntime.h"
static int count;
static mp_obj_t peek(mp_obj_t address_obj) {
    uintptr_t address = mp_obj_get_int(address_obj);
    count += 1;
    return mp_obj_new_int(*(volatile int *)address);
}
static MP_DEFINE_CONST_FUN_OBJ_1(peek_obj, peek);
static mp_obj_t calls(void) {
    return mp_obj_new_int(count);
}
static MP_DEFINE_CONST_FUN_OBJ_0(calls_obj, calls);
static mp_obj_t many(size_t n_args, const mp_obj_t *args) {
    return mp_obj_new_int(n_args + 3);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(many_obj, 0, 3, many);
mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_peek, MP_OBJ_FROM_PTR(&peek_obj));
    mp_store_global(MP_QSTR_calls, MP_OBJ_FROM_PTR(&calls_obj));
    mp_store_global(MP_QSTR_many, MP_OBJ_FROM_PTR(&many_obj));
    MP_DYNRUNTIME_INIT_EXIT
}
`;

/** Debian's compiler for RISC-V brings no C library by itself. */
function headersOf(arch: ArchName): string[] {
  return arch === 'rv32imc' ? ['--specs=picolibc.specs'] : [];
}

function built(arch: ArchName) {
  const { image, mpy } = buildModule(
    arch,
    'crash',
    { 'crash.c': SOURCE },
    { compact: true, flags: ['-g', ...headersOf(arch)] },
  );
  const { elf } = debugFile(image, mpy);
  return { mpy, elf, file: readLinkedFile(elf, 'crash.elf') };
}

/** How far a function of the ELF file lies from the start of the module's code. */
function offsetOf(file: ReturnType<typeof readLinkedFile>, name: string): number {
  const text = file.sections.find((section) => section.name === '.text')!;
  return file.symbols.find((symbol) => symbol.name === name)!.address - text.address;
}

const hex = (value: number) => value.toString(16).padStart(8, '0');

const DUMPS: Readonly<
  Record<string, { readonly arch: ArchName; readonly log: (fault: number, back: number) => string }>
> = {
  'HardFault of the stm32 port': {
    arch: 'armv7m',
    log: (fault, back) =>
      `HardFault\r\nR0    20001234\r\nR12   00000000\r\nSP    2001ff80\r\nLR    ${hex(back | 1)}\r\nPC    ${hex(fault)}\r\n` +
      'XPSR  61000000\r\nHFSR  40000000\r\nCFSR  00000400\r\n',
  },
  'exception of the QEMU port': {
    arch: 'armv6m',
    log: (fault, back) =>
      `HardFault exception caught:\nR0:   6FFFFF00 R1:   00030F40 R2:   000314A0 R3:   00000001\n` +
      `R12:  0001176B R13:  003FFD88 R14:  ${hex(back | 1)} R15:  ${hex(fault)}\nxPSR: 01000000\n`,
  },
  'Guru Meditation of the ESP32-C3': {
    arch: 'rv32imc',
    log: (fault, back) =>
      `Guru Meditation Error: Core  0 panic'ed (Load access fault). Exception was unhandled.\n\nCore  0 register dump:\n` +
      `MEPC    : 0x${hex(fault)}  RA      : 0x${hex(back)}  SP      : 0x3fc9a1b0  GP      : 0x3fc8b400\n` +
      'MSTATUS : 0x00001881  MTVEC   : 0x40380001  MCAUSE  : 0x00000005  MTVAL   : 0x6fffff00\n',
  },
  'Guru Meditation of the ESP8266 and ESP32, with a backtrace': {
    arch: 'xtensa',
    log: (fault, back) =>
      `Guru Meditation Error: Core  1 panic'ed (LoadProhibited). Exception was unhandled.\n` +
      `PC      : 0x${hex(fault)}  PS      : 0x00060530  A1      : 0x3ffcfd20\n` +
      `Backtrace: 0x${hex(fault)}:0x3ffcfd20 0x${hex(back)}:0x3ffcfd40 0x400e1234:0x3ffcfd60\n`,
  },
};

for (const [name, { arch, log }] of Object.entries(DUMPS)) {
  testWith(
    { compiler: arch },
    `${name}: addresses in the module get function and line, others are the firmware's`,
    (t) => {
      const { file } = built(arch);
      const text = 0x20004f10;
      const start = text + offsetOf(file, 'peek');
      // Its end may be kept with that of another function, and then has no lines.
      const inside = start + 6;
      const places = findPlaces(file, { text }, readCrashLog(log(start, inside)));
      const lines = describePlaces(places);
      t.regex(lines.join('\n'), /^(PC|R15|MEPC|backtrace 0) +0x\w+ +peek +\S*crash\.c:3$/m);
      t.regex(lines.join('\n'), /^(LR|R14|RA|backtrace 1) +0x\w+ +peek\+0x\w+ +\S*crash\.c:[3-7]$/m);
      t.notRegex(lines.join('\n'), /PSR|HFSR|MSTATUS|^PS /m);
      const far = describePlaces(findPlaces(file, { text: text + 0x100000 }, readCrashLog(log(start, inside))));
      t.regex(far.join('\n'), /^(PC|R15|MEPC|backtrace 0) +0x\w+ +firmware$/m);
    },
  );
}

for (const arch of RUNNABLE) {
  testWith(
    { compiler: arch, runtime: arch },
    `${arch}: a loaded module tells where it lies, and the code there is that of the ELF file`,
    async (t) => {
      const { mpy, file } = built(arch);
      // Of Thumb; other CPUs with short instructions have functions at odd places.
      const bit = arch.startsWith('arm') ? 1 : 0;
      const script = `${NATMOD_WHERE}
import crash, sys, uctypes
natmod_where(crash)
size = 8 if sys.maxsize > 0x7fffffff else 4
words = uctypes.bytes_at(id(crash.calls) & (0x7fffffff if id(crash.calls) < 0 else -1), 2 * size)
code = int.from_bytes(words[size:], "little") - ${bit}
print("code", hex(code), "".join("%02x" % byte for byte in uctypes.bytes_at(code, 6)))
`;
      const { stdout, stderr } = await runMicroPython(arch, { files: { 'crash.mpy': mpy }, script });
      const functions = readExportedFunctions(stdout);
      t.deepEqual(functions.map(({ name }) => name).sort(), ['calls', 'many', 'peek'], stderr);
      const place = findLoadPlace(file, functions);
      const [, address = '', bytes] = /code 0x(\w+) (\w+)/.exec(stdout) ?? ['', '0', ''];
      const text = file.sections.find((section) => section.name === '.text')!;
      const offset = offsetOf(file, 'calls');
      t.is((place?.text ?? 0) + offset, Number.parseInt(address, 16));
      t.is(Buffer.from(text.bytes.subarray(offset, offset + 6)).toString('hex'), bytes);
      const other = buildModule(
        arch,
        'crash',
        { 'crash.c': SOURCE.replace('count += 1', 'count += address * count') },
        {
          compact: true,
          flags: ['-g'],
        },
      );
      const foreign = readLinkedFile(debugFile(other.image, other.mpy).elf, 'other.elf');
      t.is(findLoadPlace(foreign, functions)?.text === place?.text && foreign.buildId === file.buildId, false);
    },
  );
}

testWith({ compiler: 'armv7m', tool: 'make' }, 'natmod where reads logs and says what is wrong with its input', (t) =>
  withRig(async (rig) => {
    const { elf, file } = built('armv7m');
    const path = join(rig.dir, 'crash.elf');
    writeFileSync(path, elf);
    const address = hex(0x20004f10 + offsetOf(file, 'calls'));
    writeFileSync(join(rig.dir, 'log.txt'), `PC  ${address}\nLR  08012345\n`);
    // Builds of other tests may lie in the project's own folder; then it says so.
    const found = await rig.natmod(['where', './log.txt', '--base', '0x20004f10']);
    t.regex(
      found.status === 0 ? found.stdout : found.stderr,
      found.status === 0 ? /crash\.c:/ : /several ELF files: .*crash\.elf/,
    );
    const at = await rig.natmod(['where', './log.txt', '--base', '0x20004f10', '--elf', path]);
    t.is(at.status, 0, at.stderr);
    t.regex(at.stdout, /^PC +0x20004f\w\w +calls +\S*crash\.c:(9|10)\nLR +0x08012345 +firmware$/m);
    const unknown = await rig.natmod(['where', './log.txt', '--elf', path]);
    t.regex(unknown.stdout + unknown.stderr, /--base ADDRESS/);
    writeFileSync(join(rig.dir, 'empty.txt'), 'nothing to see\n');
    const input = await rig.natmod(['where', '-', '--elf', path]);
    t.regex(input.stdout + input.stderr, /the log has no address/, 'standard input, which is empty here');
    const empty = await rig.natmod(['where', './empty.txt', '--elf', path]);
    t.regex(empty.stdout + empty.stderr, /has no address/);
    const wrong = await rig.natmod(['where', './log.txt', '--elf', join(rig.dir, 'log.txt')]);
    t.regex(wrong.stdout + wrong.stderr, /this is no ELF file/);
    const none = await rig.natmod(['where', './log.txt', '--elf', path, '--base', 'here']);
    t.regex(none.stdout + none.stderr, /is no address/);
    // What other tools have made of it.
    const changed = join(rig.dir, 'changed.elf');
    const based = ['where', './log.txt', '--base', '0x20004f10', '--elf', changed];
    run('arm-none-eabi-objcopy', ['--compress-debug-sections', path, changed]);
    t.regex((await rig.natmod(based)).stdout, /^PC +0x20004f\w\w +calls +\S*crash\.c:(9|10)$/m);
    run('arm-none-eabi-strip', ['-g', path, '-o', changed]);
    const symbols = await rig.natmod(based);
    t.regex(symbols.stdout, /changed\.elf has no lines that can be read/);
    t.regex(symbols.stdout, /^PC +0x20004f\w\w +calls +\.text$/m);
    run('arm-none-eabi-strip', ['-s', path, '-o', changed]);
    const stripped = await rig.natmod(based);
    t.regex(stripped.stdout + stripped.stderr, /the ELF file was stripped/);
    // Of another build than the module.
    const changes = { 'crash.c': SOURCE.replace('count += 1', 'count += 7') };
    const other = buildModule('armv7m', 'crash', changes, { compact: true });
    writeFileSync(join(rig.dir, 'crash.mpy'), other.mpy);
    const named = await rig.natmod([...based.slice(0, 4), '--elf', path, './crash.mpy']);
    t.regex(named.stdout + named.stderr, /crash\.elf is of another build than crash\.mpy/);
    mkdirSync(join(rig.dir, 'build'));
    writeFileSync(join(rig.dir, 'build', 'crash.elf'), elf);
    const beside = await rig.natmod([...based.slice(0, 4), '--elf', join(rig.dir, 'build', 'crash.elf')]);
    t.regex(beside.stdout, /warning build.crash\.elf is of another build than crash\.mpy/);
    t.regex(beside.stdout, /^PC +0x20004f\w\w +calls /m);
  }),
);

testWith({ compiler: 'x64' }, 'a damaged ELF file is told or has no lines, and a log may be anything', (t) => {
  const { elf } = built('x64');
  t.throws(() => readLinkedFile(new Uint8Array(100), 'x.elf'), { message: /this is no ELF file/ });
  const object = Uint8Array.from(elf);
  object[16] = 1;
  t.throws(() => readLinkedFile(object, 'x.o'), { message: /an object file, which has no addresses/ });
  for (let cut = 60; cut < elf.length; cut += 777) {
    const damaged = Uint8Array.from(elf);
    damaged.fill(0xa5, cut, cut + 40);
    try {
      describePlaces(findPlaces(readLinkedFile(damaged, 'x.elf'), { text: 0x1000 }, readCrashLog('RIP 0x00001010')));
    } catch (error) {
      t.true(error instanceof NatmodError, String(error));
    }
  }
  t.deepEqual(readCrashLog(`${'A'.repeat(100_000)} 0x1234567\n`.repeat(3)), []);
  t.deepEqual(readCrashLog('natmod: m f 7f12 4 0102').length, 0);
});
