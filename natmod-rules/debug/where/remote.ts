/**
 * The protocol between gdb and a stub ("GDB Remote Serial Protocol", appendix E of gdb's manual), as far as one needs
 * it to find where a program has stopped: packets, and the registers of the CPUs that QEMU emulates.
 */
import { EM_386, EM_ARM, EM_RISCV, EM_X86_64 } from '../../elf/constants.ts';
import type { LoggedAddress, Role } from './crash-log.ts';
import type { LinkedFile } from './linked-file.ts';

/** A packet as it goes over the line. */
export function writePacket(text: string): string {
  let sum = 0;
  for (const c of text) sum = (sum + c.charCodeAt(0)) & 0xff;
  return `$${text}#${sum.toString(16).padStart(2, '0')}`;
}

/** Longest packet that is waited for; QEMU's have 4096 bytes. */
const LONGEST = 1 << 20;

/** Takes the first whole packet out of what has come; undefined while there is none. */
export function takePacket(received: string): { readonly packet: string; readonly rest: string } | undefined {
  const start = received.indexOf('$');
  const end = start < 0 ? -1 : received.indexOf('#', start);
  if (end < 0 || received.length < end + 3) {
    if (received.length > LONGEST) throw new Error('the stub sends no packets');
    return undefined;
  }
  return { packet: unescaped(received.slice(start + 1, end)), rest: received.slice(end + 3) };
}

function unescaped(text: string): string {
  return text.replaceAll(/\}([\s\S])/g, (_, c: string) => String.fromCharCode(c.charCodeAt(0) ^ 0x20));
}

/**
 * The signal of a stop reply, by gdb's numbers, which are those of Linux for the ones that crashes have; undefined for
 * others.
 */
export function stopSignal(packet: string): number | undefined {
  const digits = /^[TS]([0-9a-f]{2})/.exec(packet)?.[1];
  return digits === undefined ? undefined : Number.parseInt(digits, 16);
}

/** gdb's numbers of the signals that end a program which has gone wrong. */
export const CRASH_SIGNALS: Readonly<Record<number, string>> = {
  4: 'SIGILL',
  5: 'SIGTRAP',
  6: 'SIGABRT',
  8: 'SIGFPE',
  10: 'SIGBUS',
  11: 'SIGSEGV',
};

interface Registers {
  readonly names: readonly string[];
  readonly stack: string;
}

const numbered = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

/** In the order of the `g` packet: that of gdb's target descriptions. */
function registersFor({ machine, is64 }: Pick<LinkedFile, 'machine' | 'is64'>): Registers | undefined {
  const x64 = ['RAX', 'RBX', 'RCX', 'RDX', 'RSI', 'RDI', 'RBP', 'RSP', ...numbered('R', 16).slice(8), 'RIP'];
  if (machine === EM_X86_64 && is64) return { names: x64, stack: 'RSP' };
  const x86 = ['EAX', 'ECX', 'EDX', 'EBX', 'ESP', 'EBP', 'ESI', 'EDI', 'EIP'];
  if (machine === EM_386) return { names: x86, stack: 'ESP' };
  if (machine === EM_ARM) return { names: [...numbered('R', 13), 'SP', 'LR', 'PC'], stack: 'SP' };
  const riscv = ['X0', 'RA', 'SP', ...numbered('X', 32).slice(3), 'PC'];
  return machine === EM_RISCV ? { names: riscv, stack: 'SP' } : undefined;
}

const COUNTERS: ReadonlySet<string> = new Set(['RIP', 'EIP', 'PC']);

/** The registers of a stopped CPU. */
export interface StoppedAt {
  /** The program counter first, then the return address where a register has it, then the others. */
  readonly registers: readonly LoggedAddress[];
  readonly stackPointer: number;
}

/** Reads the answer to `g`; undefined when it is none, or of a CPU that is not known here. */
export function readRegisters(packet: string, file: Pick<LinkedFile, 'machine' | 'is64'>): StoppedAt | undefined {
  const known = registersFor(file);
  const size = file.is64 ? 8 : 4;
  if (known === undefined || packet.length < known.names.length * size * 2 || !/^[0-9a-fx]+$/.test(packet))
    return undefined;
  const bytes = Buffer.from(packet.slice(0, known.names.length * size * 2).replaceAll('x', '0'), 'hex');
  const values = known.names.map((_, i) =>
    size === 8 ? Number(bytes.readBigUInt64LE(i * 8)) : bytes.readUInt32LE(i * 4),
  );
  const registers = known.names.map((name, i) => ({ name, value: values[i]!, role: roleOf(name) }));
  const rank = ({ role }: LoggedAddress) => ['fault', 'return', 'value'].indexOf(role);
  return {
    registers: registers.filter(({ value }) => value !== 0).sort((a, b) => rank(a) - rank(b)),
    stackPointer: values[known.names.indexOf(known.stack)]!,
  };
}

function roleOf(name: string): Role {
  if (COUNTERS.has(name)) return 'fault';
  return name === 'LR' || name === 'RA' ? 'return' : 'value';
}
