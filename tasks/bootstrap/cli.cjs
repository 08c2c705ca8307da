/**
 * Starts the command-line programs that stand alone. In a clone they are compiled first when a source has changed
 * since.
 */
const { loadProgram } = require('./code-cache.cjs');
const { freshProgram } = require('./compiled.cjs');
const { failUnlessFinished } = require('./unfinished.cjs');

/**
 * Which functions a program runs: for what it is asked, and which families, passes and libraries a link has.
 * @param {readonly string[]} args
 */
function wordOf(args) {
  const whole = args.find((word) => /^--(help|preprocess|merge|hexdump|disassemble)$/.test(word));
  if (whole !== undefined) return whole.slice(2);
  const arch = args[args.indexOf('--arch') + 1];
  const isSmall = process.env.MPY_OPTIMIZE !== undefined || args.some((word) => /^--(small$|optimize)/.test(word));
  const hasLibraries = args.some((word) => /^-(l|-libs)/.test(word));
  return [args.includes('--arch') ? arch : 'x64', isSmall ? 'small' : [], hasLibraries ? 'libraries' : []]
    .flat()
    .join('-');
}

/**
 * Runs a program with the command line of this process.
 * @param {'mpy-ld' | 'mpy-tool'} name
 */
function runCli(name) {
  const program = freshProgram(name);
  failUnlessFinished(name);
  loadProgram(program, wordOf(process.argv.slice(2)));
}

module.exports = { runCli };
