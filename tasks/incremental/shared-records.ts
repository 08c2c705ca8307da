import { fail } from '../../natmod-rules/problem.ts';
import type { Report } from '../report/report.ts';
import { hashOf } from '../system/hash.ts';
import { encodeActionResult, recordIn } from './action-result.ts';
import { openRecord, type RecordKind, type StoredRecord, sealRecord } from './record.ts';

const TIMEOUT_MS = 3000;
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * Records on a server that a team shares. It speaks the plain HTTP cache protocol of Bazel: records lie under
 * `/ac/KEY`, objects under `/cas/HASH`. What comes from there is checked like what lies on this machine, and is worth
 * no more; and nothing waits long for it: at the first trouble one warning is printed and the rest of the run goes
 * without.
 */
export class SharedRecords {
  readonly #base: string;
  readonly #report: Report;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #writes: boolean;
  readonly #under = new Set<Promise<void>>();
  #isOff = false;

  /**
   * @param url http or https; user and password in it are taken for Basic authentication
   * @throws NatmodError `bad-option`
   */
  constructor(url: string, report: Report, env: NodeJS.ProcessEnv = process.env) {
    const parsed = URL.canParse(url) ? new URL(url) : undefined;
    if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
      fail('bad-option', `the address of the shared cache '${url}' is none of http or https`);
    }
    const { username, password } = parsed;
    parsed.username = parsed.password = parsed.search = parsed.hash = '';
    this.#base = parsed.href.replace(/\/+$/, '');
    const basic = Buffer.from(decoded(`${username}:${password}`)).toString('base64');
    const token = env.NATMOD_CACHE_TOKEN;
    const authorization = token ? `Bearer ${token}` : username === '' ? undefined : `Basic ${basic}`;
    this.#headers = authorization === undefined ? {} : { authorization };
    this.#writes = !/^(1|true|yes)$/.test(env.NATMOD_CACHE_READONLY ?? '');
    this.#report = report;
  }

  /** A record; undefined when there is none, or it is not what its key says. */
  async get<T>(kind: RecordKind, key: string): Promise<StoredRecord<T> | undefined> {
    const bytes = await this.#request(`ac/${key}`);
    const record = bytes && recordIn(bytes);
    const opened = record && openRecord<T>(kind, key, record);
    if (bytes !== undefined && opened === undefined)
      this.#giveUp(`what lies under ac/${key} is not what was put there`);
    return opened;
  }

  /** An object by its hash. */
  async blob(hash: string): Promise<Buffer | undefined> {
    const bytes = await this.#request(`cas/${hash}`);
    if (bytes === undefined || hashOf(bytes) === hash) return bytes;
    this.#giveUp(`what lies under cas/${hash} has another hash`);
    return undefined;
  }

  /** Sends a record and the object that it names; nobody waits for it before `close`. */
  put(kind: RecordKind, key: string, value: unknown, blobs: readonly Buffer[]): void {
    if (!this.#writes || this.#isOff) return;
    const job = this.#send(kind, key, value, blobs).finally(() => this.#under.delete(job));
    this.#under.add(job);
  }

  /** Waits for what is being sent. */
  async close(): Promise<void> {
    await Promise.all(this.#under);
  }

  async #send(kind: RecordKind, key: string, value: unknown, blobs: readonly Buffer[]): Promise<void> {
    // The record comes last, so that it names nothing that is not there.
    for (const bytes of blobs) await this.#request(`cas/${hashOf(bytes)}`, bytes);
    const named = blobs.map((bytes) => ({ hash: hashOf(bytes), size: bytes.length }));
    await this.#request(`ac/${key}`, encodeActionResult({ blobs: named, record: sealRecord(kind, key, value) }));
  }

  /** Undefined when there is nothing under that path, or when the server is in trouble. */
  async #request(path: string, body?: Buffer): Promise<Buffer | undefined> {
    if (this.#isOff) return undefined;
    const method = body === undefined ? 'GET' : 'PUT';
    try {
      const response = await fetch(`${this.#base}/${path}`, {
        method,
        headers: this.#headers,
        body: body && new Uint8Array(body),
        signal: AbortSignal.timeout(TIMEOUT_MS),
        redirect: 'error',
      });
      if (response.ok) return await contentOf(response);
      await response.body?.cancel();
      if (method === 'PUT' || response.status !== 404) this.#giveUp(`it answers ${method} with ${response.status}`);
    } catch (error) {
      this.#giveUp(reasonOf(error));
    }
    return undefined;
  }

  #giveUp(why: string): void {
    if (this.#isOff) return;
    this.#isOff = true;
    const message = `the shared cache ${this.#base} is not used any more: ${why}`;
    this.#report.problems([{ code: 'shared-cache', message }], '', 'warning');
  }
}

/** @throws NatmodError `bad-option` */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // It may be the password, so it is not shown.
    return fail('bad-option', 'in user and password of the shared cache a % has two hexadecimal digits behind it');
  }
}

async function contentOf(response: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MAX_BYTES) throw new Error(`it sends more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function reasonOf(error: unknown): string {
  const { name, message, cause } = error as Error & { cause?: Error & { code?: string } };
  if (name === 'TimeoutError') return `it does not answer within ${TIMEOUT_MS / 1000} seconds`;
  const why = cause?.code ?? cause?.message ?? message;
  return REASONS.find(([pattern]) => pattern.test(why))?.[1] ?? why;
}

/** What Node's fetch calls things, in words. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/^ECONNREFUSED$/, 'nobody answers at that address'],
  [/^(?:ENOTFOUND|EAI_AGAIN)$/, 'no host of that name is known'],
  [/^(?:ENETUNREACH|EHOSTUNREACH|UND_ERR_CONNECT_TIMEOUT|ETIMEDOUT)$/, 'it cannot be reached'],
  [/^(?:ECONNRESET|EPIPE|UND_ERR_SOCKET|UND_ERR_RES_CONTENT_LENGTH_MISMATCH)$/, 'it closes the connection'],
  [/^(?:UND_ERR_HEADERS_OVERFLOW|HPE_HEADER_OVERFLOW)$/, 'the headers of its answer are too long'],
  [/^HPE_/, 'it does not speak HTTP'],
  [/^bad port$/, 'its port is one that HTTP clients refuse'],
  [/^unexpected redirect$/, 'it sends elsewhere, and where a token goes has to be named'],
  [/^(?:CERT_|ERR_TLS|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/, 'its certificate is not one that this machine trusts'],
];

/** Whether it is the name of a content; what comes from elsewhere can be anything. */
export function isHash(value: unknown): value is string {
  return typeof value === 'string' && /^[\da-f]{64}$/.test(value);
}

/** What a program elsewhere printed, with its colours and without anything else that a terminal would obey. */
export function printable(text: string): string {
  return text.replace(/\u001b(?!\[[\d;]*[mK])|[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f]/g, '');
}
