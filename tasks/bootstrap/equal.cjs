/**
 * Stands for Node's assert in elfy: to know whether a terminal has colors, that one opens standard error, for which it
 * loads all of Node's streams. That takes longer than a small module takes to link.
 */

/** @param {unknown} actual @param {unknown} expected */
function equal(actual, expected) {
  // biome-ignore lint/suspicious/noDoubleEquals: as assert.equal has it
  if (actual != expected) require('node:assert').equal(actual, expected);
}

module.exports = { equal };
