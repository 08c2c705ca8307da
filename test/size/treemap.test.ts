import test from 'ava';
import { layOutTree, type Rectangle, squarify } from '../../natmod-rules/size/treemap.ts';
import { Random } from '../support/mutate-object.ts';

const BOX = { x: 10, y: 20, width: 400, height: 250 };
const area = (r: Rectangle) => r.width * r.height;

test('rectangles are as large as their sizes, lie inside the box and do not overlap', (t) => {
  const random = new Random(5);
  for (let round = 0; round < 60; round++) {
    const sizes = Array.from({ length: 1 + random.below(60) }, () => random.below(1 << random.below(16)));
    const total = sizes.reduce((a, b) => a + b, 0);
    const rectangles = squarify(sizes, BOX);
    const scale = total === 0 ? 0 : area(BOX) / total;
    rectangles.forEach((r, i) => {
      t.true(Math.abs(area(r) - sizes[i]! * scale) < 1e-6 * area(BOX));
      t.true(r.x >= BOX.x - 1e-6 && r.x + r.width <= BOX.x + BOX.width + 1e-6);
      t.true(r.y >= BOX.y - 1e-6 && r.y + r.height <= BOX.y + BOX.height + 1e-6);
      for (const other of rectangles.slice(i + 1)) {
        const wide = Math.min(r.x + r.width, other.x + other.width) - Math.max(r.x, other.x);
        const high = Math.min(r.y + r.height, other.y + other.height) - Math.max(r.y, other.y);
        t.true(area(r) === 0 || area(other) === 0 || wide < 1e-6 || high < 1e-6);
      }
    });
  }
});

test('the layout of the paper: 6, 6, 4, 3, 2, 2, 1 in a box of 6 by 4', (t) => {
  const rectangles = squarify([6, 6, 4, 3, 2, 2, 1], { x: 0, y: 0, width: 6, height: 4 });
  const rounded = rectangles.map((r) => [r.x, r.y, r.width, r.height].map((n) => Number(n.toFixed(2))));
  t.deepEqual(rounded.slice(0, 4), [
    [0, 0, 3, 2],
    [0, 2, 3, 2],
    [3, 0, 1.71, 2.33],
    [4.71, 0, 1.29, 2.33],
  ]);
});

test('what has no size gets no area, and boxes without area are no trouble', (t) => {
  const none = squarify([0, -5, Number.NaN, Number.POSITIVE_INFINITY], BOX);
  t.true(none.every((r) => area(r) === 0));
  t.true(squarify([1, 2], { x: 0, y: 0, width: 0, height: 9 }).every((r) => area(r) === 0));
  t.deepEqual(squarify([], BOX), []);
});

test('a tree has every node before its children, and these inside it', (t) => {
  const leaf = (value: string, size: number) => ({ value, size });
  const tree = [
    { value: 'text', size: 0, children: [{ value: 'a.c', size: 0, children: [leaf('f', 30), leaf('g', 10)] }] },
  ];
  const placed = layOutTree([...tree, leaf('rest', 20), leaf('nothing', 0)], BOX);
  t.deepEqual(
    placed.map(({ value, size, depth, isLeaf }) => [value, size, depth, isLeaf]),
    [
      ['text', 40, 0, false],
      ['a.c', 40, 1, false],
      ['f', 30, 2, true],
      ['g', 10, 2, true],
      ['rest', 20, 0, true],
    ],
  );
  const [outer, inner] = placed;
  t.true(inner!.x > outer!.x && inner!.y > outer!.y && inner!.y + inner!.height < outer!.y + outer!.height);
});
