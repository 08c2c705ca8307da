export { type Budget, boundOf, INSTRUCTIONS, overBudget, readBudget, STACK } from './budget.ts';
export { differenceTable, type Pair, pairsOf, symbolChanges, symbolChangeTable } from './compare.ts';
export { reductionLines, whyLines } from './explain.ts';
export { type Measure, measure } from './measure.ts';
export { sizePage } from './page.ts';
export { readSizeReport, sizeReport } from './report.ts';
export { type Cell, sizeTable, symbolTables, textTable } from './table.ts';
