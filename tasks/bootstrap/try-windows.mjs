/**
 * `npm run try-windows`: the package, as it would be published, in a Windows that wine makes, with Node for Windows and
 * GNU make for Windows. Cross compilers are those of this machine, reached through a program that stands for each; what
 * they make has to be the same bytes as here.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startWindows } from '../try-windows/machine.mjs';
import { tryAll } from '../try-windows/steps.mjs';
import { provideWindows } from '../try-windows/wine.mjs';
import { provideDependencies } from './dependencies.mjs';
import { packNatmod } from './pack-natmod.mjs';
import { runMain, say } from './report.mjs';

await runMain(async () => {
  await provideDependencies();
  const places = await provideWindows();
  const folder = mkdtempSync(join(tmpdir(), 'natmod-try-'));
  try {
    const tarball = await packNatmod(folder);
    say('starting Windows');
    const windows = await startWindows(places);
    try {
      const right = await tryAll(windows, tarball, places, (name, outcome) => say(`${name}: ${outcome}`));
      return right ? 0 : 1;
    } finally {
      await windows.end();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
