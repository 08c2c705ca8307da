/** Sizes as one HTML page. Every name is escaped. */
import { doubts, pathText, type StackDepth } from '../stack/index.ts';
import { escapeHtml, htmlPage } from './html.ts';
import { KINDS, type Measure, type SizedSymbol, shortSource, sourcesOf } from './measure.ts';
import { PAGE_SCRIPT } from './page-script.ts';
import { PAGE_STYLE } from './page-style.ts';
import { COLUMNS, columnsOf, KIND_NAMES } from './table.ts';
import { layOutTree, type PlacedNode, type TreeNode } from './treemap.ts';

/** A module on the page, with the depths of its stack where they are wanted. */
export type Shown = Measure & { readonly stacks?: readonly StackDepth[] };

/** The page; `title` says what was measured. */
export function sizePage(measures: readonly Shown[], title = 'Sizes of native modules'): string {
  const options = [...new Set(measures.map((m) => m.module))].map(option);
  const main = `<div class="chooser" hidden>
<label for="module">Module<select id="module">${options.join('')}</select></label>
<label for="arch">Architecture<select id="arch"></select></label>
</div>
${measures.map(section).join('\n')}
<h2>All modules</h2>
${summaryTable(measures)}`;
  return htmlPage(title, main, { style: PAGE_STYLE, script: PAGE_SCRIPT });
}

function section(measure: Shown, index: number): string {
  const { module, arch, file, kinds, stacks = [] } = measure;
  const bss = kinds?.bss ?? measure.blocks.bss;
  const memory = bss > 0 ? `, and ${bytes(bss)} of zeroed memory when it is loaded` : '';
  const head = `<h2>${escapeHtml(module)} for ${escapeHtml(arch)}</h2>\n<p>The file has ${bytes(file)}${memory}.</p>`;
  const maps = [map('file', 'in the file', fileTree(measure))];
  if (bss > 0) maps.push(map('memory', 'zeroed memory (BSS)', memoryTree(measure)));
  const tables = measure.symbols.length === 0 ? [] : [sourceTable(measure), symbolTable(measure.symbols)];
  if (stacks.length > 0) tables.unshift(stackSection(stacks));
  const body = [head, legend(), ...maps, ...tables].join('\n');
  return `<section id="s${index}" data-module="${escapeHtml(module)}" data-arch="${escapeHtml(arch)}">\n${body}\n</section>`;
}

/** What a rectangle is. */
interface Drawn {
  readonly style: string;
  readonly name: string;
  /** The whole story, for one line below the map. */
  readonly about: string;
}

const AREA_NAMES = { ...KIND_NAMES, relocs: 'relocations', other: 'names and the rest' } as const;

/** Rectangles that nobody could see any more; the page would only grow. */
const MOST_SYMBOLS = 1500;

function fileTree(measure: Measure): TreeNode<Drawn>[] {
  const { symbols, relocations, other, blocks, kinds } = measure;
  const stored = symbols.filter((symbol) => symbol.kind !== 'bss');
  const areas = KINDS.filter((kind) => kind !== 'bss').map((kind) =>
    area(
      kind,
      stored.filter((s) => s.kind === kind),
    ),
  );
  const leaf = (style: keyof typeof AREA_NAMES, size: number, about: string): TreeNode<Drawn> => ({
    value: { style, name: AREA_NAMES[style], about: `${AREA_NAMES[style]}: ${bytes(size)}; ${about}` },
    size,
  });
  const unknown =
    kinds === undefined ? [leaf('text', blocks.text, 'text block'), leaf('rodata', blocks.rodata, 'rodata block')] : [];
  const records = `${relocations.records} records that tell the loader which words need an address`;
  const rest = 'header, interned strings, constants and functions in Python';
  return [...areas, ...unknown, leaf('relocs', relocations.bytes, records), leaf('other', other, rest)];
}

function memoryTree({ symbols, blocks }: Measure): TreeNode<Drawn>[] {
  const own = symbols.filter((symbol) => symbol.kind === 'bss');
  if (own.length > 0) return [area('bss', own)];
  return [{ value: { style: 'bss', name: 'BSS', about: `BSS: ${bytes(blocks.bss)}` }, size: blocks.bss }];
}

function area(kind: SizedSymbol['kind'], symbols: readonly SizedSymbol[]): TreeNode<Drawn> {
  const bySource = new Map<string, SizedSymbol[]>();
  for (const symbol of symbols) {
    const list = bySource.get(symbol.source);
    if (list === undefined) bySource.set(symbol.source, [symbol]);
    else list.push(symbol);
  }
  const children = [...bySource].map(([source, own]): TreeNode<Drawn> => {
    const name = shortSource(source);
    const cells = own.slice(0, MOST_SYMBOLS).map((symbol) => ({ value: drawn(symbol), size: symbol.size }));
    return { value: { style: kind, name, about: source }, size: 0, children: cells };
  });
  return { value: { style: kind, name: AREA_NAMES[kind], about: '' }, size: 0, children };
}

function drawn({ kind, name, size, source, section, aliases, because }: SizedSymbol): Drawn {
  const also = aliases === undefined ? '' : ` (also ${aliases.join(', ')})`;
  const why = because === undefined ? '' : `; in the module because of ${because}`;
  return {
    style: kind,
    name,
    about: `${name}${also}: ${bytes(size)} of ${KIND_NAMES[kind]}, section ${section} of ${source}${why}`,
  };
}

const BOXES = {
  file: { x: 0, y: 0, width: 1200, height: 600 },
  memory: { x: 0, y: 0, width: 1200, height: 160 },
} as const;

function map(kind: keyof typeof BOXES, title: string, tree: readonly TreeNode<Drawn>[]): string {
  const placed = layOutTree(tree, BOXES[kind]);
  const first = placed.find((node) => node.isLeaf);
  const nodes = placed.map((node) => (node.isLeaf ? cell(node, kind, node === first) : group(node, kind)));
  const hint = 'Point at a rectangle, or go there with Tab and the arrow keys.';
  return `<h3>${title}</h3>
<div class="map ${kind}" role="group" aria-label="${title}">${nodes.join('')}</div>
<p class="info faint" aria-live="polite">${hint}</p>`;
}

function group(node: PlacedNode<Drawn>, kind: keyof typeof BOXES): string {
  const label = node.height < 14 ? '' : `${escapeHtml(node.value.name)} <span class="size">${node.size}</span>`;
  return `<div class="group" aria-hidden="true" ${place(node, kind)}>${label}</div>`;
}

function cell(node: PlacedNode<Drawn>, kind: keyof typeof BOXES, isFirst: boolean): string {
  const { style, name, about } = node.value;
  const isRoomy = node.width >= 30 && node.height >= 14;
  const label = isRoomy ? `${escapeHtml(name)} <span class="size">${node.size}</span>` : '';
  const attributes = `aria-label="${escapeHtml(about)}" tabindex="${isFirst ? 0 : -1}" ${place(node, kind)}`;
  return `<button type="button" class="cell ${style}" ${attributes}>${label}</button>`;
}

function place({ x, y, width, height }: PlacedNode<Drawn>, kind: keyof typeof BOXES): string {
  const box = BOXES[kind];
  const percent = (value: number, whole: number) => `${Number(((100 * value) / whole).toFixed(3))}%`;
  const style = [
    `left:${percent(x, box.width)}`,
    `top:${percent(y, box.height)}`,
    `width:${percent(width, box.width)}`,
    `height:${percent(height, box.height)}`,
  ];
  return `style="${style.join(';')}"`;
}

function legend(): string {
  const areas = Object.entries(AREA_NAMES).map(([kind, name]) => `<span class="swatch ${kind}"></span>${name}`);
  return `<p class="faint">${areas.join(' &nbsp; ')}</p>`;
}

type Row = readonly (string | number)[];

/** @param left how many columns hold names */
function table(
  heads: Row,
  rows: readonly Row[],
  left: number,
  attributes: (index: number) => string = () => '',
): string {
  const line = (row: Row, tag: string) =>
    row
      .map(
        (text, i) => `<${tag} class="${i < left ? 'name' : 'n'}"${tag === 'th' ? ' scope="col"' : ''}>${text}</${tag}>`,
      )
      .join('');
  const body = rows.map((row, i) => `<tr${attributes(i)}>${line(row, 'td')}</tr>`);
  return `<div class="scroll"><table><thead><tr>${line(heads, 'th')}</tr></thead><tbody>\n${body.join('\n')}\n</tbody></table></div>`;
}

function summaryTable(measures: readonly Measure[]): string {
  const rows = measures.map((m, i): Row => {
    const link = `<a href="#s${i}">${escapeHtml(m.module)}</a>`;
    return [link, escapeHtml(m.arch), ...columnsOf(m).map((n) => n ?? '–')];
  });
  return table(['module', 'architecture', ...COLUMNS], rows, 2, (i) => ` data-for="s${i}"`);
}

function sourceTable(measure: Measure): string {
  const rows = sourcesOf(measure).map(
    ({ source, kinds, size }): Row => [escapeHtml(source), ...KINDS.map((kind) => kinds[kind]), size],
  );
  return `<h3>By source</h3>\n${table(['source', ...KINDS.map((kind) => KIND_NAMES[kind]), 'all'], rows, 1)}`;
}

function symbolTable(symbols: readonly SizedSymbol[]): string {
  const rows = symbols.map(({ name, source, section, kind, size, aliases }): Row => {
    const also =
      aliases === undefined ? '' : ` <span class="faint">(also ${aliases.map(escapeHtml).join(', ')})</span>`;
    return [escapeHtml(name) + also, escapeHtml(shortSource(source)), escapeHtml(section), KIND_NAMES[kind], size];
  });
  return `<h3>By symbol</h3>\n${table(['symbol', 'source', 'section', 'kind', 'bytes'], rows, 4)}`;
}

function stackSection(stacks: readonly StackDepth[]): string {
  const rows = stacks.map((depth): Row => {
    const notes = doubts(depth).map((text) => `<br><span class="faint">${escapeHtml(text)}</span>`);
    return [escapeHtml(depth.name), escapeHtml(pathText(depth)) + notes.join(''), depth.bytes];
  });
  return `<h3>C stack of what Python may call</h3>\n${table(['function', 'the deepest way', 'bytes'], rows, 2)}`;
}

function bytes(size: number): string {
  return size === 1 ? '1 byte' : `${size} bytes`;
}

function option(name: string): string {
  return `<option value="${escapeHtml(name)}">${escapeHtml(name)}</option>`;
}
