/** MicroPython's own firmware for the machines of QEMU: where it is, how it runs, and how to build it. */

import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { makeFolder, provideFolder, readStamp } from './folders.mjs';
import { cacheDir, projectDir } from './paths.cjs';
import { findOnPath, run } from './processes.mjs';
import { SetupError, say } from './report.mjs';
import { cachedTrees, findMicroPythonSource } from './sources.mjs';
import { installPackages } from './system-packages.mjs';

/**
 * @typedef {'MPS2_AN385' | 'MPS2_AN500' | 'VIRT_RV32' | 'VIRT_RV64'} BoardName
 * @typedef {object} FirmwareBoard
 * @property {readonly string[]} arches architectures whose modules it loads
 * @property {readonly string[]} machine QEMU's program and the arguments that choose the machine
 * @property {string} package Debian package of that program
 * @property {string} compiler
 * @property {readonly string[]} compilerPackages
 * @property {readonly string[]} [libraryFlags] flags by which the compiler finds its library where it has several
 * @typedef {{ board: BoardName, command: string, args: string[], version: string }} Firmware speaks raw REPL on its standard input and output
 */

/** Raised when firmware is built in another way than before. */
const RECIPE = 3;
const RISCV = {
  compiler: 'riscv64-unknown-elf-gcc',
  compilerPackages: ['gcc-riscv64-unknown-elf', 'picolibc-riscv64-unknown-elf'],
  package: 'qemu-system-misc',
};
const ARM = {
  compiler: 'arm-none-eabi-gcc',
  compilerPackages: ['gcc-arm-none-eabi', 'libnewlib-arm-none-eabi'],
  package: 'qemu-system-arm',
};

/** @type {Readonly<Record<BoardName, FirmwareBoard>>} */
const BOARDS = {
  MPS2_AN385: {
    ...ARM,
    arches: ['armv6m', 'armv7m'],
    machine: ['qemu-system-arm', '-machine', 'mps2-an385'],
  },
  MPS2_AN500: {
    ...ARM,
    arches: ['armv7emsp', 'armv7emdp'],
    machine: ['qemu-system-arm', '-machine', 'mps2-an500'],
  },
  VIRT_RV32: {
    ...RISCV,
    arches: ['rv32imc'],
    machine: ['qemu-system-riscv32', '-machine', 'virt', '-bios', 'none', '-cpu', 'rv32'],
    libraryFlags: ['-march=rv32imac', '-mabi=ilp32'],
  },
  VIRT_RV64: {
    ...RISCV,
    arches: ['rv64imc'],
    machine: ['qemu-system-riscv64', '-machine', 'virt', '-bios', 'none'],
    libraryFlags: ['-march=rv64imac', '-mabi=lp64'],
  },
};

/** @returns {{ name: BoardName, arches: readonly string[] }[]} every board there is */
export function firmwareBoards() {
  const names = /** @type {BoardName[]} */ (Object.keys(BOARDS));
  return names.map((name) => ({ name, arches: BOARDS[name].arches }));
}

/**
 * The boards that a source tree on this machine has.
 * @returns {BoardName[]}
 */
export function buildableBoards() {
  const boards = firmwareBoards().map(({ name }) => name);
  return boards.filter((name) => sourceTrees().some((tree) => hasBoard(tree.dir, name)));
}

/**
 * The firmware that loads modules of an architecture, if it was built and QEMU is there. Looks only.
 * @param {string} arch
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Firmware | { missing: string }}
 */
export function findFirmware(arch, env = process.env) {
  const board = firmwareBoards().find(({ arches }) => arches.includes(arch))?.name;
  if (board === undefined) return { missing: `QEMU has no machine that runs MicroPython for ${arch}` };
  const folder = firmwareFolder(board, env);
  const stamp = readStamp(folder, RECIPE);
  if (stamp === undefined)
    return { missing: `MicroPython's firmware ${board} is not built: gulp runtimes --add ${board}` };
  const [program = '', ...machine] = BOARDS[board].machine;
  const command = findOnPath(program, env);
  if (command === undefined) return { missing: `${program} is not on PATH (Debian package ${BOARDS[board].package})` };
  const quiet = ['-semihosting', '-nographic', '-monitor', 'none', '-serial', 'stdio'];
  const args = [...machine, ...quiet, '-kernel', join(folder, 'firmware.elf')];
  return { board, command, args, version: String(stamp.version) };
}

/** @param {BoardName} board @param {NodeJS.ProcessEnv} [env] */
function firmwareFolder(board, env = process.env) {
  return join(cacheDir(env), 'firmware', board);
}

/**
 * Builds the firmware of a board, unless it is there (about 15 s), from the newest source tree that has it.
 * @param {BoardName} board
 * @returns {Promise<boolean>} whether there was anything to do
 * @throws {SetupError} when it cannot be built
 */
export async function provideFirmware(board) {
  const target = firmwareFolder(board);
  await provideTools(BOARDS[board]);
  if (readStamp(target, RECIPE) !== undefined) return false;
  const tree = treeWith(board);
  makeFolder(join(cacheDir(), 'firmware'));
  return provideFolder(target, RECIPE, async (temporary) => {
    say(`building MicroPython ${tree.version} for ${board}`);
    const build = join(temporary, 'build');
    mkdirSync(build);
    await makeFirmware(board, tree.dir, build);
    renameSync(join(build, 'firmware.elf'), join(temporary, 'firmware.elf'));
    rmSync(build, { recursive: true });
    return { board, version: tree.version };
  });
}

/**
 * Removes the firmware of a board.
 * @param {BoardName} board
 * @returns {boolean} whether there was any
 */
export function removeFirmware(board) {
  const folder = firmwareFolder(board);
  if (!existsSync(folder)) return false;
  rmSync(folder, { recursive: true });
  return true;
}

/** @param {FirmwareBoard} board */
async function provideTools(board) {
  const wanted = [
    { program: board.machine[0] ?? '', packages: [board.package] },
    { program: board.compiler, packages: board.compilerPackages },
    { program: 'make', packages: ['make'] },
  ];
  const missing = wanted.filter(({ program }) => findOnPath(program) === undefined);
  if (missing.length === 0) return;
  const packages = missing.flatMap((one) => one.packages);
  const failure = await installPackages(packages);
  if (failure === undefined) return;
  throw new SetupError(`${missing.map(({ program }) => program).join(' and ')} not on PATH`, failure.missing);
}

/**
 * The tree of MPY_DIR, else the newest of the cache that knows the board.
 * @param {BoardName} board
 */
function treeWith(board) {
  const trees = sourceTrees();
  const tree = trees.find(({ dir }) => hasBoard(dir, board));
  if (tree !== undefined) return tree;
  if (trees[0] === undefined) throw new SetupError('there are no MicroPython sources', 'get them with `gulp sources`');
  const hint = 'name a newer MicroPython source tree (1.28 or later) by MPY_DIR in the environment';
  throw new SetupError(`MicroPython ${trees[0].version} in ${trees[0].dir} has no board ${board}`, hint);
}

/** @returns {import('./sources.mjs').SourceTree[]} */
function sourceTrees() {
  const given = findMicroPythonSource();
  return process.env.MPY_DIR && 'dir' in given ? [given] : cachedTrees().reverse();
}

/** @param {string} dir @param {BoardName} board */
function hasBoard(dir, board) {
  return existsSync(join(dir, 'ports', 'qemu', 'boards', board));
}

/**
 * Variables of make by which the firmware is linked with its libraries, and with what makes it sleep while it waits:
 * the linker calls that for `uart_rx_chr`. Some versions of MicroPython link by the compiler, others by the linker
 * itself.
 * @param {BoardName} board
 * @param {string} build
 */
async function linkedWith(board, build) {
  const { compiler, libraryFlags } = BOARDS[board];
  copyFileSync(join(projectDir(), 'tasks/bootstrap/firmware/wait.c'), join(build, 'wait.c'));
  const variables = ['WRAP_BY_CC=-Wl,--wrap=uart_rx_chr', 'WRAP_BY_LD=--wrap=uart_rx_chr'];
  const wait =
    '$(shell $(CC) $(CFLAGS) -c -o $(BUILD)/wait.o $(BUILD)/wait.c && echo $(BUILD)/wait.o) ' +
    '$(if $(findstring -Wl,$(LDFLAGS)),$(WRAP_BY_CC),$(WRAP_BY_LD))';
  if (libraryFlags === undefined)
    return [...variables, `LIBS=${wait} $(shell $(CC) $(CFLAGS) -print-libgcc-file-name)`];
  // Debian's compiler knows the library's variants under names without _zicsr, and would start them with a C library.
  const answer = await run(compiler, [...libraryFlags, '-print-libgcc-file-name'], { timeoutMs: 30_000 });
  return [...variables, `LIBS=-nostdlib ${wait} ${answer.stdout.trim()}`];
}

/**
 * @param {BoardName} board
 * @param {string} treeDir
 * @param {string} build
 */
async function makeFirmware(board, treeDir, build) {
  const args = ['-C', join(treeDir, 'ports', 'qemu'), `-j${cpus().length}`, `BOARD=${board}`, `BUILD=${build}`];
  // Frozen modules need submodules that Debian's tree lacks.
  args.push('FROZEN_MANIFEST=');
  // The usual 140 KiB leave no room for a module's test that compresses with the largest window.
  args.push(`MICROPY_HEAP_SIZE=${512 * 1024}`);
  args.push(...(await linkedWith(board, build)));
  const result = await run('make', [...args, join(build, 'firmware.elf')], { timeoutMs: 900_000 });
  if (result.exitCode === 0 && existsSync(join(build, 'firmware.elf'))) return;
  const lines = result.stderr.trim().split('\n').slice(-5).join('\n');
  throw new SetupError(`MicroPython for ${board} cannot be built from ${treeDir}`, lines);
}
