/**
 * Finds addresses in what boards and emulators print when code crashes: register dumps of Cortex-M (STM32 and QEMU
 * ports), ESP8266 and ESP32 ("Guru Meditation", with the backtrace), RISC-V (ESP32-C3 and others), and plain addresses.
 */

/** What an address is, which decides how it is looked up. */
export type Role =
  /** The instruction that did it. */
  | 'fault'
  /** The instruction behind a call. */
  | 'return'
  /** Any other register or word. */
  | 'value';

export interface LoggedAddress {
  /** As the log calls it: `PC`, `MEPC`, `backtrace 2`; empty for a plain address. */
  readonly name: string;
  readonly value: number;
  readonly role: Role;
}

const FAULT = /^(PC|R15|EIP|RIP|MEPC|SEPC|EPC|EPC1|PCURRENT)$/i;
const RETURN = /^(LR|R14|RA|X1|A0|RET)$/i;
/**
 * What looks like a register and holds no address of the module: status words, masks, fault addresses by themselves.
 */
const NO_ADDRESS =
  /^(x?PSR|PS|SAR|EXCCAUSE|MCAUSE|MSTATUS|SCAUSE|HFSR|CFSR|DFSR|AFSR|EFLAGS|FLAGS|LCOUNT|MHARTID|CAUSE)$/i;

const BACKTRACE = /\bbacktrace:?\s*((?:0x[0-9a-f]+:0x[0-9a-f]+\s*)+)/i;
/** A name, and a number in hexadecimal behind a colon, an equals sign or blanks. */
const REGISTER = /\b([A-Za-z][A-Za-z0-9/]{0,8})\s*(?:[:=]\s*|\s)(?:0x)?([0-9a-f]{8}(?:[0-9a-f]{8})?)\b/gi;
const PLAIN = /\b0x([0-9a-f]{4,16})\b/gi;

/** How the dump of a crash begins: QEMU's ARM and RISC-V ports, stm32, ESP32 and ESP8266. */
const HEAD = String.raw`^(.{0,40} exception caught:|MACHINE EXCEPTION CAUGHT:|HardFault\b|Guru Meditation Error|Fatal exception \()`;
/** A script may print such words; a dump has registers behind them. */
const DUMP = new RegExp(`${HEAD}[^]{0,400}?\\b(R0|PC|RA|EPC1|MEPC)\\b *[:=]? *(0x)?[0-9a-f]{8}`, 'im');

/** Characters of output that a dump's beginning is looked for in. */
export const DUMP_BEGINNING = 600;

/** Whether a board has printed that it crashed. */
export function hasCrashDump(log: string): boolean {
  return DUMP.test(log);
}

/** What the dump is from on, if there is one. */
export function crashDump(log: string): string | undefined {
  const at = DUMP.exec(log)?.index;
  return at === undefined ? undefined : log.slice(at);
}

/** Longest line and most lines that are looked at: a log may be anything. */
const LONGEST_LINE = 4096;
const MOST_LINES = 200_000;

/** All addresses of a log, in its order; each value under a name once. */
export function readCrashLog(log: string): LoggedAddress[] {
  const found: LoggedAddress[] = [];
  const seen = new Set<string>();
  const add = (name: string, hex: string, role: Role) => {
    const value = Number.parseInt(hex, 16);
    const key = `${name} ${value}`;
    if (seen.has(key) || value === 0 || !Number.isSafeInteger(value)) return;
    seen.add(key);
    found.push({ name, value, role });
  };
  for (const line of log.split(/\r?\n/).slice(0, MOST_LINES)) readLine(line.slice(0, LONGEST_LINE), add);
  return found;
}

function readLine(line: string, add: (name: string, hex: string, role: Role) => void): void {
  // What natmod_where() has printed tells of the module, not of the crash.
  if (line.includes('natmod: ')) return;
  const backtrace = BACKTRACE.exec(line)?.[1];
  if (backtrace !== undefined) {
    const frames = backtrace.trim().split(/\s+/);
    for (const [i, frame] of frames.entries())
      add(`backtrace ${i}`, frame.split(':')[0]!, i === 0 ? 'fault' : 'return');
    return;
  }
  const registers = [...line.matchAll(REGISTER)];
  for (const [, name = '', hex = ''] of registers)
    if (!NO_ADDRESS.test(name)) add(name.toUpperCase(), hex, roleOf(name));
  if (registers.length > 0) return;
  for (const [, hex = ''] of line.matchAll(PLAIN)) add('', hex, 'value');
}

function roleOf(name: string): Role {
  return FAULT.test(name) ? 'fault' : RETURN.test(name) ? 'return' : 'value';
}
