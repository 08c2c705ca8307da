/** What a public task is, for people: its line in the help, and what stands behind its name. */
interface TaskText {
  readonly text: string;
  /** Words that it takes besides options: `FILE.mpy...`. */
  readonly words?: string;
}

/** The public tasks, in the order of the help. */
export const TASKS = {
  build: { text: 'Compile, link and pack modules into .mpy files: small, and no slower, by default' },
  watch: { text: 'Build, and build again what a change affects, until Ctrl-C', words: '[SCRIPT.py]' },
  size: { text: 'Build modules and show how large they are, and what makes them so' },
  clean: { text: 'Remove what build made' },
  cache: { text: 'Show or empty the cache of compiled objects' },
  list: { text: 'Show modules, architectures and the compilers found' },
  sources: { text: 'Get the MicroPython sources that some modules are made of, for all later builds' },
  inspect: { text: 'Show what is inside a .mpy file: gulp inspect FILE.mpy', words: 'FILE.mpy...' },
  where: { text: 'Say which function and line the addresses of a crash are: natmod where LOG.txt', words: '[LOG.txt]' },
  gdb: { text: 'Print the commands by which gdb learns of a loaded module: natmod gdb LOG.txt', words: '[LOG.txt]' },
  'compile-commands': { text: 'Write compile_commands.json, from which editors learn the flags' },
  run: {
    text: "Build modules and run a script with them, or the module's own test: gulp run SCRIPT.py",
    words: '[SCRIPT.py...]',
  },
  repl: { text: 'Build a module and open a prompt with it imported' },
  test: { text: 'Build modules and run their tests on every architecture' },
  deploy: { text: 'Build modules for the board on --port and copy them there', words: '[SCRIPT.py...]' },
  package: { text: 'Build a folder to publish: modules of all architectures, for mip, with checksums' },
  compilers: { text: 'Show the compiler for each architecture, get those that are missing' },
  runtimes: { text: 'Show where modules can run, get what is missing, remove it' },
} as const satisfies Record<string, TaskText>;

export type TaskName = keyof typeof TASKS;

export const taskNames = Object.keys(TASKS) as readonly TaskName[];

export function isTaskName(word: string): word is TaskName {
  return Object.hasOwn(TASKS, word);
}
