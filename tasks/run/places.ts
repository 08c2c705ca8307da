import type { ArchName } from '../../natmod-rules/arch/index.ts';
import { fail } from '../../natmod-rules/problem.ts';
import { openChild } from '../board/child.ts';
import type { Link } from '../board/link.ts';
import { openPort } from '../board/ports.ts';
import { findFirmware } from '../bootstrap/firmware.mjs';
import { findRuntime } from '../bootstrap/runtimes.mjs';
import { openCommand } from './command.ts';
import {
  isPortName,
  readUserRuntimes,
  runtimeOfEnvironment,
  type UserCommand,
  type UserCommands,
} from './user-runtimes.ts';

/** Somewhere a module of one architecture can run. */
export type Place =
  /** A MicroPython of an operating system: takes the name of a script as its argument. */
  | { readonly kind: 'program'; readonly name: string; readonly command: string; readonly args: readonly string[] }
  /** Speaks raw REPL. */
  | {
      readonly kind: 'board';
      readonly name: string;
      /** QEMU with its arguments, where it is firmware in an emulated machine: it is new at every start. */
      readonly emulator?: readonly string[];
      open(): Promise<Link>;
    };

export interface PlaceWishes {
  /** Commands of the user's that go before everything that is found. */
  readonly runtimes?: UserCommands;
  /** Only this kind: MicroPython of an operating system, or firmware in an emulated machine. */
  readonly on?: 'program' | 'firmware';
}

/** Why nothing runs modules of an architecture here, and what would. */
export interface NoPlace {
  readonly missing: string;
}

/** The best place for an architecture: what the user has set, then a program, then firmware in QEMU. Looks only. */
export function findPlace(arch: ArchName, { runtimes, on }: PlaceWishes = {}): Place | NoPlace {
  const own = on === undefined ? userCommand(arch, runtimes) : undefined;
  if (own !== undefined) return userPlace(own);
  const program = on === 'firmware' ? { missing: '' } : programPlace(arch);
  if (!('missing' in program)) return program;
  const firmware = on === 'program' ? { missing: '' } : firmwarePlace(arch);
  if (!('missing' in firmware)) return firmware;
  const reasons = [hasProgram(arch) ? program.missing : '', firmware.missing].filter((text) => text !== '');
  return { missing: reasons.join('; ') || program.missing };
}

/** @throws NatmodError `no-runtime` with what would provide one */
export function needPlace(arch: ArchName, wishes?: PlaceWishes): Place {
  const place = findPlace(arch, wishes);
  if (!('missing' in place)) return place;
  const variable = `NATMOD_MICROPYTHON_${arch.toUpperCase()}`;
  if (arch === 'xtensa' || arch === 'xtensawin') {
    const board = `run it on a board: --port auto; or set ${variable} to a command that speaks raw REPL`;
    const load = `; \`gulp test --arch ${arch}\` loads modules on an emulated core`;
    fail('no-runtime', `no emulator runs MicroPython for ${arch}`, undefined, `${board}${load}`);
  }
  const hint = `\`natmod runtimes --add ${arch}\` gets one; or set ${variable} to a command that speaks raw REPL`;
  return fail('no-runtime', `nothing runs ${arch} modules here: ${place.missing}`, undefined, hint);
}

/** Architectures that MicroPython of an operating system may exist for. */
function hasProgram(arch: ArchName): boolean {
  return /^(x|arm)/.test(arch) && !arch.startsWith('xtensa');
}

export function programPlace(arch: ArchName): Place | NoPlace {
  const found = findRuntime(arch);
  if ('missing' in found) return found;
  const emulator = /qemu-[^/\\]*$/.exec(found.command)?.[0];
  return { kind: 'program', name: emulator ?? 'host', command: found.command, args: found.args };
}

export function firmwarePlace(arch: ArchName): Place | NoPlace {
  const found = findFirmware(arch);
  if ('missing' in found) return found;
  const emulator = [found.command, ...found.args];
  return { kind: 'board', name: `firmware ${found.board}`, emulator, open: () => openChild(emulator) };
}

function userCommand(arch: ArchName, runtimes: UserCommands | undefined): UserCommand | undefined {
  const folder = process.env.INIT_CWD ?? process.cwd();
  const words = runtimeOfEnvironment(arch);
  if (words !== undefined) return { words, folder };
  const noted = runtimes?.[arch] ?? readUserRuntimes()[arch];
  return noted === undefined || 'words' in noted ? noted : { words: noted, folder };
}

function userPlace({ words, folder }: UserCommand): Place {
  const [first = ''] = words;
  if (words.length === 1 && isPortName(first)) return portPlace(first);
  return { kind: 'board', name: first, open: () => openCommand(words, folder) };
}

/** A board on a line. */
export function portPlace(name: string, options: { password?: string } = {}): Place {
  return { kind: 'board', name, open: () => openPort(name, options) };
}
