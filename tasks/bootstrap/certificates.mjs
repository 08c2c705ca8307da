/**
 * Forgets the certificates that the environment names for Node, in this process's children. Node reads them at every
 * start (0.08 s for those that a system trusts, four times what it needs for everything else), also where nothing is
 * asked of a server: it would be most of what a test or a timing of a short command measures. Only for work that
 * speaks with no server outside.
 */
export function startNodeWithoutCertificates() {
  delete process.env.NODE_EXTRA_CA_CERTS;
}
