import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { espressifFolder, provideEspressif } from '../../tasks/bootstrap/espressif.mjs';
import { run } from '../../tasks/bootstrap/processes.mjs';
import { usualPlaces } from '../../tasks/toolchain/usual-places.ts';
import { testWith } from '../support/needs.ts';

const listening = (server: Server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

testWith(
  { tool: ['tar', 'xz'] },
  "Espressif's compiler is unpacked into the cache and found there, and only when it is the archive that is meant",
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'natmod-espressif-'));
    process.env.NATMOD_CACHE = join(folder, 'cache');
    const bin = join(folder, 'xtensa-esp-elf', 'bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'xtensa-esp-elf-gcc'), '#!/bin/sh\n');
    chmodSync(join(bin, 'xtensa-esp-elf-gcc'), 0o755);
    const file = join(folder, 'compiler.tar.xz');
    t.is((await run('tar', ['-cJf', file, '-C', folder, 'xtensa-esp-elf'])).exitCode, 0);
    const archive = readFileSync(file);
    const server = createServer(({ url }, response) => {
      if (url === '/compiler.tar.xz') response.end(archive);
      else response.writeHead(404).end();
    });
    try {
      await listening(server);
      const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const sha256 = createHash('sha256').update(archive).digest('hex');
      const right = { url: `${at}/compiler.tar.xz`, sha256, bytes: archive.length };
      const wrong = sha256.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
      await t.throwsAsync(provideEspressif({ ...right, sha256: wrong }), { message: /is not what it was/ });
      await t.throwsAsync(provideEspressif({ ...right, url: `${at}/gone` }), { message: /the server answers 404/ });
      t.false(existsSync(espressifFolder()));
      t.true(await provideEspressif(right));
      t.false(await provideEspressif(right));
      const found = usualPlaces().map((place) => join(place, 'xtensa-esp-elf-gcc'));
      t.true(found.includes(join(espressifFolder(), 'xtensa-esp-elf', 'bin', 'xtensa-esp-elf-gcc')));
      t.deepEqual(readdirSync(espressifFolder()).sort(), ['.natmod.json', 'xtensa-esp-elf']);
    } finally {
      server.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
