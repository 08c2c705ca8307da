/**
 * `npm run try-install`: the package, as it would be published, in empty folders: with each Node that it is for, and
 * each package manager. In every one the command line builds a module, and so does a script that imports the package.
 * Words choose among them: `npm run try-install -- 24 pnpm`.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { npmCommand } from './dependencies.mjs';
import { makeFolders } from './make-folders.cjs';
import { packNatmod } from './pack-natmod.mjs';
import { run } from './processes.mjs';
import { runMain, SetupError, say } from './report.mjs';
import { formatTable } from './table.mjs';

const NODES = ['20', '22', '24', '26'];
const HOST = process.platform === 'win32' ? `win-${process.arch}` : `${process.platform}-${process.arch}`;
/** What installs a tarball, and what runs a command of an installed package. @type {Readonly<Record<string, { get?: string, add: string[], exec: string[] }>>} */
const MANAGERS = {
  npm: { add: ['npm', 'install', '--no-audit', '--no-fund'], exec: ['npx', 'natmod'] },
  pnpm: { get: 'pnpm@12.4.2', add: ['pnpm', 'add', '--allow-build=esbuild'], exec: ['pnpm', 'exec', 'natmod'] },
  yarn: { get: 'yarn@1.22.22', add: ['yarn', 'add', '--no-progress'], exec: ['yarn', '--silent', 'natmod'] },
  'npx alone': { add: [], exec: ['npx', '--yes', '--package', 'TARBALL', 'natmod'] },
};
const SCRIPT = `import { buildModules } from 'natmod';
await buildModules('.');
`;

await runMain(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'natmod-install-'));
  try {
    const tarball = await packNatmod(folder);
    say(`${tarball}: ${Math.round(statSync(tarball).size / 1000)} kB`);
    const rows = [];
    for (const node of wanted(NODES)) {
      for (const manager of wanted(Object.keys(MANAGERS))) {
        const outcome = await tryOne(folder, tarball, node, manager);
        say(`Node ${node}, ${manager}: ${outcome}`);
        rows.push([node, manager, outcome]);
      }
    }
    process.stdout.write(`\n${formatTable([['Node', 'by', 'outcome'], ...rows])}`);
    return rows.every(([, , outcome]) => outcome === 'works') ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Those that the command line names, or all. @param {readonly string[]} names */
function wanted(names) {
  const named = names.filter((name) => process.argv.includes(name));
  return named.length === 0 ? names : named;
}

/**
 * @param {string} folder
 * @param {string} tarball
 * @param {string} node
 * @param {string} manager
 * @returns {Promise<string>} `works`, or what failed
 */
async function tryOne(folder, tarball, node, manager) {
  const { get, add, exec } = MANAGERS[manager] ?? { add: [], exec: [] };
  const programs = [await installed(folder, `node-${HOST}@${node}`, 'bin')];
  if (get !== undefined) programs.push(await installed(folder, get, join('..', '.bin')));
  const env = { ...process.env, PATH: [...programs, process.env.PATH].join(delimiter), CI: 'true' };
  for (const name of Object.keys(env)) if (/^npm_/i.test(name)) delete (/** @type {NodeJS.ProcessEnv} */ (env)[name]);
  const empty = join(folder, `${node} ${manager}`);
  mkdirSync(empty);
  writeFileSync(join(empty, 'package.json'), '{ "private": true, "type": "module" }\n');
  /** @param {readonly string[]} words @param {string} [cwd] */
  const step = async (words, cwd = empty) => {
    const [command = '', ...args] = words.map((word) => (word === 'TARBALL' ? tarball : word));
    const { exitCode, stdout, stderr } = await run(command, args, { cwd, env, timeoutMs: 600_000 });
    return exitCode === 0
      ? undefined
      : `${words.join(' ')}: ${(stderr || stdout).trim().split('\n').slice(-3).join(' | ')}`;
  };
  const module = join(empty, 'mymodule');
  const steps = [
    () => (add.length === 0 ? undefined : step([...add, tarball])),
    () => step([...exec, 'init', 'mymodule']),
    // Of a module in a project of its own, the package above it is the one that counts.
    () => step([...exec, 'build', '--dir', 'mymodule', '--arch', 'x64']),
    () => (existsSync(join(module, 'mymodule.mpy')) ? undefined : 'no module was made'),
    () => {
      if (add.length === 0) return undefined;
      rmSync(join(module, 'mymodule.mpy'));
      writeFileSync(join(module, 'build.mjs'), SCRIPT);
      return step(['node', 'build.mjs'], module);
    },
    () => (existsSync(join(module, 'mymodule.mpy')) ? undefined : 'no module was made by the script'),
  ];
  for (const one of steps) {
    const failure = await one();
    if (failure !== undefined) return failure;
  }
  return 'works';
}

/**
 * Installs a package with programs, once for all.
 * @param {string} folder
 * @param {string} what name@version
 * @param {string} place of its programs, from the package's folder
 * @returns {Promise<string>} their folder
 */
async function installed(folder, what, place) {
  const home = join(folder, 'programs', what.replace('@', '-'));
  if (!existsSync(home)) {
    makeFolders(home);
    writeFileSync(join(home, 'package.json'), '{ "private": true }\n');
    const [npm, ...first] = npmCommand();
    const { exitCode, stderr } = await run(npm, [...first, 'install', '--no-audit', '--no-fund', what], { cwd: home });
    if (exitCode !== 0)
      throw new SetupError(`npm cannot install ${what}`, stderr.trim().split('\n').slice(-3).join('\n'));
  }
  return join(home, 'node_modules', what.replace(/@[^@]*$/, ''), place);
}
