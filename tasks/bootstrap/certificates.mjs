/**
 * Forgets the certificates that the environment names for Node, in this process's children. Node reads them at every
 * start (0.08 s for those that a system trusts, four times what it needs for everything else), also where nothing is
 * asked of a server: it would be most of what a test or a timing of a short command measures. Only for work that
 * speaks with no server outside.
 */
export function startNodeWithoutCertificates() {
  if (process.env.NODE_EXTRA_CA_CERTS === undefined) return;
  process.env[KEPT] = process.env.NODE_EXTRA_CA_CERTS;
  delete process.env.NODE_EXTRA_CA_CERTS;
}

const KEPT = 'NATMOD_TEST_CA_CERTS';

/**
 * An environment in which Node has them again, for npm where it asks its registry.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {NodeJS.ProcessEnv}
 */
export function withCertificates(env = process.env) {
  return env[KEPT] === undefined ? env : { ...env, NODE_EXTRA_CA_CERTS: env[KEPT] };
}
