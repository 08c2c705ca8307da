/** Code that the linker puts into modules and nobody compiles. */

/** What an assembler is given, and what it makes of it. A test has the assembler of each CPU make it again. */
export interface Assembly {
  readonly text: string;
  readonly code: Uint8Array;
}

/** @param code bytes as hexadecimal digits, with blanks anywhere */
export function assembly(text: string, code: string): Assembly {
  return {
    text,
    code: Uint8Array.from(code.replace(/\s+/g, '').match(/../g) ?? [], (byte) => Number.parseInt(byte, 16)),
  };
}
