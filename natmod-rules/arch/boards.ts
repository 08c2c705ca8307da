/**
 * Which architecture the chips and boards that run MicroPython take modules of. Each chip's own documents and
 * MicroPython's ports tell.
 */
import { fail } from '../problem.ts';
import { archByName } from './index.ts';
import type { Arch, ArchName } from './types.ts';

export interface BoardKind {
  /** Short name, for `--board`. */
  readonly name: string;
  readonly arch: ArchName;
  /** CPU and boards with it, for people. */
  readonly about: string;
}

export const BOARDS: readonly BoardKind[] = [
  { name: 'rp2040', arch: 'armv6m', about: 'Cortex-M0+: Raspberry Pi Pico, Pico W' },
  {
    name: 'rp2350',
    arch: 'armv7emsp',
    about: 'Cortex-M33: Raspberry Pi Pico 2, Pico 2 W; armv7m if floats are passed',
  },
  {
    name: 'rp2350-riscv',
    arch: 'rv32imc',
    about: 'Hazard3: the same boards with firmware for RISC-V (RPI_PICO2-RISCV)',
  },
  { name: 'stm32f0', arch: 'armv6m', about: 'Cortex-M0; also STM32G0, STM32L0' },
  { name: 'stm32f4', arch: 'armv7emsp', about: 'Cortex-M4F: Pyboard; also STM32G4, STM32L4, STM32WB' },
  { name: 'stm32f7', arch: 'armv7emsp', about: 'Cortex-M7 with single precision: Pyboard D SF2 (F722), STM32F74x' },
  { name: 'stm32f7-dp', arch: 'armv7emdp', about: 'Cortex-M7 with double precision: Pyboard D SF6, STM32F76x' },
  { name: 'stm32h7', arch: 'armv7emdp', about: 'Cortex-M7 with double precision: Portenta H7, Arduino Giga' },
  { name: 'stm32h5', arch: 'armv7emsp', about: 'Cortex-M33; also STM32U5' },
  { name: 'stm32wl', arch: 'armv7m', about: 'Cortex-M4 without floating point' },
  { name: 'samd21', arch: 'armv6m', about: 'Cortex-M0+: Arduino Zero, Trinket M0, XIAO SAMD21' },
  { name: 'samd51', arch: 'armv7emsp', about: 'Cortex-M4F: Feather M4, ItsyBitsy M4, Wio Terminal' },
  { name: 'nrf51', arch: 'armv6m', about: 'Cortex-M0: BBC micro:bit' },
  { name: 'nrf52', arch: 'armv7emsp', about: 'Cortex-M4F: nRF52840, XIAO nRF52; also nRF91 (Cortex-M33)' },
  {
    name: 'mimxrt',
    arch: 'armv7emdp',
    about: 'Cortex-M7 with double precision: Teensy 4.0 and 4.1, i.MX RT1050 to RT1176',
  },
  {
    name: 'mimxrt1011',
    arch: 'armv7emsp',
    about: 'Cortex-M7 with single precision: i.MX RT1010, RT1015, Metro M7; armv7m if floats are passed',
  },
  { name: 'renesas-ra', arch: 'armv7emsp', about: 'Cortex-M4F and M33: RA4M1, RA6M2, RA6M5, Arduino Portenta C33' },
  { name: 'cc3200', arch: 'armv7m', about: 'Cortex-M4 without floating point: WiPy' },
  { name: 'esp8266', arch: 'xtensa', about: 'lx106: NodeMCU, Wemos D1' },
  { name: 'esp32', arch: 'xtensawin', about: 'LX6 with windowed registers: ESP32 DevKit, M5Stack' },
  { name: 'esp32s2', arch: 'xtensawin', about: 'LX7 with windowed registers, no floating point' },
  { name: 'esp32s3', arch: 'xtensawin', about: 'LX7 with windowed registers' },
  { name: 'esp32c3', arch: 'rv32imc', about: 'RISC-V; also ESP32-C2, ESP32-C6, ESP32-H2' },
  { name: 'esp32p4', arch: 'rv32imc', about: 'RISC-V with single precision, which modules do not use' },
  { name: 'qemu-arm', arch: 'armv7m', about: 'MPS2_AN385 of MicroPython’s port for QEMU' },
  { name: 'qemu-riscv32', arch: 'rv32imc', about: 'VIRT_RV32 of MicroPython’s port for QEMU' },
  { name: 'qemu-riscv64', arch: 'rv64imc', about: 'VIRT_RV64 of MicroPython’s port for QEMU' },
  { name: 'unix-x64', arch: 'x64', about: 'MicroPython on Linux and macOS, 64-bit Intel and AMD' },
  { name: 'unix-x86', arch: 'x86', about: 'MicroPython on Linux, 32-bit Intel and AMD' },
  {
    name: 'unix-arm',
    arch: 'armv7emsp',
    about: 'MicroPython on Linux, 32-bit ARM with floating point (Raspberry Pi OS)',
  },
];

/**
 * The architecture of a board, by the name of its chip; capitals, blanks, dashes and underscores do not count.
 * @throws NatmodError `unknown-board`
 */
export function archOfBoard(name: string): Arch {
  const plain = (text: string) => text.toLowerCase().replace(/[\s_-]/g, '');
  const found = BOARDS.find((board) => plain(board.name) === plain(name));
  if (found !== undefined) return archByName(found.arch);
  const hint = `known are ${BOARDS.map((board) => board.name).join(', ')}; \`gulp list --boards\` says more`;
  return fail('unknown-board', `unknown board '${name}'`, undefined, hint);
}
