import { DEFINITIONS, FACTS, INTERNAL } from './facts.ts';

/** A name that a header defines, as one writes it. */
export interface Entry {
  readonly name: string;
  /** `mp_obj_len(o)`, or the name alone. */
  readonly call: string;
}

export interface Section {
  readonly title: string;
  readonly entries: readonly Entry[];
}

/** A heading, a macro, or a function, each at the beginning of a line. */
const LINE =
  /^(?:\/\/ -{4} (?<title>.*?) -+|#define (?<macro>\w+)(?<given>\([^)]*\))?.*|static (?:MP_NORETURN )?inline .*?(?<inline>\w+)(?<parameters>\([^)]*\)).*)$/gm;

/**
 * What a header defines for modules, under its own headings.
 * @param text of the header
 */
export function readHeader(text: string): Section[] {
  const sections: { title: string; entries: Entry[] }[] = [];
  const seen = new Set<string>();
  for (const { groups = {} } of text.matchAll(LINE)) {
    if (groups.title !== undefined) sections.push({ title: groups.title, entries: [] });
    const name = groups.macro ?? groups.inline;
    if (name === undefined || /_dyn$|^natmod_|^NATMOD_/.test(name) || seen.has(name)) continue;
    seen.add(name);
    const parameters = groups.given ?? (groups.parameters === undefined ? '' : namesOf(groups.parameters));
    sections.at(-1)?.entries.push({ name, call: `${name}${parameters}` });
  }
  return sections;
}

/** `(mp_obj_t self, size_t *len)` without the types. */
function namesOf(parameters: string): string {
  const names = parameters.slice(1, -1).split(',');
  return `(${names.map((one) => /(\w+)\s*$/.exec(one)?.[1] ?? '').join(', ')})`.replace('(void)', '()');
}

/** The headers that docs/api.md is made of, below natmod-rules/sdk/py/abi. */
export const API_HEADERS = ['runtime.h', 'module.h', 'define.h'] as const;

/**
 * docs/api.md.
 * @param headers texts of `API_HEADERS`
 */
export function apiPage(headers: Readonly<Record<(typeof API_HEADERS)[number], string>>): string {
  const functions = [...readHeader(headers['runtime.h']), ...readHeader(headers['module.h'])];
  const tables = functions.map(({ title, entries }) => {
    const rows = entries
      .filter(({ name }) => !INTERNAL.has(name))
      .map(({ name, call }) => `| \`${call}\` | ${FACTS[name]?.since} | ${FACTS[name]?.does} |`);
    return `## ${title}\n\n| function or value | since | what it does |\n|---|---|---|\n${rows.join('\n')}\n`;
  });
  const definitions = readHeader(`// ---- all ---\n${headers['define.h']}`).flatMap(({ entries }) => entries);
  const rows = definitions
    .filter(({ name }) => DEFINITIONS[name] !== undefined)
    .map(({ name, call }) => `| \`${call}\` | ${DEFINITIONS[name]} |`);
  return `# What a module can call

Made from the headers in \`natmod-rules/sdk/py/abi/\` and the table in \`natmod-rules/api/facts.ts\` by \`npm run docs -- --pages\`; change it there.

\`#include "py/dynruntime.h"\` is all that a module needs. What it calls lies in the firmware and is reached through one table of pointers.
"Since" is the first release of MicroPython that offers it to native modules; modules that natmod builds load on 1.23 and later. Where a
function raises an exception it does not come back, and nothing that it left behind is cleaned up but what the garbage collector finds.

${tables.join('\n')}
## Objects laid down at compile time

All of them since 1.12 or earlier, except that types have had slots since 1.20.

| macro | what it defines |
|---|---|
${rows.join('\n')}

Functions of the firmware that are not in the table, such as those for \`vstr_t\`, are declared, too: a module that calls one links only with
[fixed addresses](guide.md#variables) of one firmware (\`MPY_EXTERN_SYM_FILE\`), or with a definition of its own.
`;
}
