/**
 * Node's V8 has options of hundreds of names, some of which are also ours (`--trace`, `--log`). gulp starts Node once
 * more with all that it finds on the command line, and leaves a word of its own behind.
 */

/** No option of V8's begins like this. */
const HIDDEN = '--natmod:';
const RESPAWNED = '--no-respawning';

/**
 * Hides our options from gulp, which reads the command line of this process, until they are shown again.
 * @param {readonly string[]} names of our options, without dashes
 */
function hideOptions(names) {
  const ours = new Set(names.flatMap((name) => [`--${name}`, `--no-${name}`]));
  process.argv = process.argv.map((word) => (ours.has(word.split('=')[0] ?? '') ? HIDDEN + word.slice(2) : word));
}

/** Shows them, also in a process that gulp has started. */
function showOptions() {
  process.argv = process.argv
    .filter((word) => word !== RESPAWNED)
    .map((word) => (word.startsWith(HIDDEN) ? `--${word.slice(HIDDEN.length)}` : word));
}

module.exports = { hideOptions, showOptions };
