/** What MicroPython prints of exceptions, mpremote passes on of them, and QEMU of crashes. */

const TRACEBACK = 'Traceback (most recent call last)';

/** Output, and behind it the traceback of an exception that nobody caught; empty when there was none. */
export function splitTraceback(text: string): { readonly output: string; readonly traceback: string } {
  const at = text.lastIndexOf(TRACEBACK);
  return at < 0 ? { output: text, traceback: '' } : { output: text.slice(0, at), traceback: text.slice(at) };
}

/** `ValueError: lengths differ`: what an exception was, from its traceback. */
export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}

/** Whether such a last line is of an exception. */
export function isException(last: string): boolean {
  return /^\w+(Error|Exception|Interrupt|Exit)\b/.test(last);
}

export function isOutOfMemory(last: string): boolean {
  return /^MemoryError\b/.test(last);
}

/** Whether the program that QEMU's user mode ran was ended by a signal of its own making. */
export function tellsOfCrash(output: string): boolean {
  return /uncaught target signal \d+/.test(output);
}

/** The pty that QEMU announces: `char device redirected to /dev/pts/3 (label serial0)`. */
export function announcedPty(text: string): string | undefined {
  return /(\/dev\/[\w./-]+)/.exec(text)?.[1];
}

/** What WebREPL says of a wrong password. */
export function deniesAccess(line: string): boolean {
  return /denied/i.test(line);
}
