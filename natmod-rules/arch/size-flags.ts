/** Steps of GCC's optimisation that make real modules larger on every CPU where they were tried. */
export const LARGER_WITH: readonly string[] = [
  '-fno-tree-scev-cprop',
  '-fno-tree-loop-distribute-patterns',
  '-fno-move-loop-invariants',
  '-fno-thread-jumps',
];
