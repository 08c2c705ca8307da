declare module 'elfy' {
  export interface Section {
    name: string;
    addr: number;
    off: number;
    size: number;
    link: number;
    info: number;
  }
  interface Header {
    /** Number of program headers. */
    phnum: number;
  }
  interface Body {
    sections: Section[];
  }
  interface Parser {
    parseHeader(bytes: Uint8Array): Header;
    parseBody(bytes: Uint8Array, header: Header): Body;
    /** Looks up the names of sections. */
    resolveBody(body: Body, header: Header): Body;
  }
  const elfy: { Parser: new () => Parser };
  export default elfy;
}
