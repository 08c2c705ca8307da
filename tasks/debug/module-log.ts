/**
 * What `natmod where` and `natmod gdb` read: the ELF file of a module, and a log that tells where the module was
 * loaded.
 */
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { archByMpyNumber } from '../../natmod-rules/arch/index.ts';
import { buildId, nativeParts } from '../../natmod-rules/debug/index.ts';
import {
  findLoadPlace,
  type LinkedFile,
  type LoadPlace,
  readExportedFunctions,
  readLinkedFile,
} from '../../natmod-rules/debug/where/index.ts';
import { readMpyHeader } from '../../natmod-rules/package/index.ts';
import { fail, NatmodError } from '../../natmod-rules/problem.ts';
import type { Options } from '../options/options.ts';

export interface ModuleLog {
  /** Of the ELF file. */
  readonly path: string;
  readonly file: LinkedFile;
  /** Empty when there is none and `--base` tells the place. */
  readonly log: string;
  /** Undefined when neither the log nor `--base` says it. */
  readonly place: LoadPlace | undefined;
  /** Why less may be told than could be, or something wrong. */
  readonly doubts: readonly string[];
}

/** @throws NatmodError `no-elf`, `not-an-elf`, `other-build`, `cannot-read`, `bad-option` */
export async function readModuleLog({
  files,
  elf,
  base,
  cwd,
  outDir,
}: Pick<Options, 'files' | 'elf' | 'base' | 'cwd' | 'outDir'>): Promise<ModuleLog> {
  const { path, file, doubts } = await openElf({ elf, cwd, outDir, modules: files.filter(isModule) });
  const logs = files.filter((name) => !isModule(name) && name !== '-');
  const asked = base === undefined ? undefined : readBase(base);
  const isTerminal = logs[0] === undefined && process.stdin.isTTY === true && asked !== undefined;
  const log = isTerminal ? '' : logs[0] === undefined ? await readInput() : (await read(logs[0])).toString('utf8');
  return { path, file, log, place: asked ?? placeFromLog(file, log), doubts };
}

function isModule(name: string): boolean {
  return name.endsWith('.mpy');
}

/**
 * The ELF file that is named, or the only one there is.
 * @param modules .mpy files that it has to be of
 * @throws NatmodError `no-elf`, `not-an-elf`, `other-build`, `cannot-read`
 */
export async function openElf({
  elf,
  cwd,
  outDir,
  modules = [],
}: Pick<Options, 'elf' | 'cwd' | 'outDir'> & { readonly modules?: readonly string[] }): Promise<
  Pick<ModuleLog, 'path' | 'file' | 'doubts'>
> {
  const path = elf ?? findElf([cwd, outDir]);
  const file = readLinkedFile(await read(path), relative(cwd, path));
  for (const module of modules) checkBuild(file, path, await read(module), relative(cwd, module));
  if (file.symbols.length === 0) {
    const hint = '`natmod build --debug` makes one that has both';
    fail('stripped-elf', 'the ELF file was stripped: it has neither symbols nor lines', { file: path }, hint);
  }
  const hasLines = file.sections.some(({ name, bytes }) => name === '.debug_line' && bytes.length > 0);
  const name = relative(cwd, path);
  const noLines = `${name} has no lines that can be read: it was stripped of them, or compressed with something else than zlib, or compiled without -g`;
  const otherBuild = await otherBuildBeside(path, file, cwd);
  return { path, file, doubts: [...(hasLines ? [] : [noLines]), ...(otherBuild === undefined ? [] : [otherBuild])] };
}

/**
 * Compares the build ids of a module and an ELF file.
 * @param name of the module, for the message
 * @throws NatmodError `other-build`
 */
export function checkBuild(file: LinkedFile, path: string, mpy: Uint8Array, name: string): void {
  if (file.buildId === undefined) {
    const hint = 'an ELF file that was changed by other tools may have lost it; `natmod build --debug` makes a new one';
    fail('other-build', 'the ELF file has no build id, so nothing tells what module it is of', { file: path }, hint);
  }
  if (buildIdsOf(mpy, name).includes(file.buildId)) return;
  const hint = 'build the very module that is on the board with --debug, or name another file with --elf';
  fail('other-build', `${basename(path)} is of another build than ${name}`, undefined, hint);
}

function buildIdsOf(mpy: Uint8Array, name: string): string[] {
  return nativeParts(mpy, name).map(buildId);
}

/** A module that lies where a build puts it, and is of the same CPU, should be of the same build. */
async function otherBuildBeside(path: string, file: LinkedFile, cwd: string): Promise<string | undefined> {
  const module = join(dirname(path), '..', `${basename(path, '.elf')}.mpy`);
  // The ELF file may have been taken elsewhere, alone.
  const mpy = await readFile(module).catch(() => undefined);
  if (mpy === undefined || file.buildId === undefined) return undefined;
  try {
    const arch = archByMpyNumber(readMpyHeader(mpy, module).archNumber);
    if (arch?.elfMachine !== file.machine || (arch.wordSize === 8) !== file.is64) return undefined;
    if (buildIdsOf(mpy, module).includes(file.buildId)) return undefined;
    return `${relative(cwd, path)} is of another build than ${relative(cwd, module)}`;
  } catch (error) {
    if (error instanceof NatmodError) return undefined;
    throw error;
  }
}

function placeFromLog(file: LinkedFile, log: string): LoadPlace | undefined {
  const functions = readExportedFunctions(log);
  if (functions.length === 0) return undefined;
  const hint = 'build the very module that is on the board with --debug, or name another file with --elf';
  return (
    findLoadPlace(file, functions) ??
    fail('other-build', 'the ELF file is not of the module in the log: its functions lie elsewhere', undefined, hint)
  );
}

function readBase(text: string): LoadPlace {
  const [code, data, ...rest] = text.split(',').map((word) => word.trim());
  const isAddress = (word: string | undefined) => word === undefined || /^(0x)?[0-9a-f]{1,13}$/i.test(word);
  if (rest.length > 0 || code === undefined || !isAddress(code) || !isAddress(data))
    fail('bad-option', `--base '${text}' is no address`, undefined, 'for example --base 0x20001c40');
  const value = (word: string) => Number.parseInt(word.replace(/^0x/i, ''), 16);
  return data === undefined ? { text: value(code) } : { text: value(code), data: value(data) };
}

/** Folders deep; how far from where one stands a build may be. */
const DEPTH = 5;

function findElf(folders: readonly string[]): string {
  const found = [...new Set(folders.flatMap((folder) => elfsBelow(folder, DEPTH)))];
  const [only, ...others] = found;
  const make = '`gulp build --debug` makes one';
  if (only === undefined)
    return fail('no-elf', 'there is no ELF file of a module here', undefined, `${make}; or name it with --elf FILE`);
  if (others.length === 0) return only;
  const names = found.slice(0, 6).join(', ');
  return fail('no-elf', `there are several ELF files: ${names}`, undefined, 'name one of them with --elf FILE');
}

function elfsBelow(folder: string, depth: number): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isFile()) return entry.name.endsWith('.elf') ? [path] : [];
      const isSkipped = entry.name.startsWith('.') || entry.name === 'node_modules';
      return entry.isDirectory() && depth > 1 && !isSkipped ? elfsBelow(path, depth - 1) : [];
    });
  } catch {
    // A folder of somebody else's has no ELF file of a build here.
    return [];
  }
}

async function read(file: string): Promise<Buffer> {
  return readFile(file).catch((error: NodeJS.ErrnoException) =>
    fail('cannot-read', error.code === 'ENOENT' ? 'there is no such file' : `cannot be read: ${error.code}`, { file }),
  );
}

/** Bytes of a log. */
const LARGEST_LOG = 16 * 1024 * 1024;

async function readInput(): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of process.stdin) {
    size += (part as Buffer).length;
    if (size > LARGEST_LOG) fail('cannot-read', 'the log on standard input is larger than 16 MiB');
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts).toString('utf8');
}
