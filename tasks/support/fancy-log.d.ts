declare module 'fancy-log' {
  const log: { info(text: string): void; error(text: string): void };
  export default log;
}
