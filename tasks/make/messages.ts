/**
 * What GNU make writes to standard error, and the Makefiles that come with MicroPython through it. Make is run in
 * English.
 */

/** Whether a Makefile could not be read for want of MicroPython's rules; some look for MPY_DIR themselves. */
export function lacksDynruntime(errors: string): boolean {
  return /py\/dynruntime\.mk|\bMPY_DIR\b/.test(errors);
}

/** Which dynruntime.mk could not be included, as the Makefile names it; undefined when make does not say. */
export function lostDynruntime(errors: string): string | undefined {
  // 3.81: `Makefile:2: x/py/dynruntime.mk: No such file or directory`; later ones the same, some without the place in
  // front.
  return /^(?:[^:\n]*:\d+: )?(.*\/py\/dynruntime\.mk): No such file/m.exec(errors)?.[1];
}

/** Whether a dynruntime.mk wants to be told an architecture. */
export function wantsArch(errors: string): boolean {
  return /architecture '' not supported|ARCH is ''/.test(errors);
}

/** Whether the dynruntime.mk of a tree does not know an architecture that it was told. */
export function refusesArch(errors: string): boolean {
  return /architecture '[^']*' not supported/.test(errors);
}

/**
 * What to do where something wanted to open the output of make by its name: with us that is a socket, which cannot be
 * opened. Undefined where nothing did.
 */
export function howToWriteToStreams(output: string): string | undefined {
  if (!/\/dev\/(?:stdout|stderr|fd\/\d): No such device or address|open: \/dev\/std/.test(output)) return undefined;
  return 'in this build /dev/stderr and /dev/stdout cannot be opened: write >&2 and >&1 in their place';
}
