import { createHash } from 'node:crypto';
import { copyFile, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { readMpy, sizesOf } from '../natmod-rules/package/index.ts';
import { fail } from '../natmod-rules/problem.ts';
import {
  checksumFile,
  hexOf,
  mipPackage,
  PUBLISHED_MARK,
  type Published,
  sizeReadme,
} from '../natmod-rules/runtime/index.ts';
import { makeFolders } from './bootstrap/make-folders.cjs';
import { listItems } from './building/build-items.ts';
import type { Context } from './building/context.ts';
import { type BuildSummary, runBuild } from './building/run-build.ts';
import { allModules } from './modules/find.ts';
import type { Options } from './options/options.ts';
import { TaskFailure } from './report/report.ts';
import { cannotWrite, temporaryName } from './system/files.ts';
import { textIfThere } from './system/if-there.ts';
import { isInside } from './system/inside.ts';

/** `gulp package`: a folder to publish, with the modules of every architecture that can be built here. */
async function packageModules(options: Options, context: Context): Promise<void> {
  const wanted = { ...options, arches: options.arches ?? ('all' as const) };
  const { built, failed } = await runBuild(allModules(options), wanted, context);
  if (failed.length > 0) {
    throw new TaskFailure(`not built: ${listItems(failed)}`);
  }
  if (built.length === 0) throw new TaskFailure('nothing was built');
  const folder = publishFolder(built, options);
  await publish(built, folder, options.url);
  context.report.status('good', 'ready', `${folder}: ${built.length} ${built.length === 1 ? 'module' : 'modules'}`);
}

export { packageModules as package };

/**
 * `build/publish` for the examples or with `--out`; modules that are built where they are go to `publish` in the
 * caller's folder.
 */
function publishFolder(built: BuildSummary['built'], { outDir, outGiven, cwd }: Options): string {
  const areBelow = built.every(({ file }) => isInside(outDir, file));
  return areBelow || outGiven ? join(outDir, 'publish') : join(cwd, 'publish');
}

/**
 * Makes the folder anew: as a whole or not at all.
 * @param url where it will be published, without a slash at its end; files refer to each other relatively when left out
 * @throws NatmodError `cannot-write`, `not-ours` for a folder with other files, which would be lost
 */
export async function publish(built: BuildSummary['built'], folder: string, url?: string): Promise<void> {
  const foreign = await filesNotOurs(folder);
  if (foreign.length > 0) {
    const message = `this folder has ${foreign[0]}, which was not published from here, and would be replaced`;
    fail('not-ours', message, { file: folder }, 'move it away, or name another folder: --out DIR');
  }
  const temporary = temporaryName(folder);
  try {
    makeFolders(temporary);
    await fill(built, temporary, url);
    await rm(folder, { recursive: true, force: true });
    await rename(temporary, folder);
  } catch (error) {
    cannotWrite(folder, error);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

const CHECKSUMS = 'SHA256SUMS';

/**
 * What is in a folder that an earlier `package` did not put there: what its checksums do not list, and everything when
 * its README is not ours.
 */
async function filesNotOurs(folder: string): Promise<string[]> {
  // What is not there holds nothing of anybody's.
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  const sums = textIfThere(join(folder, CHECKSUMS));
  const readme = textIfThere(join(folder, 'README.md'));
  const isOurs = readme.includes(PUBLISHED_MARK);
  const listed = new Set(sums.split('\n').map((line) => line.replace(/^[0-9a-f]{64} [ *]/, '')));
  return files
    .map((path) => relative(folder, path).split(sep).join('/'))
    .filter((name) => !isOurs || (name !== CHECKSUMS && !listed.has(name)))
    .sort();
}

async function fill(built: BuildSummary['built'], folder: string, url: string | undefined): Promise<void> {
  const published = await Promise.all(built.map(describe));
  for (const [index, one] of published.entries()) {
    const path = join(folder, one.path);
    makeFolders(dirname(path));
    await copyFile(built[index]!.file, path);
  }
  const texts = new Map<string, string>();
  for (const arch of new Set(published.map((one) => one.arch))) {
    const own = published.filter((one) => one.arch === arch);
    texts.set(`${arch}/package.json`, mipPackage(own, url));
    // A module called `package` would take the name of the file for all.
    for (const one of own)
      if (one.module !== 'package') texts.set(`${arch}/${one.module}.json`, mipPackage([one], url));
  }
  texts.set('README.md', sizeReadme(published, url));
  for (const [path, text] of texts) await writeFile(join(folder, path), text);
  const hashes = [...texts].map(([path, text]) => ({ path, sha256: sha256(Buffer.from(text)) }));
  await writeFile(join(folder, CHECKSUMS), checksumFile([...published, ...hashes]));
}

async function describe({ name: module, arch, file }: BuildSummary['built'][number]): Promise<Published> {
  const bytes = await readFile(file);
  const name = basename(file, '.mpy');
  const sizes = sizesOf(readMpy(bytes, file));
  return { name, module, arch, path: `${arch}/${name}.mpy`, sizes, sha256: sha256(bytes) };
}

function sha256(bytes: Uint8Array): string {
  return hexOf(createHash('sha256').update(bytes).digest());
}
