/** Where the loader of a program from kept code (`bootstrap/code-cache.cjs`) puts the import of its own. */
const LOADERS_OWN = Symbol.for('natmod import');

/**
 * `import()` of what is no part of natmod: packages, and modules that are made while it runs. Node refuses it to code
 * that was kept from an earlier start, so there the loader does it.
 */
export function importModule(name: string): Promise<unknown> {
  const own = (globalThis as { [LOADERS_OWN]?: (name: string) => Promise<unknown> })[LOADERS_OWN];
  return own === undefined ? import(name) : own(name);
}
