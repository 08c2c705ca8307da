/**
 * Packages of another Debian release or CPU, fetched with an apt of our own: its lists, caches and sources live in one
 * folder, it needs no root, and the system's apt never hears of it. apt checks the signature of the release and the
 * hash of every file as always. The place to fetch from is the one this machine already uses.
 */

import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolders } from './make-folders.cjs';
import { aptErrors } from './messages.mjs';
import { findOnPath, run } from './processes.mjs';
import { SetupError } from './report.mjs';

/** Names that a Debian release goes by in `Suites:`; other vendors on the machine use other names. */
const DEBIAN_SUITES = /^(stable|oldstable|testing|unstable|sid|buster|bullseye|bookworm|trixie|forky|duke)(-updates)?$/;

/**
 * @typedef {object} PrivateApt
 * @property {(packages: readonly string[], into: string) => Promise<void>} download puts .deb files into a folder
 * @property {(name: string, into: string) => Promise<void>} downloadSource puts the .dsc and its archives into a folder
 */

/**
 * Sets up such an apt and loads its package lists.
 * @param {string} folder an empty folder for its state
 * @param {{ suite: string, cpu?: string, sources?: boolean }} wanted `cpu` in Debian's spelling; `sources` for source
 *   packages
 * @returns {Promise<PrivateApt>}
 * @throws {SetupError} without apt, a Debian source on this machine, or the network
 */
export async function openPrivateApt(folder, { suite, cpu, sources = false }) {
  if (findOnPath('apt-get') === undefined) throw new SetupError('apt-get is not on this machine');
  const stanza = sourceStanza(readSystemSources(), suite, sources);
  if (stanza === undefined) {
    throw new SetupError(
      'no apt source of Debian is set up on this machine',
      'in CI, a container such as node:22-bookworm has one',
    );
  }
  for (const name of ['sources', 'lists/partial', 'cache/archives/partial']) makeFolders(join(folder, name));
  writeFileSync(join(folder, 'sources', 'debian.sources'), stanza);
  const options = {
    'Dir::Etc::sourcelist': '/dev/null',
    'Dir::Etc::sourceparts': join(folder, 'sources'),
    'Dir::Etc::preferences': '/dev/null',
    'Dir::Etc::preferencesparts': '/dev/null',
    'Dir::State::lists': join(folder, 'lists'),
    'Dir::State::status': '/dev/null',
    'Dir::Cache': join(folder, 'cache'),
    'Acquire::Languages': 'none',
    'Acquire::Retries': '3',
    'APT::Update::Error-Mode': 'any',
    ...(cpu === undefined ? {} : { 'APT::Architecture': cpu, 'APT::Architectures': cpu }),
  };
  const common = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  /** @param {readonly string[]} args @param {string} cwd */
  const apt = async (args, cwd) => {
    const result = await run('apt-get', [...common, '-q', ...args], { cwd, env: aptEnvironment(), timeoutMs: 600_000 });
    if (result.exitCode !== 0) throw new SetupError(`apt-get ${args.join(' ')} failed: ${aptReason(result.stderr)}`);
  };
  await apt(['update'], folder);
  return {
    download: (packages, into) => apt(['download', ...packages], into),
    downloadSource: (name, into) => apt(['source', '--download-only', name], into),
  };
}

/**
 * Gets packages and unpacks them, without running what belongs to them.
 * @param {string} into an existing folder; their files come below it as below the top of a system
 * @param {{ suite: string, cpu?: string }} wanted
 * @param {readonly string[]} packages
 * @returns {Promise<string[]>} names of the .deb files
 * @throws {SetupError}
 */
export async function unpackPackages(into, wanted, packages) {
  const downloads = join(into, '.apt');
  makeFolders(downloads);
  const apt = await openPrivateApt(downloads, wanted);
  await apt.download(packages, downloads);
  const names = readdirSync(downloads).filter((file) => file.endsWith('.deb'));
  for (const name of names) {
    const result = await run('dpkg-deb', ['--extract', join(downloads, name), into]);
    if (result.exitCode !== 0) throw new SetupError(`${name} cannot be unpacked: ${result.stderr.trim()}`);
  }
  rmSync(downloads, { recursive: true });
  return names;
}

/** The environment for apt and dpkg: no questions, messages in English. */
export function aptEnvironment() {
  return { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
}

/**
 * The lines of apt's own that say why it failed, at most three.
 * @param {string} stderr
 * @returns {string}
 */
export function aptReason(stderr) {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const errors = aptErrors(stderr);
  return (errors.length > 0 ? errors : lines.slice(-1)).slice(0, 3).join('; ') || 'it gave no reason';
}

/** @returns {{ name: string, text: string }[]} the files that tell this machine's apt where packages come from */
function readSystemSources() {
  const folder = '/etc/apt/sources.list.d';
  const files = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  return ['/etc/apt/sources.list', ...files.sort()]
    .filter((file) => /\.(list|sources)$/.test(file) && existsSync(file))
    .map((name) => ({ name, text: readFileSync(name, 'utf8') }));
}

/**
 * A stanza in apt's deb822 format (sources.list(5)) for another suite, from where this machine gets Debian.
 * @param {readonly { name: string, text: string }[]} files apt's source files, deb822 when the name ends in `.sources`
 * @param {string} suite such as `trixie`
 * @param {boolean} sources for source packages instead of binary ones
 * @returns {string | undefined} undefined when no file has an enabled Debian source
 */
export function sourceStanza(files, suite, sources) {
  for (const { name, text } of files) {
    const entries = name.endsWith('.sources') ? deb822Entries(text) : oneLineEntries(text);
    const debian = entries.find((entry) => entry.suites.some((word) => DEBIAN_SUITES.test(word)));
    if (debian === undefined) continue;
    const signedBy = debian.signedBy === undefined ? '' : `Signed-By: ${debian.signedBy}\n`;
    const types = sources ? 'deb-src' : 'deb';
    return `Types: ${types}\nURIs: ${debian.uris}\nSuites: ${suite}\nComponents: main\n${signedBy}`;
  }
  return undefined;
}

/**
 * @typedef {{ uris: string, suites: readonly string[], signedBy: string | undefined }} Entry
 * @param {string} text
 * @returns {Entry[]}
 */
function deb822Entries(text) {
  const stanzas = text.replaceAll(/^#.*\n?/gm, '').split(/\n\s*\n/);
  return stanzas.flatMap((stanza) => {
    /** @type {Map<string, string>} */
    const fields = new Map();
    for (const match of stanza.matchAll(/^([A-Za-z-]+):[ \t]*(.*(?:\n[ \t].*)*)/gm)) {
      fields.set((match[1] ?? '').toLowerCase(), match[2] ?? '');
    }
    const [types, uris, suites] = [fields.get('types'), fields.get('uris'), fields.get('suites')];
    if (types === undefined || uris === undefined || suites === undefined) return [];
    if (/^(no|false|0|off)$/i.test(fields.get('enabled') ?? '')) return [];
    return [{ uris, suites: suites.split(/\s+/), signedBy: fields.get('signed-by') }];
  });
}

/**
 * @param {string} text
 * @returns {Entry[]}
 */
function oneLineEntries(text) {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb(?:-src)?\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)/.exec(line);
    if (match === null) return [];
    const signedBy = /(?:^|\s)signed-by=(\S+)/i.exec(match[1] ?? '')?.[1];
    return [{ uris: match[2] ?? '', suites: [match[3] ?? ''], signedBy: signedBy?.replaceAll(',', ' ') }];
  });
}
