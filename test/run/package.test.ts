import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { extname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import { publish as publishModules } from '../../tasks/package.ts';
import { linkFixture } from '../support/link-fixtures.ts';
import { testWith } from '../support/needs.ts';
import { runMicroPython } from '../support/run.ts';
import { natmod, temporaryFolder } from './support.ts';

const folder = await temporaryFolder();
const publish = (name: string) => join(folder, name, 'publish');
const pack = (name: string, ...args: string[]) =>
  natmod(['package', '--module', 'features0,features1', '--out', join(folder, name), ...args]);

/** The files of the folder on HTTP, as a web server has them. */
async function serve(top: string): Promise<{ server: Server; url: string }> {
  const server = createServer(async ({ url = '' }, response) => {
    const bytes = await readFile(join(top, url)).catch(() => undefined);
    const type = extname(url) === '.json' ? 'application/json' : 'application/octet-stream';
    response.writeHead(bytes === undefined ? 404 : 200, { 'Content-Type': type, Connection: 'close' }).end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as { port: number }).port}` };
}

/**
 * Installs with the mip of a real MicroPython, and imports what came.
 * @returns what was printed, or undefined without a mip
 */
async function install(t: ExecutionContext, address: string, imports: string): Promise<string | undefined> {
  const script = `try:
    import mip
except ImportError:
    raise SystemExit(7)
mip.install(${JSON.stringify(address)}, target="lib")
import sys
sys.path.insert(0, "lib")
print(getattr(mip, "__version__", ""))
${imports}
`;
  const { exitCode, stdout } = await runMicroPython('x64', { files: {}, script });
  if (exitCode === 7) {
    t.log('this MicroPython has no mip');
    return undefined;
  }
  t.is(exitCode, 0, stdout);
  return stdout;
}

testWith({ compiler: ['x64', 'armv7m'] }, 'natmod package: modules, files for mip, checksums, sizes', async (t) => {
  const made = publish('sums');
  const { status, text } = await pack('sums', '--arch', 'x64,armv7m');
  t.is(status, 0, text);
  t.deepEqual((await readdir(made)).sort(), ['README.md', 'SHA256SUMS', 'armv7m', 'x64']);
  const files = ['features0.json', 'features0.mpy', 'features1.json', 'features1.mpy', 'package.json'];
  t.deepEqual((await readdir(join(made, 'armv7m'))).sort(), files);
  t.regex(await readFile(join(made, 'README.md'), 'utf8'), /\| features1 \| \d+ \/ \d+ \| \d+ \/ \d+ \|/);
  const checked = await execa('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: made, reject: false });
  t.is(checked.exitCode, 0, checked.stdout);
  t.is(checked.stdout.split('\n').length, 11);
});

testWith({ compiler: 'x64', runtime: 'x64' }, 'mip of a real MicroPython installs what was packed', async (t) => {
  const { server, url } = await serve(publish('mip'));
  try {
    const packed = await pack('mip', '--arch', 'x64', '--url', `${url}/`);
    t.is(packed.status, 0, packed.text);
    const both = 'import features0, features1\nprint(features0.factorial(5), features1.clamp(9, 1, 3))';
    const all = await install(t, `${url}/x64/package.json`, both);
    if (all === undefined) return;
    t.regex(all, /\n120 3\n$/);
    t.regex(
      (await install(t, `${url}/x64/features0.json`, 'import features0\nprint(features0.factorial(4))')) ?? '',
      /\n24\n$/,
    );
    t.regex(
      (await install(t, `${url}/x64/features0.mpy`, 'import features0\nprint(features0.factorial(3))')) ?? '',
      /\n6\n$/,
    );
    const absent = await install(t, `${url}/x64/nosuch.json`, 'import os\nprint(os.listdir("."))');
    t.regex(absent ?? '', /Package not found/);
    // Without an address the files refer to each other, which mip knows from 0.4 on.
    await pack('mip', '--arch', 'x64');
    const version = /\n(\d+)\.(\d+)\.\d+\n/.exec(all);
    if (version !== null && Number(version[1]) === 0 && Number(version[2]) < 4) return;
    t.regex((await install(t, `${url}/x64/package.json`, both)) ?? '', /\n120 3\n$/);
  } finally {
    server.close();
  }
});

test('natmod package refuses an address that mip does not know, before it builds', async (t) => {
  for (const url of ['ftp://host/x', 'github:user', 'https://', 'some words']) {
    const { status, text } = await pack('bad', '--url', url);
    t.is(status, 1);
    t.true(text.includes(`--url '${url}' is no address that mip knows`), text);
    t.notRegex(text, /built/);
  }
});

test('natmod package replaces what it has made, and nothing that somebody put there', async (t) => {
  const own = join(folder, 'own', 'publish');
  const file = join(folder, 'own', 'm.mpy');
  await mkdir(join(folder, 'own'), { recursive: true });
  await writeFile(file, linkFixture('x64', 'minimal').expected!);
  const built = [{ name: 'm', arch: 'x64', file }] as unknown as Parameters<typeof publishModules>[0];
  await publishModules(built, own);
  await publishModules(built, own);
  t.deepEqual((await readdir(own)).sort(), ['README.md', 'SHA256SUMS', 'x64']);
  await writeFile(join(own, 'x64', 'notes.txt'), 'mine');
  await t.throwsAsync(publishModules(built, own), {
    message: /this folder has x64\/notes\.txt, which was not published/,
  });
  t.is(await readFile(join(own, 'x64', 'notes.txt'), 'utf8'), 'mine');
  // A release of something else has sums, too.
  const other = join(folder, 'other');
  await mkdir(other);
  await writeFile(join(other, 'SHA256SUMS'), `${'0'.repeat(64)}  tool.tar\n`);
  await writeFile(join(other, 'tool.tar'), 'mine');
  await t.throwsAsync(publishModules(built, other), { message: /this folder has SHA256SUMS/ });
  t.is(await readFile(join(other, 'tool.tar'), 'utf8'), 'mine');
});
