/**
 * Counted instructions as one HTML page: functions, and the sources with the count of each line.
 */
import { escapeHtml, htmlPage } from '../../size/html.ts';
import type { LineCount, Profile } from './profile.ts';
import { grouped } from './table.ts';

const STYLE = `
:root { color-scheme: light dark; --page: #fff; --ink: #1b1f24; --faint: #57606a; --line: #d0d7de; --head: #f3f5f7; --heat: 209 36 47; }
@media (prefers-color-scheme: dark) {
  :root { --page: #12161b; --ink: #e6e9ed; --faint: #9aa4af; --line: #39424d; --head: #1c232b; --heat: 255 120 90; }
}
body { margin: 0; padding: 1rem clamp(.75rem, 3vw, 2.5rem) 3rem; background: var(--page); color: var(--ink);
  font: 15px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.15rem; margin-top: 2rem; } h3 { font-size: 1rem; }
.scroll { overflow-x: auto; } .faint { color: var(--faint); }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .1rem .6rem; text-align: left; vertical-align: top; }
th { background: var(--head); font-weight: 600; } .counts td { border-bottom: 1px solid var(--line); }
.n { text-align: right; white-space: nowrap; }
.source td { font: 13px/1.4 ui-monospace, monospace; white-space: pre; tab-size: 4; }
tr[style] { background: rgb(var(--heat) / var(--share)); }
`;

/**
 * @param sourceOf the text of a source by the name that the profile has it under; undefined when it cannot be had
 */
export function profilePage(
  profiles: readonly Profile[],
  sourceOf: (profile: Profile, file: string) => string | undefined,
): string {
  const main = profiles.map((one) => section(one, (file) => sourceOf(one, file))).join('\n');
  return htmlPage('Instructions of native modules', main, { style: STYLE });
}

function section(profile: Profile, sourceOf: (file: string) => string | undefined): string {
  const { module, arch, instructions, functions, lines } = profile;
  const rows = functions.map(
    ({ name, place = '', instructions: own }) =>
      `<tr><td class="n">${grouped(own)}</td><td class="n">${percent(own, instructions)}</td><td>${escapeHtml(name)}</td>` +
      `<td>${escapeHtml(place)}</td></tr>`,
  );
  const files = [...new Set(lines.map(({ file }) => file))];
  const sources = files.map((file) =>
    source(
      file,
      lines.filter((one) => one.file === file),
      instructions,
      sourceOf(file),
    ),
  );
  return `<section>
<h2>${escapeHtml(module)} for ${escapeHtml(arch)}</h2>
<p>${grouped(instructions)} instructions.</p>
<div class="scroll"><table class="counts"><thead><tr><th class="n">instructions</th><th class="n">%</th><th>function</th><th>source</th></tr></thead><tbody>
${rows.join('\n')}
</tbody></table></div>
${sources.join('\n')}
</section>`;
}

/** Every line with its count; the darker, the more. */
function source(file: string, counts: readonly LineCount[], all: number, text: string | undefined): string {
  const byLine = new Map(counts.map(({ line, instructions }) => [line, instructions]));
  const most = Math.max(...byLine.values());
  const row = (line: number, code: string) => {
    const count = byLine.get(line);
    const heat = count === undefined ? '' : ` style="--share:${(0.05 + (0.4 * count) / most).toFixed(2)}"`;
    const cells = count === undefined ? ['', ''] : [grouped(count), percent(count, all)];
    return `<tr${heat}><td class="n">${cells[0]}</td><td class="n">${cells[1]}</td><td class="n faint">${line}</td><td>${escapeHtml(code.replaceAll('\t', '    '))}</td></tr>`;
  };
  const lines = text?.split(/\r?\n/);
  if (lines?.at(-1) === '') lines.pop();
  const rows = lines?.map((code, i) => row(i + 1, code)) ?? [...byLine.keys()].map((line) => row(line, ''));
  const note = lines === undefined ? '\n<p class="faint">The source could not be read.</p>' : '';
  return `<h3>${escapeHtml(file)}</h3>${note}
<div class="scroll"><table class="source"><tbody>
${rows.join('\n')}
</tbody></table></div>`;
}

function percent(part: number, all: number): string {
  return all === 0 ? '' : `${((100 * part) / all).toFixed(1)} %`;
}
