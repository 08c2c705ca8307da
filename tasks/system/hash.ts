import { hash } from 'node:crypto';

/** The one hash of everything that is compared or named by its content: SHA-256, as 64 hexadecimal digits. */
export function hashOf(content: string | Uint8Array): string {
  return hash('sha256', content, 'hex');
}
