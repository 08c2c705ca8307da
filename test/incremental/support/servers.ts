/** Servers on this machine, for one test each: a cache in memory, nginx with WebDAV, and the daemon of distcc. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findCacheServer } from '../../../tasks/bootstrap/provide.mjs';

export interface WebServer {
  readonly url: string;
  /** Where it keeps what it is given. */
  readonly store: string;
  /** Lines such as `PUT /ac/…  201`, since this was last asked. */
  requests(): string[];
}

// Before a test chooses a cache folder of its own.
const nginx = findCacheServer();

/**
 * Runs nginx as a cache: it takes whatever is put, and knows nothing of it.
 * @param rules more lines for its configuration
 */
export async function withNginx(body: (server: WebServer) => Promise<void>, rules = ''): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'natmod-nginx-'));
  const [store, log, config] = [join(folder, 'store'), join(folder, 'access.log'), join(folder, 'nginx.conf')];
  mkdirSync(store);
  const port = await freePort();
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(folder, name)};`,
  );
  writeFileSync(
    config,
    `daemon off; master_process off; pid ${join(folder, 'pid')};
events {}
http {
  log_format brief '$request_method $uri $status';
  access_log ${log} brief;
  ${places.join(' ')}
  client_max_body_size 64m;
  server {
    listen 127.0.0.1:${port};
    root ${store};
    location / { dav_methods PUT; create_full_put_path on; ${rules} }
  }
}
`,
  );
  const { command, args } = nginx as { command: string; args: string[] };
  await withProgram(spawn(command, [...args, '-e', 'stderr', '-p', folder, '-c', config]), port, async () => {
    let seen = 0;
    await body({
      url: `http://127.0.0.1:${port}`,
      store,
      requests() {
        const lines = readFileSync(log, 'utf8').trim().split('\n');
        const since = lines.slice(seen);
        seen = lines.length;
        return since;
      },
    });
  });
  rmSync(folder, { recursive: true, force: true });
}

/** Runs distccd. @param body gets DISTCC_HOSTS and what tells how many objects it has made */
export async function withDistccd(body: (hosts: string, compiled: () => number) => Promise<void>): Promise<void> {
  const port = await freePort();
  const words = ['--no-detach', '--daemon', '--log-stderr', '--log-level', 'info', '--enable-tcp-insecure'];
  const place = ['--port', `${port}`, '--listen', '127.0.0.1', '--allow', '127.0.0.1', '--jobs', '2'];
  const daemon = spawn('distccd', [...words, ...place]);
  let log = '';
  daemon.stderr.on('data', (bytes) => {
    log += String(bytes);
  });
  await withProgram(daemon, port, () => body(`127.0.0.1:${port}`, () => (log.match(/COMPILE_OK/g) ?? []).length));
}

async function withProgram(server: ChildProcess, port: number, body: () => Promise<void>): Promise<void> {
  const ended = new Promise<void>((resolve) => server.once('close', () => resolve()));
  try {
    while (!(await answers(port))) {
      if (server.exitCode !== null) throw new Error(`${server.spawnfile} has ended with ${server.exitCode}`);
    }
    await body();
  } finally {
    server.kill('SIGTERM');
    await ended;
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (isThere: boolean) => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => setTimeout(() => end(false), 10));
  });
}

async function freePort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A cache in memory. */
export interface Server {
  readonly url: string;
  readonly blobs: Map<string, Buffer>;
  readonly requests: string[];
}

export type Answer = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

/**
 * A server on this machine; without an `answer` of its own it keeps what it is given, and checks what lies under
 * `/cas/`.
 */
export async function withServer(body: (server: Server) => Promise<void>, answer?: Answer): Promise<void> {
  const blobs = new Map<string, Buffer>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url = '' } = request;
      const content = Buffer.concat(chunks);
      requests.push(`${method} ${url.split('/').at(-2)} ${request.headers.authorization ?? ''}`.trim());
      if (answer !== undefined) return answer(request, response, content);
      if (method === 'PUT') {
        const isRight = !url.includes('/cas/') || url.endsWith(createHash('sha256').update(content).digest('hex'));
        if (isRight) blobs.set(url, content);
        return response.writeHead(isRight ? 200 : 400).end();
      }
      const found = blobs.get(url);
      return response.writeHead(found === undefined ? 404 : 200).end(found);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await body({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/team`, blobs, requests });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
