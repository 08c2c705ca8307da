/** Parts of gulp that most runs never use. */
import { createRequire, Module } from 'node:module';

/**
 * Lets a CommonJS package be loaded when it is first called, not when it is first required: gulp's files and watchers
 * take a fifth of the time of a small build that has no use for them. Where it is loaded already, or not to be found,
 * nothing changes.
 * @param {NodeJS.Require} require of the module that will require it
 * @param {string} name of the package
 * @param {readonly string[]} members functions that it exports; without any the package is a function itself
 */
export function loadLater(require, name, members = []) {
  let path;
  try {
    path = require.resolve(name);
  } catch {
    // Another gulp may have other parts, and requires them as ever.
    return;
  }
  if (require.cache[path] !== undefined) return;
  /** @type {any} */
  let loaded;
  const load = () => {
    if (loaded === undefined) {
      if (require.cache[path] === standIn) delete require.cache[path];
      loaded = require(path);
    }
    return loaded;
  };
  /** @param {string} member @returns {(this: unknown, ...args: unknown[]) => unknown} */
  const later = (member) =>
    function (...args) {
      return load()[member].apply(this, args);
    };
  const exports =
    members.length === 0
      ? (/** @type {unknown[]} */ ...args) => load()(...args)
      : Object.fromEntries(members.map((member) => [member, later(member)]));
  const standIn = new Module(path);
  Object.assign(standIn, { exports, loaded: true });
  require.cache[path] = standIn;
}

/** @returns {typeof import('gulp')} gulp, whose files and watchers are loaded when they are called */
export function loadGulp() {
  const require = createRequire(import.meta.url);
  const ofGulp = createRequire(require.resolve('gulp'));
  loadLater(ofGulp, 'vinyl-fs', ['src', 'dest', 'symlink']);
  loadLater(ofGulp, 'glob-watcher');
  return require('gulp');
}
