export { firmwareCall } from './calls-in-source.ts';
export { type StackDepth, stackDepths } from './depth.ts';
export { type Call, type StackFunction, settlePointers, stackFunctions } from './graph.ts';
export { doubts, overStackBudget, pathText, stackTable } from './table.ts';
