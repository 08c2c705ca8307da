/** What is told of a run with random programs. Values in, lines out. */
import type { Verdict } from './check.ts';

const KINDS = ['equal', 'refused', 'wrong', 'crashed'] as const;

/** One row for each architecture and form, the head first; behind them the codes of refusals. */
export function resultTable(verdicts: readonly Verdict[]): (string | number)[][] {
  const groups = new Map<string, Verdict[]>();
  for (const verdict of verdicts) {
    const key = `${verdict.arch} ${verdict.form}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [verdict]);
    else group.push(verdict);
  }
  const rows = [...groups.values()].map((group) => {
    const counts = KINDS.map((kind) => group.filter((verdict) => verdict.kind === kind).length);
    return [group[0]!.arch, group[0]!.form, ...counts, refusals(group)];
  });
  return [['architecture', 'form', ...KINDS, 'why refused'], ...rows];
}

function refusals(group: readonly Verdict[]): string {
  const counts = new Map<string, number>();
  for (const { kind, detail } of group) {
    if (kind === 'refused') counts.set(detail, (counts.get(detail) ?? 0) + 1);
  }
  return [...counts].map(([code, count]) => `${code} ${count}`).join(', ');
}

/** What is wrong, each with the command that does it again. */
export function failureLines(verdicts: readonly Verdict[], cflags: readonly string[] = []): string[] {
  const flags = cflags.length === 0 ? '' : ` --cflags '${cflags.join(' ')}'`;
  return verdicts
    .filter(({ kind }) => kind === 'wrong' || kind === 'crashed')
    .sort((a, b) => a.seed - b.seed)
    .map(({ seed, arch, form, kind, detail }) => {
      const command = `npm run random-programs -- --seed ${seed} --arch ${arch} --form ${form}${flags} --keep DIR`;
      return `${kind}: seed ${seed}, ${arch}, ${form}: ${detail}\n  ${command}`;
    });
}

/** The first refusal of each kind, whole. */
export function refusalLines(verdicts: readonly Verdict[]): string[] {
  const first = new Map<string, Verdict>();
  for (const verdict of verdicts) {
    const key = `${verdict.arch} ${verdict.detail}`;
    if (verdict.kind === 'refused' && !first.has(key)) first.set(key, verdict);
  }
  return [...first.values()].map(({ seed, arch, form, message }) => {
    return `refused, for example: seed ${seed}, ${arch}, ${form}:\n  ${message?.split('\n').slice(0, 2).join('\n  ')}`;
  });
}
