/**
 * Makefiles in which the rules for native modules are there for one goal only, as in
 *
 *     ifeq ($(MAKECMDGOALS),mpy)
 *     include $(MPY_DIR)/py/dynruntime.mk
 *     endif
 *
 * or where a goal calls make again with another (GNU make manual, 9.2 "Arguments to Specify the Goals", 5.7 "Recursive
 * Use of make").
 */
import { fail } from '../../natmod-rules/problem.ts';
import { textIfThere } from '../system/if-there.ts';
import type { MakeRules } from './rules.ts';

const MAX_GOALS = 40;
const DIRECTIVES = new Set(
  'ifeq ifneq ifdef ifndef else endif filter filter-out findstring strip MAKECMDGOALS'.split(' '),
);

/**
 * Goals for which a Makefile may read other rules: those that it compares `MAKECMDGOALS` with, and its targets with
 * recipes of their own.
 */
export function goalsToTry(makefiles: readonly string[], { rules }: MakeRules): string[] {
  const texts = makefiles.map((path) => textIfThere(path));
  if (!texts.some((text) => text.includes('dynruntime.mk'))) return [];
  const compared = texts.flatMap((text) => text.match(/^.*\bMAKECMDGOALS\b.*$/gm) ?? []);
  const words = compared.flatMap((line) => line.match(/[\w.-]+/g) ?? []).filter((word) => !DIRECTIVES.has(word));
  const targets = [...rules.values()].filter(({ phony, recipeFile }) => phony || recipeFile !== undefined);
  const names = [...words, ...targets.map(({ target }) => target)].filter((name) => /^[\w-][\w.-]*$/.test(name));
  return [...new Set(names)].filter((name) => !/^natmod-/.test(name)).slice(0, MAX_GOALS);
}

/** What a goal asks of another make. */
export interface InnerMake {
  readonly goal: string;
  readonly variables: readonly { readonly name: string; readonly value: string }[];
}

/** A command that make runs in the place of another make: it only prints what that one would be given. */
export const innerMakeCommand = (mark: string) => `MAKE=printf '%s\\0' ${mark}`;

/**
 * Reads what `innerMakeCommand` printed.
 * @throws NatmodError `other-folder` when the other make works elsewhere
 */
export function readInnerMakes(output: string, mark: string, makefile: string): InnerMake[] {
  return output
    .split(`${mark}\0`)
    .slice(1)
    .flatMap((call) => {
      const words = call.slice(0, call.lastIndexOf('\0')).split('\0');
      const folder = words.find((word, i) => /^-C.|^--directory=/.test(word) || words[i - 1] === '-C');
      if (folder !== undefined && !/^(-C|--directory=)?\.?$/.test(folder)) {
        const name = folder.replace(/^(-C|--directory=)/, '');
        fail(
          'other-folder',
          `this goal has make work in ${name}`,
          { file: makefile },
          `natmod build --module ./${name}`,
        );
      }
      const variables = words.flatMap((word) => {
        const [, name, value] = /^([A-Za-z_][\w.-]*)[:?+]?=(.*)$/s.exec(word) ?? [];
        return name === undefined ? [] : [{ name, value: value! }];
      });
      const goal = words.find((word) => word !== '' && !word.startsWith('-') && !word.includes('='));
      return goal === undefined ? [] : [{ goal, variables }];
    });
}
