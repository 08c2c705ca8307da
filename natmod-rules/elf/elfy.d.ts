declare module 'elfy' {
  interface Section {
    name: string;
    addr: number;
    off: number;
    size: number;
    link: number;
    info: number;
  }
  const elfy: { parse(bytes: Uint8Array): { body: { sections: Section[] } } };
  export default elfy;
}
