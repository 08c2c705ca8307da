/** The npm package as it would be published: packed once for all tests of a process. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withCertificates } from '../../tasks/bootstrap/certificates.mjs';
import { npmCommand } from '../../tasks/bootstrap/dependencies.mjs';
import { run } from '../../tasks/bootstrap/processes.mjs';
import { projectDir } from '../../tasks/system/project.ts';

let packed: Promise<string> | undefined;

/** @returns the tarball, absolute */
export function packedPackage(): Promise<string> {
  packed ??= pack();
  return packed;
}

async function pack(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'natmod-packed-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const [npm, ...first] = npmCommand();
  const result = await run(npm, [...first, 'pack', '--pack-destination', folder], {
    cwd: projectDir,
    timeoutMs: 240_000,
  });
  const [name] = readdirSync(folder);
  if (result.exitCode !== 0 || name === undefined) throw new Error(`npm pack: ${result.stderr}`);
  return join(folder, name);
}

/** Why npm cannot install anything here; undefined when it can. */
export function registryLack(): string | undefined {
  const [npm, ...first] = npmCommand();
  const env = withCertificates();
  const { status } = spawnSync(npm, [...first, 'view', 'gulp@5', 'version'], { env, timeout: 30_000, stdio: 'ignore' });
  return status === 0 ? undefined : "npm's registry cannot be reached";
}
