/** Random edits: what people, editors and version control do to a project between two builds. */
import { isLauncher, launcher } from './launcher.ts';
import { type LibraryMaker, SEARCHED_FOLDERS } from './library.ts';
import type { Random } from './random.ts';
import type { Entry, Operation, Settings, State } from './state.ts';

/** What an edit may look at. */
export interface EditPlace {
  readonly state: State;
  /** Earlier moments in which the project could be built, the oldest first. */
  readonly history: readonly State[];
  readonly random: Random;
  readonly libraries: LibraryMaker;
}

type Edit = (place: EditPlace) => readonly Operation[] | undefined;

// What rules of the Makefile's own read goes by time in every make, so nothing but later times happens to it.
const BY_TIME = /^m\/(?:gen\.txt|own\.[ch]|Makefile)$/;
const NUMBER = /\b[1-9]\d\d\b/g;
const HEADER = /\.(?:h|hpp|inc)$/;

const edits: Readonly<Record<string, readonly [weight: number, edit: Edit]>> = {
  number: [10, (place) => changeNumber(place, {})],
  sameTime: [5, (place) => changeNumber(place, { time: 'kept' })],
  sameTimeInPlace: [3, (place) => changeNumber(place, { time: 'kept', inPlace: true })],
  inPlace: [4, (place) => changeNumber(place, { inPlace: true })],
  comment: [3, addComment],
  touch: [3, ({ state, random }) => one(random, texts(state), (path) => [{ op: 'touch', path }])],
  remove: [2, ({ state, random }) => one(random, steady(state), (path) => [{ op: 'remove', path }])],
  rename: [2, rename],
  revert: [6, revert],
  revertOne: [4, revertOne],
  flag: [5, flag],
  arch: [2, arch],
  environment: [4, environment],
  path: [4, ({ state, random }) => set(state, { path: random.pick(PATHS) })],
  named: [2, named],
  upgrade: [4, upgrade],
  library: [5, library],
  relink: [4, relink],
  makeLink: [2, makeLink],
  folderAgain: [4, folderAgain],
  folderMoved: [1, folderMoved],
  shadow: [7, shadow],
  appear: [5, appear],
  clean: [1, () => [{ op: 'clean' }]],
};

const bag = Object.values(edits).flatMap(([weight, edit]) => Array.from({ length: weight }, () => edit));

/** One edit, which may take more than one operation. */
export function randomEdit(place: EditPlace): readonly Operation[] {
  for (;;) {
    const operations = place.random.pick(bag)(place);
    if (operations !== undefined && operations.length > 0) return operations;
  }
}

/** Puts back how all files were at an earlier moment, and how builds were asked for then. */
export function backTo(state: State, wanted: State): Operation[] {
  return [...filesBack(state, wanted), ...set(state, wanted.settings)];
}

function filesBack(state: State, { files: wanted }: State): Operation[] {
  const operations: Operation[] = [];
  for (const path of state.files.keys()) if (!wanted.has(path)) operations.push({ op: 'remove', path });
  for (const [path, entry] of wanted)
    if (!isSame(state.files.get(path), entry)) operations.push({ op: 'write', path, entry });
  return operations;
}

function texts({ files }: State): string[] {
  const isText = ([path, entry]: [string, Entry]) => 'text' in entry && !/\.(?:a|o)$/.test(path) && !isLauncher(entry);
  return [...files].filter(isText).map(([path]) => path);
}

/** Files that need not have later times only. */
function steady(state: State): string[] {
  return texts(state).filter((path) => !BY_TIME.test(path));
}

function changeNumber(
  { state, random }: EditPlace,
  how: { readonly time?: 'kept'; readonly inPlace?: boolean },
): readonly Operation[] | undefined {
  const candidates = (how.time === 'kept' ? steady(state) : texts(state)).filter((path) =>
    /\b[1-9]\d\d\b/.test(textOf(state, path)),
  );
  return one(random, candidates, (path) => {
    const places = [...textOf(state, path).matchAll(NUMBER)];
    const { index } = random.pick(places);
    const old = textOf(state, path);
    const text = `${old.slice(0, index)}${100 + random.below(900)}${old.slice(index + 3)}`;
    return [{ op: 'write', path, entry: { ...state.files.get(path)!, text }, ...how }];
  });
}

/** A change that changes no byte of what is made. */
function addComment({ state, random }: EditPlace): readonly Operation[] | undefined {
  const candidates = texts(state).filter((path) => /\.(?:c|h|hpp|cpp)$/.test(path));
  return one(random, candidates, (path) => {
    const text = `${textOf(state, path)}/* comment */\n`;
    return [{ op: 'write', path, entry: { text } }];
  });
}

function rename({ state, random }: EditPlace): readonly Operation[] | undefined {
  return one(random, steady(state), (from) => {
    const to = from.replace(/([^/]+)$/, (name) => random.pick([`old-${name}`, `../${name}`, `two/${name}`]));
    const clean = to.replace(/[^/]+\/\.\.\//, '');
    return state.files.has(clean) ? [] : [{ op: 'rename', from, to: clean }];
  });
}

function revert({ state, history, random }: EditPlace): readonly Operation[] | undefined {
  return history.length === 0 ? undefined : filesBack(state, random.pick(history));
}

function revertOne({ state, history, random }: EditPlace): readonly Operation[] | undefined {
  return history.length === 0 ? undefined : filesBack(state, random.pick(history)).slice(0, 1);
}

function flag({ state, random }: EditPlace): readonly Operation[] | undefined {
  // Both may be there at once, and a macro that is defined twice is an error.
  const words = `-UX1 -DX1=${100 + random.below(900)}`;
  if (random.oneIn(2)) return set(state, { words: random.pick([[], [`CFLAGS_EXTRA=${words}`]]) });
  const text = textOf(state, 'm/Makefile');
  const without = text.replace(/^CFLAGS \+= -UX1 -DX1=\d+\n/m, '');
  const line = `CFLAGS += ${words}\n`;
  const changed = random.oneIn(4) ? without : without.replace(/^include \$/m, `${line}include $`);
  return changed === text ? undefined : [{ op: 'write', path: 'm/Makefile', entry: { text: changed } }];
}

function arch({ state }: EditPlace): readonly Operation[] | undefined {
  // A library is for one architecture.
  if (libraryIn(state) !== undefined) return undefined;
  return set(state, { arch: state.settings.arch === 'x64' ? 'armv7m' : 'x64', cc: undefined });
}

function environment({ state, random }: EditPlace): readonly Operation[] | undefined {
  const { env } = state.settings;
  return one(random, Object.keys(env), (name) => {
    const old = env[name]!;
    if (name === 'WHO') return set(state, { env: { ...env, WHO: old === 'EXTRA' ? 'OTHER' : 'EXTRA' } });
    if (/\d{3}/.test(old))
      return set(state, { env: { ...env, [name]: old.replace(/\d{3}/, `${100 + random.below(900)}`) } });
    return set(state, { env: { ...env, [name]: old.split(':').reverse().join(':') } });
  });
}

const PATHS = [
  [],
  [],
  ['tools/b1'],
  ['tools/b1'],
  ['tools/b2'],
  ['tools/b2', 'tools/b1'],
  ['tools/b1', 'tools/b2'],
  ['tools/b3', 'tools/b1'],
];

function named({ state }: EditPlace): readonly Operation[] {
  const { cc, arch: name } = state.settings;
  const program = name === 'x64' ? 'x86_64-linux-gnu-gcc' : 'arm-none-eabi-gcc';
  return set(state, { cc: cc === undefined ? `../tools/named/${program}.sh` : undefined });
}

/** Another version of a compiler in the place of the old one. */
function upgrade({ state, random }: EditPlace): readonly Operation[] | undefined {
  const candidates = [...state.files].filter(([, entry]) => isLauncher(entry)).map(([path]) => path);
  const time = random.oneIn(2) ? ({ time: 'kept' } as const) : {};
  return one(random, candidates, (path) => [{ op: 'write', path, entry: launcher(100 + random.below(900)), ...time }]);
}

function library({ state, random, libraries }: EditPlace): readonly Operation[] | undefined {
  const kind = libraryIn(state);
  if (kind === undefined) return undefined;
  const folder = random.pick(SEARCHED_FOLDERS);
  // Another one may take its place then.
  if (state.files.has(`${folder}/libx.a`) && random.oneIn(2)) return [{ op: 'remove', path: `${folder}/libx.a` }];
  const files = libraries.files(state.settings.arch, kind, 100 + random.below(900), folder);
  const time = random.oneIn(2) ? ({ time: 'kept' } as const) : {};
  return Object.entries(files)
    .filter(([path, entry]) => !isSame(state.files.get(path), entry))
    .map(([path, entry]) => ({ op: 'write', path, entry, ...time }));
}

/** The kind of library that a project has. */
function libraryIn({ files }: State): string | undefined {
  if (SEARCHED_FOLDERS.some((folder) => files.has(`${folder}/libx.a`))) return 'searched';
  if (!files.has('m/lib/libx.a')) return undefined;
  return files.has('m/lib/x.o') ? 'thin' : files.has('m/lib/libreal.a') ? 'script' : 'plain';
}

/** A link leads elsewhere. */
function relink({ state, random }: EditPlace): readonly Operation[] | undefined {
  const links = [...state.files].filter(([, entry]) => 'link' in entry);
  return one(random, links, ([path, entry]) => {
    const { link } = entry as { link: string };
    const other = link.includes('v1') ? link.replace('v1', 'v2') : link.replace('v2', 'v1');
    return other === link ? [] : [{ op: 'write', path, entry: { link: other } }];
  });
}

/** A header becomes a link to a file elsewhere that was copied from it. */
function makeLink({ state, random }: EditPlace): readonly Operation[] | undefined {
  const headers = steady(state).filter((path) => HEADER.test(path) && path.split('/').length === 2);
  return one(random, headers, (path) => {
    const name = path.split('/').at(-1)!;
    const text = textOf(state, path).replace(NUMBER, () => `${100 + random.below(900)}`);
    return [
      { op: 'write', path: `elsewhere/${name}`, entry: { text } },
      { op: 'write', path, entry: { link: `../elsewhere/${name}` } },
    ];
  });
}

/**
 * As a change of branches does it: the folder goes, another of the same name comes, often with the same inode number.
 */
function folderAgain(place: EditPlace): readonly Operation[] | undefined {
  const { state, random } = place;
  return one(random, folders(state), (path) => {
    const again: Operation = { op: 'again', path };
    if (random.oneIn(2)) return [again];
    const inside = [...state.files].filter(([file]) => file.startsWith(`${path}/`));
    const inner: State = { files: new Map(inside), settings: state.settings };
    return [again, ...(changeNumber({ ...place, state: inner }, {}) ?? [])];
  });
}

function folderMoved({ state, random }: EditPlace): readonly Operation[] | undefined {
  return one(random, folders(state), (from) => {
    const to = from.endsWith('-away') ? from.slice(0, -5) : `${from}-away`;
    return [...state.files.keys()].some((path) => path.startsWith(`${to}/`)) ? [] : [{ op: 'rename', from, to }];
  });
}

/** A file appears that is found before one that was used. */
function shadow({ state, random }: EditPlace): readonly Operation[] | undefined {
  const candidates = [...state.files.keys()].filter(
    (path) => /\.(?:h|hpp|inc|c|bin)$/.test(path) && !BY_TIME.test(path),
  );
  return one(random, candidates, (path) => {
    const name = path.split('/').at(-1)!;
    const folder = random.pick(['m', 'm/one', 'm/two', 'm/env2', 'm/opt', 'm/alt1', 'm/inc', 'shared', 'm/one/deep']);
    const there = `${folder}/${name}`;
    const entry = state.files.get(path)!;
    if (state.files.has(there) || !('text' in entry)) return [];
    const text = entry.text.replace(NUMBER, () => `${100 + random.below(900)}`);
    return [{ op: 'write', path: there, entry: { text } }];
  });
}

/** Files that the Makefile or a source looks for and does without. */
function appear({ state, random }: EditPlace): readonly Operation[] | undefined {
  const number = 100 + random.below(900);
  const program = state.settings.arch === 'x64' ? 'x86_64-linux-gnu-gcc' : 'arm-none-eabi-gcc';
  const wishes: readonly (readonly [path: string, text: string])[] = [
    ['m/opt/opt.h', `#define OPT ${number}\n`],
    ['m/opt.mk', `CFLAGS += -DOPTMK=${number}\n`],
    [`m/w/${number}.x`, ''],
    [`m/src/more${number}.c`, `int more${number}(void) { return ${number}; }\n`],
    [`tools/b3/${program}`, `#!/bin/sh\nPATH=$REAL_PATH exec ${program} -DTOOL=${number} "$@"\n`],
    ['m/vars.mk', `CFLAGS += -DVARS=${number} -DMORE\n`],
  ];
  const [path, text] = random.pick(wishes);
  if (state.files.has(path)) return [{ op: 'remove', path }];
  return [{ op: 'write', path, entry: { text, ...(path.startsWith('tools/') ? { isProgram: true } : {}) } }];
}

function folders({ files }: State): string[] {
  const found = new Set<string>();
  for (const path of files.keys()) {
    const folder = path.split('/').slice(0, -1).join('/');
    if (folder !== 'm' && folder !== '' && !folder.startsWith('tools')) found.add(folder);
  }
  return [...found];
}

function set(state: State, change: Partial<Settings>): readonly Operation[] {
  const settings = { ...state.settings, ...change };
  return JSON.stringify(settings) === JSON.stringify(state.settings) ? [] : [{ op: 'settings', settings }];
}

function one<T>(
  random: Random,
  values: readonly T[],
  use: (value: T) => readonly Operation[],
): readonly Operation[] | undefined {
  return values.length === 0 ? undefined : use(random.pick(values));
}

function textOf({ files }: State, path: string): string {
  const entry = files.get(path);
  return entry !== undefined && 'text' in entry ? entry.text : '';
}

function isSame(a: Entry | undefined, b: Entry): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
