import { dirname, join, normalize } from 'node:path';
import test from 'ava';
import { sourcesIn, textOf } from './support/sources.ts';

const TOOLS = ['bench', 'random-builds', 'random-programs', 'outside-programs', 'try-windows'];

/**
 * The rooms of tasks/, each importing only from those before it. What stands in one line does not know of each other.
 */
const ROOMS = [
  ['natmod-rules'],
  ['bootstrap'],
  ['system'],
  ['report'],
  ['options'],
  ['make'],
  ['toolchain'],
  ['modules'],
  ['incremental'],
  ['stages', 'debug'],
  ['building'],
  ['board', 'revision'],
  ['run', 'sizes'],
  ['debugger'],
  ['init', 'cli'],
  ['public tasks'],
  ['bench', 'random-builds', 'random-programs', 'try-windows'],
  ['outside-programs'],
];

/** Scripts that are started by themselves and load the compiled project. */
const ENTRIES =
  /^tasks\/bootstrap\/(api|bench|random-builds|random-programs|outside-programs|docs|site|try-windows)\.mjs$/;

interface Arrow {
  readonly from: string;
  readonly to: string;
}

/** Everything that a source imports: statically, lazily, and as types. */
function importsOf(file: string): string[] {
  const text = textOf(file).replace(/\/\*\*[\s\S]*?\*\//g, '');
  return [...text.matchAll(/(?:\bfrom|\bimport|\brequire)\s*\(?\s*'([^']+)'/g)].map(([, name]) => name!);
}

function roomOf(file: string): string {
  const [top = '', room = ''] = file.split('/');
  if (top !== 'tasks') return top;
  // Our own tools are a file and a folder of one name.
  const tool = room.replace(/\.ts$/, '');
  if (TOOLS.includes(tool)) return tool;
  return /\./.test(room) ? 'public tasks' : room;
}

function levelOf(room: string): number {
  return ROOMS.findIndex((level) => level.includes(room));
}

function arrowsOf(file: string): Arrow[] {
  const to = importsOf(file).filter((name) => name.startsWith('.'));
  return to.map((name) => ({ from: file, to: normalize(join(dirname(file), name)) }));
}

test('imports in tasks/ go one way', (t) => {
  const arrows = sourcesIn('tasks').flatMap(arrowsOf);
  t.true(arrows.length > 500);
  const wrong = arrows.filter(({ from, to }) => {
    const [above, below] = [roomOf(from), roomOf(to)];
    if (above === below || ENTRIES.test(from) || to === 'gulpfile.ts') return false;
    return levelOf(above) <= levelOf(below) || levelOf(above) < 0 || levelOf(below) < 0;
  });
  t.deepEqual(
    wrong.map(({ from, to }) => `${from} imports ${to}`),
    [],
  );
});

test('natmod-rules imports nothing that touches files, processes or streams, and nothing of tasks', (t) => {
  const pure = new Set(['node:util', 'node:zlib', 'node:crypto', 'node:buffer']);
  const files = sourcesIn('natmod-rules');
  t.true(files.length > 100);
  const wrong = files.flatMap((file) =>
    importsOf(file)
      .filter((name) => {
        if (name.startsWith('.')) return !normalize(join(dirname(file), name)).startsWith('natmod-rules/');
        // One file reads the header and section table of ELF files, with its help.
        return !pure.has(name) && !(name === 'elfy' && file === 'natmod-rules/elf/section-table.ts');
      })
      .map((name) => `${file} imports ${name}`),
  );
  t.deepEqual(wrong, []);
});

test('only what prints for people or programs writes to standard output or standard error', (t) => {
  const printers = /^tasks\/(report|cli|bootstrap|bench)\/|^tasks\/toolchain\/mpy-cross-child\.mjs$/;
  const wrong = sourcesIn('tasks')
    .filter((file) => !printers.test(file))
    .filter((file) => /\bconsole\.|process\.std(out|err)\.write/.test(textOf(file)));
  t.deepEqual(wrong, []);
});

test('programs are started by system/ only, and by what has to run before anything is installed or compiled', (t) => {
  const starters =
    /^tasks\/system\/(spawned|programs|run-sync)\.ts$|^tasks\/(bootstrap|bench|try-windows)\/[^/]+\.[cm]js$/;
  const wrong = sourcesIn('tasks')
    .filter((file) => !starters.test(file))
    .filter((file) => importsOf(file).some((name) => /^(node:)?child_process$|^execa$/.test(name)));
  t.deepEqual(wrong, []);
});

test('the linker asks which family a CPU is of in families/ only', (t) => {
  const asks = /\bfamily\)? *[!=]==|case '(arm|riscv|x86|x64|xtensa)':|\bfamily as /;
  const files = sourcesIn('natmod-rules/link').filter((file) => !file.startsWith('natmod-rules/link/families/'));
  t.true(files.length > 50);
  t.deepEqual(
    files.filter((file) => asks.test(textOf(file))),
    // What a level means is known before there is anything to link.
    ['natmod-rules/link/shrink/levels.ts'],
  );
});
