/** Where the link register holds something that is still needed. Document: AAPCS32, "Core registers". */
import { type Code, type Line, runsOn, targetsOf } from './lines.ts';

/**
 * @param lines the code of one section
 * @returns the lines before which it is needed
 */
export function linkNeeded(lines: readonly Line[]): ReadonlySet<Line> {
  const needed = new Set<Line>();
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = lines.length - 1; i >= 0; i--) {
      const line = lines[i]!;
      if (needed.has(line) || !isNeededBefore(line, lines[i + 1], needed)) continue;
      needed.add(line);
      changed = true;
    }
  }
  return needed;
}

function isNeededBefore(line: Line, next: Line | undefined, needed: ReadonlySet<Line>): boolean {
  if (line.pool !== undefined) return false;
  const isGoverned = line.parts.length > 1;
  for (const part of line.parts) {
    if (part.usesLink || leavesFor(part)) return true;
    // What an IT block governs may not happen.
    if (part.definesLink && !isGoverned) return false;
  }
  const isNeededNext = runsOn(line) && (next === undefined || needed.has(next));
  return isNeededNext || targetsOf(line).some((target) => needed.has(target));
}

/** A jump to another section: whoever is there returns by the link register. */
function leavesFor({ flow, relocation }: Code): boolean {
  return flow.kind === 'branch' && relocation !== undefined;
}
