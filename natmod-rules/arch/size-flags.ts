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

/**
 * What is left to the level `size`, because nobody has counted that it costs no instructions; found by trying what
 * makes four examples smaller on Thumb-2, each with those before it.
 */
export const SIZE_ONLY_THUMB2: readonly string[] = [
  '--param=max-completely-peel-times=0',
  '-fno-tree-fre',
  '-fno-ssa-phiopt',
  '--param=max-inline-insns-auto=0',
  '-fipa-pta',
  '-flive-range-shrinkage',
];

/** The same for RISC-V, where the last two take back what saves instructions, but no bytes. */
const SIZE_ONLY_RISCV: readonly string[] = [
  '--param=max-completely-peel-times=0',
  '-fno-tree-loop-im',
  '-fno-tree-fre',
  '-fno-caller-saves',
  '--param=gcse-unrestricted-cost=0',
  '-fcode-hoisting',
  '-fschedule-insns2',
];

/** Of both RISC-V architectures. */
const RISCV_FLAGS = [
  ...LARGER_WITH,
  '-msave-restore',
  '-fno-code-hoisting',
  '-fno-jump-tables',
  '-fno-schedule-insns2',
];
const RISCV_COSTLY = ['-msave-restore', '-fno-move-loop-invariants'];

export const RV32_SIZE_FLAGS: readonly string[] = [...RISCV_FLAGS, ...SIZE_ONLY_RISCV];

/** Those of them that cost instructions, or were not counted. */
export const RV32_COSTLY_FLAGS: readonly string[] = [...SIZE_ONLY_RISCV, ...RISCV_COSTLY];

const SIZE_ONLY_RV64 = [...SIZE_ONLY_RISCV, '-fno-tree-dominator-opts', '-fno-forward-propagate', '-fipa-pta'];

export const RV64_SIZE_FLAGS: readonly string[] = [...RISCV_FLAGS, ...SIZE_ONLY_RV64];
export const RV64_COSTLY_FLAGS: readonly string[] = [...SIZE_ONLY_RV64, ...RISCV_COSTLY];
