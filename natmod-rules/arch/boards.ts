/**
 * Which architecture the chips and boards that run MicroPython take modules of, by MicroPython's ports of 1.23 to 1.28:
 * a firmware loads native code when it can compile some (MICROPY_EMIT_...), for the CPU and the floating point that it
 * is compiled for itself (py/persistentcode.h).
 */
import { fail } from '../problem.ts';
import type { ArchName } from './types.ts';

export interface BoardKind {
  /** Short name, for `--board`. */
  readonly name: string;
  /** Other chips of the kind, which `--board` takes, too. */
  readonly also?: readonly string[];
  readonly arch: ArchName;
  /** CPU and boards with it, for people. */
  readonly about: string;
  /** Why another architecture may be meant, told when one builds for the board. */
  readonly note?: string;
  /** Firmware as it is published loads no native code, but one that is compiled for it would. */
  readonly loadsNone?: true;
}

const SOFTFP =
  'its firmware passes C floats in registers for integers up to MicroPython 1.28; for a later one that does not, --arch armv7emsp';

export const BOARDS: readonly BoardKind[] = [
  { name: 'rp2040', arch: 'armv6m', about: 'Cortex-M0+: Raspberry Pi Pico, Pico W' },
  {
    name: 'rp2350',
    arch: 'armv7m',
    about: 'Cortex-M33: Raspberry Pi Pico 2, Pico 2 W; armv7emsp for firmware with -mfloat-abi=hard',
    note: SOFTFP,
  },
  {
    name: 'rp2350-riscv',
    arch: 'rv32imc',
    about: 'Hazard3: the same boards with firmware for RISC-V (RPI_PICO2-RISCV)',
  },
  { name: 'stm32g0', arch: 'armv6m', about: 'Cortex-M0+' },
  { name: 'stm32l1', arch: 'armv7m', about: 'Cortex-M3' },
  {
    name: 'stm32f4',
    also: ['stm32g4', 'stm32l4', 'stm32wb'],
    arch: 'armv7emsp',
    about: 'Cortex-M4F: Pyboard',
  },
  {
    name: 'stm32f7',
    arch: 'armv7emsp',
    about: 'Cortex-M7 with single precision: F722, F733, F746, F756, Pyboard D SF2 and SF3',
  },
  { name: 'stm32f7-dp', arch: 'armv7emdp', about: 'Cortex-M7 with double precision: F765 to F769, Pyboard D SF6' },
  {
    name: 'stm32h7',
    arch: 'armv7emdp',
    about: 'Cortex-M7 with double precision: H743, H747, H750, H7A3, H7B3, Portenta H7, Arduino Giga',
  },
  { name: 'stm32h723', arch: 'armv7emsp', about: 'Cortex-M7, whose firmware is compiled for single precision' },
  { name: 'stm32h5', also: ['stm32u5'], arch: 'armv7emsp', about: 'Cortex-M33' },
  { name: 'stm32n6', arch: 'armv7emdp', about: 'Cortex-M55: OpenMV N6' },
  {
    name: 'samd21',
    arch: 'armv6m',
    about: 'Cortex-M0+ with a flash chip beside: Feather M0 Express, ItsyBitsy M0 Express; others load none',
  },
  { name: 'samd51', arch: 'armv7emsp', about: 'Cortex-M4F: Feather M4, ItsyBitsy M4, Wio Terminal' },
  { name: 'nrf52840', also: ['nrf52'], arch: 'armv7emsp', about: 'Cortex-M4F: Nano 33 BLE, XIAO nRF52' },
  { name: 'nrf9160', also: ['nrf91'], arch: 'armv7emsp', about: 'Cortex-M33: Actinius Icarus' },
  {
    name: 'mimxrt',
    arch: 'armv7emdp',
    about: 'Cortex-M7 with double precision: Teensy 4.0 and 4.1, i.MX RT1020 to RT1176',
  },
  {
    name: 'mimxrt1011',
    also: ['mimxrt1010', 'mimxrt1015'],
    arch: 'armv7m',
    about: 'Cortex-M7 with single precision: Metro M7, Olimex RT1010; armv7emsp for firmware with -mfloat-abi=hard',
    note: SOFTFP,
  },
  {
    name: 'renesas-ra',
    arch: 'armv7emsp',
    about: 'Cortex-M4F and M33: RA4W1, RA6M1, RA6M2, RA6M5, Arduino Portenta C33',
  },
  { name: 'alif', arch: 'armv7emdp', about: 'Cortex-M55: Alif Ensemble, OpenMV AE3' },
  { name: 'psoc-edge', arch: 'armv7emsp', about: 'Cortex-M33 of Infineon’s PSOC Edge' },
  { name: 'esp8266', arch: 'xtensa', about: 'lx106: NodeMCU, Wemos D1; not with 512 KB of flash' },
  { name: 'esp32', arch: 'xtensawin', about: 'LX6 with windowed registers: ESP32 DevKit, M5Stack' },
  { name: 'esp32s2', arch: 'xtensawin', about: 'LX7 with windowed registers, no floating point' },
  { name: 'esp32s3', arch: 'xtensawin', about: 'LX7 with windowed registers' },
  {
    name: 'esp32c3',
    also: ['esp32c2', 'esp32c5', 'esp32c6', 'esp32h2'],
    arch: 'rv32imc',
    about: 'RISC-V, from MicroPython 1.24 on',
  },
  {
    name: 'esp32p4',
    arch: 'rv32imc',
    about:
      'RISC-V; its firmware passes C floats in registers for floats, which modules do not (they have none by default)',
  },
  { name: 'qemu-arm', arch: 'armv7m', about: 'MPS2_AN385 of MicroPython’s port for QEMU' },
  { name: 'qemu-riscv32', arch: 'rv32imc', about: 'VIRT_RV32 of MicroPython’s port for QEMU' },
  { name: 'qemu-riscv64', arch: 'rv64imc', about: 'VIRT_RV64 of MicroPython’s port for QEMU' },
  { name: 'unix-x64', arch: 'x64', about: 'MicroPython on Linux and macOS, 64-bit Intel and AMD' },
  { name: 'unix-x86', arch: 'x86', about: 'MicroPython on Linux, 32-bit Intel and AMD' },
  {
    name: 'unix-arm',
    arch: 'armv7emdp',
    about: 'MicroPython on Linux, 32-bit ARM compiled as Thumb-2 with floating point (Debian’s armhf)',
  },
  { name: 'stm32f0', also: ['stm32l0'], arch: 'armv6m', about: 'Cortex-M0 and M0+', loadsNone: true },
  { name: 'stm32wl', arch: 'armv7m', about: 'Cortex-M4 without floating point', loadsNone: true },
  { name: 'nrf51', arch: 'armv6m', about: 'Cortex-M0: BBC micro:bit', loadsNone: true },
  { name: 'nrf52832', arch: 'armv7emsp', about: 'Cortex-M4F: Feather nRF52', loadsNone: true },
  { name: 'ra4m1', arch: 'armv7emsp', about: 'Cortex-M4F: EK-RA4M1', loadsNone: true },
  { name: 'cc3200', arch: 'armv7m', about: 'Cortex-M4 without floating point: WiPy', loadsNone: true },
];

/** The name that lists show: an architecture, or that there is none. */
export function archColumn({ arch, loadsNone }: BoardKind): string {
  return loadsNone ? 'none' : arch;
}

/** What lists say of a board: CPU, boards, other chips of the kind. */
export function describeBoard({ about, also = [], loadsNone, arch }: BoardKind): string {
  const others = also.length === 0 ? '' : `; also ${also.join(', ')}`;
  return `${about}${others}${loadsNone ? `; the CPU is one for ${arch}` : ''}`;
}

/**
 * A board by the name of its chip; capitals, blanks, dashes and underscores do not count.
 * @throws NatmodError `unknown-board`, `board-loads-none`
 */
export function boardByName(name: string): BoardKind {
  const plain = (text: string) => text.toLowerCase().replace(/[\s_-]/g, '');
  const isIt = (text: string) => plain(text) === plain(name);
  const found = BOARDS.find((board) => isIt(board.name) || board.also?.some(isIt));
  if (found === undefined) {
    const hint = `known are ${BOARDS.map((board) => board.name).join(', ')}; \`gulp list --boards\` says more`;
    return fail('unknown-board', `unknown board '${name}'`, undefined, hint);
  }
  if (!found.loadsNone) return found;
  const message = `MicroPython's firmware for ${found.name} loads no native modules`;
  const hint = `compile a firmware with MICROPY_EMIT_THUMB=1, and name the architecture instead: --arch ${found.arch}`;
  return fail('board-loads-none', message, undefined, hint);
}

/** What to tell when one builds for a board, and another architecture may be meant. */
export function boardNote({ name, arch, note }: BoardKind): string | undefined {
  return note === undefined ? undefined : `${name}: for ${arch}, because ${note}`;
}
