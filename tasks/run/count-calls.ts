/** Calls on an emulated Xtensa core, with their instructions counted: there no MicroPython runs a script. */
import { readFile } from 'node:fs/promises';
import { basename, relative } from 'node:path';
import type { CountedBlock } from '../../natmod-rules/debug/profile/index.ts';
import { fail } from '../../natmod-rules/problem.ts';
import type { BuildSummary } from '../building/run-build.ts';
import type { Options } from '../options/options.ts';
import { type Report, TaskFailure } from '../report/report.ts';
import { type CallList, compareCalls, findCallLists, isCallList, readCallList } from './call-lists.ts';
import { type Counter, createCounter } from './counting.ts';
import { missingTools } from './load-xtensa.ts';
import { buildHarness, callOnXtensa, HARNESS_TOOLS, type Harness } from './xtensa.ts';
import type { Core } from './xtensa-cores.ts';

type Built = BuildSummary['built'];

/** A list of calls and the name of the module that it calls. */
interface Work {
  readonly module: string;
  readonly list: CallList;
}

/** What counts the same work with modules of now and of then. */
export interface CallCounter {
  /**
   * @param built the modules
   * @param words said behind what is told of each list
   * @throws NatmodError `harness-failed`, `harness-lacks`; TaskFailure when a call gives something else
   */
  count(built: Built, report: Report, words?: string): Promise<readonly CountedBlock[]>;
}

/**
 * @param built the modules of now, whose lists are taken where the user names none
 * @param folder for the program that loads modules, and for what QEMU writes
 * @throws NatmodError `cannot-count`, `no-script`, `bad-option`, `bad-calls`
 */
export async function callCounter(core: Core, built: Built, options: Options, folder: string): Promise<CallCounter> {
  const works = await worksOf(built, options);
  const tools = missingTools(core);
  if (tools !== undefined) {
    const message = `instructions of ${built[0]!.arch} cannot be counted here: ${tools.missing} not on PATH`;
    fail('cannot-count', message, undefined, tools.how);
  }
  const { words, counts } = await createCounter(HARNESS_TOOLS[1], folder);
  const harness: Harness = { ...(await buildHarness(folder, core)), options: words };
  return {
    async count(there, report, words = '') {
      const blocks: CountedBlock[] = [];
      for (const work of works) {
        // One that could not be built at another revision is told by whoever has built it.
        const one = there.find(({ name }) => name === work.module);
        if (one === undefined) continue;
        report.note(`running ${work.list.name} on an emulated ${core.name}, counting${words}`);
        for (const block of await countList(harness, one, work.list, counts, options.timeoutMs)) blocks.push(block);
      }
      return blocks;
    },
  };
}

async function countList(
  harness: Harness,
  { name, file }: Built[number],
  list: CallList,
  counts: Counter['counts'],
  timeoutMs: number,
): Promise<readonly CountedBlock[]> {
  const lines = await callOnXtensa(harness, await readFile(file), list.calls, timeoutMs);
  const wrong = compareCalls(list, lines);
  if (wrong !== undefined) throw new TaskFailure(`${name}: ${wrong}`);
  return (await counts()) ?? fail('nothing-counted', `${list.name}: QEMU has written no counts`);
}

async function worksOf(built: Built, options: Options): Promise<Work[]> {
  const { arch, name } = built[0]!;
  if (options.code !== undefined || options.scripts.length > 0 || options.on !== undefined) {
    const message = `no emulator runs MicroPython for ${arch}, so that no script can be counted`;
    fail('cannot-count', message, undefined, 'name a list of calls, FILE.calls.json; docs/profile.md says how');
  }
  const paths = options.files.filter(isCallList);
  if (paths.length > 0 && built.length > 1)
    fail('bad-option', 'a list of calls is for one module', undefined, 'choose it with --module NAME');
  const named = await Promise.all(paths.map(async (path) => ({ module: name, list: await readList(path, options) })));
  const own = paths.length > 0 ? [] : await Promise.all(built.map(ownWorks));
  const works = [...named, ...own.flat()];
  if (works.length > 0) return works;
  return fail('no-script', 'the module has no list of calls', undefined, 'name one, FILE.calls.json');
}

async function ownWorks({ name, plan }: Built[number]): Promise<Work[]> {
  return (await findCallLists(plan.module.dir)).map((list) => ({ module: name, list }));
}

async function readList(path: string, { cwd }: Options): Promise<CallList> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) =>
    fail('cannot-read', error.code === 'ENOENT' ? 'there is no such list' : `cannot be read: ${error.code}`, {
      file: relative(cwd, path),
    }),
  );
  return readCallList(basename(path), text);
}
