/** The benchmarks: each prints rows of a table as soon as it is done. */

import { wholeBuilds } from './builds.mjs';
import { incrementalBuilds } from './incremental.mjs';
import { largeModules } from './large.mjs';
import { levels } from './levels.mjs';
import { linkSpeed } from './link.mjs';
import { remembered } from './remembered.mjs';
import { Table } from './rows.mjs';
import { scaling } from './scaling.mjs';
import { sizes } from './size.mjs';
import { startUp } from './start-up.mjs';

const ALL = {
  'start-up': startUp,
  link: linkSpeed,
  large: largeModules,
  builds: wholeBuilds,
  incremental: incrementalBuilds,
  remembered,
  scaling,
  size: sizes,
  levels,
};

const USAGE = `usage: npm run bench -- [--save FILE] [--compare FILE] [NAME...]

  --save FILE      keep the figures of this run as JSON
  --compare FILE   show the ratios of a run that was kept, of the same machine, beside those of this one
  NAME             of the benchmarks, which are all run when none is named: ${Object.keys(ALL).join(', ')}`;

/**
 * @param {readonly string[]} words the command line
 */
export async function bench(words) {
  /** @type {Record<string, string | undefined>} */
  const files = {};
  /** @type {string[]} */
  const names = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (word === '--help' || word === '-h') return console.log(USAGE);
    if (word === '--save' || word === '--compare') {
      i += 1;
      files[word] = words[i];
      if (words[i] === undefined) return refuse(`${word} wants a file`);
    } else names.push(word);
  }
  const known = /** @type {Record<string, (print: import('./rows.mjs').Print) => Promise<void>>} */ (ALL);
  const unknown = names.find((name) => !Object.hasOwn(known, name));
  if (unknown !== undefined) return refuse(`there is no benchmark '${unknown}'`);
  let table;
  try {
    table = new Table(files['--compare']);
  } catch (error) {
    return refuse(`--compare wants a file that --save wrote: ${/** @type {Error} */ (error).message}`);
  }
  for (const name of names.length === 0 ? Object.keys(ALL) : names) await known[name]?.(table.print);
  if (files['--save'] !== undefined) table.save(files['--save']);
}

/** @param {string} why */
function refuse(why) {
  console.error(`${why}\n\n${USAGE}`);
  process.exitCode = 1;
}
