/** The linker as tests use it: with a check of the program after every pass. */
import { type LinkOptions, type LinkResult, link as linkUnchecked } from '../../natmod-rules/link/index.ts';

export type { LinkOptions, LinkResult } from '../../natmod-rules/link/index.ts';

export function link(options: LinkOptions): LinkResult {
  return linkUnchecked({ ...options, check: true });
}
