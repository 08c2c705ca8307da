/**
 * A reader that has gone, as in `natmod build | head -1`, is no reason to stop: what is printed after it goes nowhere.
 */
function letReadersGo() {
  for (const stream of [process.stdout, process.stderr]) {
    if (!stream.listeners('error').includes(passClosedPipe)) stream.on('error', passClosedPipe);
  }
}

/** @param {NodeJS.ErrnoException} error */
function passClosedPipe(error) {
  if (error.code !== 'EPIPE') throw error;
}

module.exports = { letReadersGo };
