export { type CountedBlock, readCounts } from './counts.ts';
export { basesOf } from './find-code.ts';
export { profilePage } from './page.ts';
export { type FunctionCount, type LineCount, type Profile, profileOf } from './profile.ts';
export { overInstructions, profileReport, readProfileReport } from './report.ts';
export { profileChanges, profileTable } from './table.ts';
