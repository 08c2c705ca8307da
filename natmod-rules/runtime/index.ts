export * from './board-code.ts';
export * from './implementation.ts';
export * from './mip.ts';
export * from './raw-repl.ts';
export * from './report.ts';
export * from './talk.ts';
