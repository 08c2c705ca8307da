import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import {
  describePlaces,
  findLoadPlace,
  findPlaces,
  hasModuleCode,
  type LinkedFile,
  type LoadPlace,
  readCrashLog,
  readExportedFunctions,
  readLinkedFile,
} from '../natmod-rules/debug/where/index.ts';
import { fail } from '../natmod-rules/problem.ts';
import type { Context } from './building/context.ts';
import type { Options } from './options/options.ts';

/**
 * `natmod where`: reads what a board printed when it crashed, from a file or from standard input, and says which function and line
 * each address in the module is.
 * @throws NatmodError `no-elf`, `not-an-elf`, `cannot-read`, `bad-option`, `no-address`, `no-base`
 */
export async function where({ files, elf, base, cwd, outDir }: Options, { report }: Context): Promise<void> {
  const path = elf ?? findElf([cwd, outDir]);
  const file = readLinkedFile(await read(path), relative(cwd, path));
  const log = files[0] === undefined ? await readInput() : (await read(files[0])).toString('utf8');
  const addresses = readCrashLog(log);
  if (addresses.length === 0)
    fail('no-address', 'the log has no address', undefined, 'give the whole dump, with its registers');
  const place = base === undefined ? placeFromLog(file, log) : readBase(base);
  const places = findPlaces(file, place, addresses);
  if (place === undefined && !hasModuleCode(places)) {
    const hint =
      'say where it was loaded with --base ADDRESS, or call natmod_where(module) before the crash (docs/where.md)';
    fail('no-base', 'nobody knows where the module was loaded, and no address is one of the ELF file', undefined, hint);
  }
  for (const line of describePlaces(places)) report.show(`${line}\n`);
  if (!hasModuleCode(places))
    report.note('no address is in the module: the crash was somewhere else, or it is another build');
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
const DEPTH = 4;

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
