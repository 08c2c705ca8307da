/**
 * Stands for execa in our compiled programs: most starts have no use for it, and it would be a fifth of what each of
 * them reads.
 */
const { join } = require('node:path');
const { loadProgram } = require('./code-cache.cjs');

module.exports = loadProgram(join(__dirname, 'execa.js'));
