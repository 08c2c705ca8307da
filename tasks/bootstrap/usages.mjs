/** What the long searches can be told. They print it before anything is installed or compiled, so it stands here. */

export const USAGES = {
  'random-builds': `npm run random-builds -- [options]
  --steps N        edits and builds in all; 100
  --seed N         first seed; 1. Each project has a seed of its own, counted up from it
  --door NAME,...  1 (natmod build), 2 (make with natmod's rules), watch; all of them
  --each N         edits and builds with one project; 25
  --kill           a build is killed at a random moment before each one that is compared
  --at-once N      two or four builds run at once before each one that is compared
  --all            goes on behind a difference with the next project
  --keep           leaves the folders of projects, for a look
  --no-shorten     does not look for a shorter way to a difference`,
  'random-programs': `npm run random-programs -- [options]
  --count N        programs for each architecture; 200
  --seed N,...     these programs only
  --arch NAME,...  x64,x86,armv7m,rv32imc
  --form NAME,...  plain,small,small+no-inline,balanced,small+speed, and small-PASS without one of the passes
  --cc COMMAND     compiler, such as clang or zig
  --cflags WORDS   more of CFLAGS, such as -O2
  --keep DIR       leave sources, objects and modules there
  --jobs N         processes at once; as many as there are cores`,
  'outside-programs': `npm run outside-programs -- --folder DIR [options]
  --folder DIR     C programs below it: c-testsuite, gcc.c-torture/execute, LLVM's SingleSource/UnitTests
  --arch NAME,...  x64,armv7m
  --form NAME,...  plain,small
  --together       besides, all programs in one module, linked in both orders
  --cflags WORDS   more of CFLAGS, such as -O2
  --count N        the first N programs only
  --keep DIR       leave sources, objects and modules there
  --jobs N         processes at once; as many as there are cores`,
};

/**
 * Prints how a search is used, where its command line asks for that.
 * @param {keyof typeof USAGES} name
 * @param {readonly string[]} args
 * @returns {boolean} whether it does
 */
export function tellUsage(name, args) {
  const asks = args.some((word) => /^(?:-h|--help)$/.test(word));
  if (asks) process.stdout.write(`${USAGES[name]}\n`);
  return asks;
}
