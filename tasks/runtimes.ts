import { ARCHES, isArchName } from '../natmod-rules/arch/index.ts';
import { splitWords } from '../natmod-rules/compile/index.ts';
import { fail } from '../natmod-rules/problem.ts';
import { firmwareBoards } from './bootstrap/firmware.mjs';
import { rootNames, rootOfArch } from './bootstrap/runtimes.mjs';
import type { Context } from './building/context.ts';
import type { Options } from './options/options.ts';
import { type Report, TaskFailure } from './report/report.ts';
import { findPlace, firmwarePlace, type NoPlace, type Place, programPlace } from './run/places.ts';
import { provideThing, removeThing, type Thing, thingsForAll } from './run/things.ts';
import { anywhere, isPortName, noteUserRuntime, readUserRuntimes } from './run/user-runtimes.ts';

/** `gulp runtimes`: lists where modules run; `--add` gets what is missing, `--remove` removes it. */
export async function runtimes({ add, remove, cwd }: Options, { report }: Context): Promise<void> {
  for (const name of remove.flatMap(splitNames)) await removeOne(name, report);
  const failures: string[] = [];
  for (const name of add.flatMap(splitNames)) {
    const failure = await addOne(name, cwd, report);
    if (failure !== undefined) failures.push(failure);
  }
  if (add.length + remove.length === 0) report.show(listing());
  for (const failure of failures) report.status('doubtful', 'not to be had', failure);
  if (failures.length > 0) throw new TaskFailure('not all could be added');
}

/** Commas part names, but a command may have them too. */
function splitNames(text: string): string[] {
  return text.includes('=') ? [text] : text.split(',').map((name) => name.trim());
}

/** What a name stands for: a root, a board, all that an architecture can run on, or `firmware` for all boards. */
function thingsNamed(name: string): Thing[] {
  if (name === 'all') return thingsForAll();
  if (name === 'xtensa' || name === 'xtensawin') return [{ kind: 'core', name }];
  const boards = firmwareBoards();
  const root = rootNames().find((one) => one === name);
  if (root !== undefined && !isArchName(name)) return [{ kind: 'root', name: root }];
  const matching = boards.filter((board) => name === 'firmware' || board.name === name || board.arches.includes(name));
  const ownRoot = rootOfArch(name);
  const things: Thing[] = [
    ...(ownRoot === undefined ? [] : [{ kind: 'root', name: ownRoot } as const]),
    ...matching.map((board) => ({ kind: 'board', name: board.name }) as const),
  ];
  if (things.length > 0) return things;
  const known = ['all', ...rootNames(), ...boards.map((board) => board.name), 'firmware'];
  const hint = `names are those of architectures, ${known.join(', ')}; ARCH=COMMAND notes a command of your own`;
  return fail('unknown-runtime', `unknown runtime '${name}'`, undefined, hint);
}

/** @returns why one could not be had */
async function addOne(name: string, cwd: string, report: Report): Promise<string | undefined> {
  const command = /^([^=]+)=(.*)$/s.exec(name);
  if (command !== null) {
    await addCommand(command[1]!, command[2]!, cwd, report);
    return undefined;
  }
  const failures: string[] = [];
  const things = thingsNamed(name);
  for (const thing of things) {
    try {
      const isNew = await provideThing(thing);
      report.status('good', isNew ? 'ready' : 'already there', thing.name);
    } catch (error) {
      if ((error as Error).name !== 'SetupError') throw error;
      failures.push(`${thing.name}: ${(error as Error).message}`);
    }
  }
  return failures.length === 0 ? undefined : failures.join('\n');
}

async function addCommand(arch: string, command: string, cwd: string, report: Report): Promise<void> {
  if (!isArchName(arch)) fail('unknown-arch', `unknown architecture '${arch}'`, undefined, '--add ARCH=COMMAND');
  const words = splitWords(command, `--add ${arch}`);
  if (words.length === 0) fail('bad-option', `the command for ${arch} is empty`);
  const noted = anywhere(words, cwd);
  await noteUserRuntime(arch, noted);
  report.status('good', 'noted', `${arch} modules run on ${noted.join(' ')}`);
}

async function removeOne(name: string, report: Report): Promise<void> {
  const forgotten = isArchName(name) && (await noteUserRuntime(name, undefined));
  if (forgotten) return report.status('good', 'removed', `the command for ${name}`);
  const removed = thingsNamed(name).filter(removeThing);
  if (removed.length === 0) return report.note(`nothing to remove for ${name}`);
  return report.status('good', 'removed', removed.map((thing) => thing.name).join(', '));
}

/** A line per architecture: where its modules run, and what else there is or could be. */
function listing(): string {
  const own = readUserRuntimes();
  const lines = ARCHES.map(({ name }) => {
    const place = findPlace(name);
    const first = `  ${name.padEnd(10)} ${describe(place, own[name])}`;
    const others = [programPlace(name), firmwarePlace(name)]
      .filter(
        (other) => !('missing' in other) && !('missing' in place && place.missing) && other.name !== nameOf(place),
      )
      .map((other) => `  ${''.padEnd(10)} also ${describe(other)}`);
    return [first, ...others].join('\n');
  });
  const hint =
    'gulp runtimes --add ARCH gets one, --add all one for each; --add ARCH=COMMAND notes a command that speaks raw REPL';
  return `Where modules run\n${lines.join('\n')}\n${hint}\n`;
}

function nameOf(place: Place | NoPlace): string {
  return 'missing' in place ? '' : place.name;
}

function describe(place: Place | NoPlace, own?: readonly string[]): string {
  if ('missing' in place) return `nowhere: ${place.missing}`;
  if (place.kind === 'program') return [place.name, place.command, ...place.args.slice(-1)].join('  ');
  if (own === undefined) return place.name;
  return `${isPortName(own[0] ?? '') ? 'port' : 'command'}  ${own.join(' ')}`;
}
