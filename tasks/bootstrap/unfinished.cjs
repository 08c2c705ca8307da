/** Node's own for a program that ends while it still waits for something: see its list of exit codes. */
const UNFINISHED = 13;

/**
 * Lets this process fail, with a word, unless an exit status is set before it ends: Node just ends, as if all were
 * well, when nothing is left that could wake a program that waits.
 * @param {string} name of the program
 */
function failUnlessFinished(name) {
  process.exitCode = UNFINISHED;
  process.once('exit', (status) => {
    if (status === UNFINISHED) process.stderr.write(`${name}: it ended before it was done, which is a bug of natmod\n`);
  });
}

module.exports = { failUnlessFinished };
