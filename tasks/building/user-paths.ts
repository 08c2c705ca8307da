import type { Problem } from '../../natmod-rules/problem.ts';

/**
 * Objects lie below the build folder, those of sources above the module below `_up`: `_up/src/x.c.o` is `../src/x.c.o`
 * to the user.
 */
export function withUserPaths(problem: Problem): Problem {
  const { message, hint, where } = problem;
  return {
    ...problem,
    message: userPaths(message),
    ...(hint === undefined ? {} : { hint: userPaths(hint) }),
    ...(where?.file === undefined ? {} : { where: { ...where, file: userPaths(where.file) } }),
  };
}

function userPaths(text: string): string {
  return text.replace(/(?<![\w/.-])(?:_up\/)+(?=\S)/g, (up) => up.replaceAll('_up/', '../'));
}
