/** Parts of gulp that most runs never use, or better do without. */
const { EventEmitter } = require('node:events');
const { createRequire, Module } = require('node:module');

/**
 * Lets a CommonJS package be loaded when it is first called, not when it is first required: gulp's files and watchers
 * take a fifth of the time of a small build that has no use for them. Where it is loaded already, or not to be found,
 * nothing changes.
 * @param {NodeJS.Require} require of the module that will require it
 * @param {string} name of the package
 * @param {readonly string[]} members functions that it exports; without any the package is a function itself
 */
function loadLater(require, name, members = []) {
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

/**
 * What gulp's tasks run in instead of a domain of Node's. Once there has been one, Node tracks every promise and every
 * process to its end, a good part of a build. What only a domain would catch is a bug of ours, of which Node tells
 * itself; streams are looked after by gulp besides.
 */
class NoDomain extends EventEmitter {
  /** @template {unknown[]} Args @param {(...args: Args) => unknown} task */
  bind(task) {
    return (/** @type {Args} */ ...args) => {
      try {
        return task(...args);
      } catch (error) {
        this.emit('error', error);
      }
    };
  }

  add() {}

  exit() {}
}

/**
 * Loads what would take domains without them. Who asks for them later gets Node's.
 * @template T
 * @param {() => T} load
 * @returns {T}
 */
function withoutDomains(load) {
  const { cache } = require;
  const standIn = new Module('domain');
  Object.assign(standIn, { exports: { create: () => new NoDomain() }, loaded: true });
  cache.domain = standIn;
  try {
    return load();
  } finally {
    delete cache.domain;
  }
}

/** @returns {typeof import('gulp')} gulp, whose files and watchers are loaded when they are called */
function loadGulp() {
  const ofGulp = createRequire(require.resolve('gulp'));
  loadLater(ofGulp, 'vinyl-fs', ['src', 'dest', 'symlink']);
  loadLater(ofGulp, 'glob-watcher');
  return withoutDomains(() => require('gulp'));
}

module.exports = { loadLater, loadGulp };
