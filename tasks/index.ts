// What `import … from 'natmod'` gives.
export * from './stages/index.ts';
