/** Reading what reports of ours have as JSON. They are files of users, so nothing in them is believed. */

/** @returns never; `why` is a part of a sentence */
export type Refuse = (why: string) => never;

export function parseReport(text: string, refuse: Refuse): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Where in it, the user need not know: no tool but this one writes such files.
    return refuse('it is no JSON');
  }
}

/** The modules of a report, each of which has to be what it should be. */
export function entriesOf<T>(modules: unknown[], isEntry: (value: unknown) => value is T, refuse: Refuse): T[] {
  const wrong = modules.findIndex((one) => !isEntry(one));
  return wrong < 0 ? (modules as T[]) : refuse(`entry ${wrong} of its modules is not understood`);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** A number of bytes, lines, instructions. */
export function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
