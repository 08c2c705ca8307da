/**
 * Steps of GCC's optimisation that make real modules larger on every CPU where they were tried. Where jumps are not
 * threaded it warns of paths that no program takes, and what compiles with the author's flags must compile with ours.
 */
export const LARGER_WITH: readonly string[] = [
  '-fno-tree-scev-cprop',
  '-fno-tree-loop-distribute-patterns',
  '-fno-move-loop-invariants',
  '-fno-thread-jumps',
  '-Wno-error=maybe-uninitialized',
];
