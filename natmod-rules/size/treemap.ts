/**
 * Treemaps: a rectangle for each thing, as large as its size. The squarified layout of Bruls, Huizing and van Wijk
 * ("Squarified Treemaps", 2000): rows are filled as long as that makes their rectangles more like squares.
 */

/** In any unit of length; the origin is the upper left corner. */
export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Cuts a rectangle into one for each size, in the order of the sizes, with areas in proportion to them. What has no
 * size (or is no number) gets no area.
 */
export function squarify(sizes: readonly number[], box: Rectangle): Rectangle[] {
  const rectangles: Rectangle[] = sizes.map(() => ({ x: box.x, y: box.y, width: 0, height: 0 }));
  const total = sizes.reduce((sum, size) => sum + positive(size), 0);
  if (total === 0 || !(box.width > 0) || !(box.height > 0)) return rectangles;
  const scale = (box.width * box.height) / total;
  // Large ones first: that is what keeps them near squares.
  const order = sizes.map((size, index) => ({ index, area: positive(size) * scale })).filter(({ area }) => area > 0);
  order.sort((a, b) => b.area - a.area || a.index - b.index);
  let rest = box;
  for (let first = 0; first < order.length; ) {
    const side = Math.min(rest.width, rest.height);
    const count = rowLength(order, first, side);
    const row = order.slice(first, first + count);
    first += count;
    const area = row.reduce((sum, item) => sum + item.area, 0);
    rest = placeRow(row, area, rest, rectangles, first === order.length);
  }
  return rectangles;
}

interface Item {
  readonly index: number;
  readonly area: number;
}

function positive(size: number): number {
  return size > 0 && Number.isFinite(size) ? size : 0;
}

/** How many items from `first` on make the best row along a side. */
function rowLength(items: readonly Item[], first: number, side: number): number {
  const largest = items[first]!.area;
  let area = largest;
  let best = worstRatio(largest, largest, area, side);
  let count = 1;
  for (; first + count < items.length; count++) {
    const next = items[first + count]!.area;
    const ratio = worstRatio(largest, next, area + next, side);
    if (ratio > best) break;
    best = ratio;
    area += next;
  }
  return count;
}

/** The longest side by the shortest, of the rectangle in a row that is least like a square. */
function worstRatio(largest: number, smallest: number, area: number, side: number): number {
  const depth = area / side;
  return Math.max((depth * depth) / smallest, largest / (depth * depth));
}

/** Lays a row along the shorter side; returns what is left of the box. */
function placeRow(row: readonly Item[], area: number, box: Rectangle, into: Rectangle[], isLast: boolean): Rectangle {
  const down = box.width >= box.height;
  const side = down ? box.height : box.width;
  // The last row takes what is left, so that rounding leaves no gap.
  const depth = isLast ? (down ? box.width : box.height) : area / side;
  let along = 0;
  for (const { index, area: own } of row) {
    const length = (own / area) * side;
    into[index] = down
      ? { x: box.x, y: box.y + along, width: depth, height: length }
      : { x: box.x + along, y: box.y, width: length, height: depth };
    along += length;
  }
  return down
    ? { x: box.x + depth, y: box.y, width: Math.max(0, box.width - depth), height: box.height }
    : { x: box.x, y: box.y + depth, width: box.width, height: Math.max(0, box.height - depth) };
}

/** Something with a size, or with parts that have. */
export interface TreeNode<T> {
  readonly value: T;
  /** Counts for a leaf only. */
  readonly size: number;
  readonly children?: readonly TreeNode<T>[];
}

/** A node where it is drawn. */
export interface PlacedNode<T> extends Rectangle {
  readonly value: T;
  readonly size: number;
  readonly depth: number;
  readonly isLeaf: boolean;
}

/** Room around what a node holds, and for its name above it; small nodes have none. */
const MARGIN = 2;
const HEAD = 16;
const LEAST_WIDTH = 40;
const LEAST_HEIGHT = 34;

/** Places a whole tree in a box (in pixels or the like), every node before its children. */
export function layOutTree<T>(nodes: readonly TreeNode<T>[], box: Rectangle, depth = 0): PlacedNode<T>[] {
  const sizes = nodes.map(sizeOf);
  const rectangles = squarify(sizes, box);
  return nodes.flatMap((node, i) => {
    const rectangle = rectangles[i]!;
    if (sizes[i] === 0) return [];
    const placed = { ...rectangle, value: node.value, size: sizes[i]!, depth, isLeaf: node.children === undefined };
    return node.children === undefined ? [placed] : [placed, ...layOutTree(node.children, inner(rectangle), depth + 1)];
  });
}

function sizeOf<T>({ size, children }: TreeNode<T>): number {
  return children === undefined ? positive(size) : children.reduce((sum, child) => sum + sizeOf(child), 0);
}

function inner(box: Rectangle): Rectangle {
  if (box.width < LEAST_WIDTH || box.height < LEAST_HEIGHT) return box;
  const { x, y, width, height } = box;
  return { x: x + MARGIN, y: y + HEAD, width: width - 2 * MARGIN, height: height - HEAD - MARGIN };
}
