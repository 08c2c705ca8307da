/** What apt, npm, git and ld.so print, as far as anything depends on it. */

/**
 * The errors of apt-get, with what could not be fetched.
 * @param {string} text
 */
export function aptErrors(text) {
  return text
    .split('\n')
    .filter((line) => /^(E|W: Failed)/.test(line))
    .map((line) => line.slice(3));
}

/**
 * Whether apt-get update could not fetch a list, which its exit status does not tell.
 * @param {string} text
 */
export function failsToFetch(text) {
  return /^[WE]: Failed to fetch/m.test(text);
}

/**
 * Whether npm did not reach its registry.
 * @param {string} text
 */
export function isUnreachable(text) {
  return /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT)\b/.test(text);
}

/**
 * Whether the disk is full.
 * @param {string} text
 */
export function isDiskFull(text) {
  return /\bENOSPC\b/.test(text);
}

/**
 * The lines in which git says why, and those of the end of a program that took too long.
 * @param {string} text
 */
export function gitReasons(text) {
  return text.split('\n').filter((line) => /^(fatal|error):|stopped by/.test(line));
}

/**
 * Whether patchelf was given what is no program.
 * @param {string} text
 */
export function isNoProgram(text) {
  return /not an ELF executable/.test(text);
}
