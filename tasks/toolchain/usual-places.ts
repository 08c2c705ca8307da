/**
 * Folders where development kits keep their cross compilers without putting them on PATH: Espressif's (IDF_TOOLS_PATH,
 * ~/.espressif), PlatformIO's, Arduino's, those of ARM's installer, Homebrew's, and natmod's own cache. The newest
 * version of a tool comes first.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { espressifFolder } from '../bootstrap/espressif.mjs';
import { compareNumbered } from '../bootstrap/numbered.mjs';
import { foldersIn } from '../system/if-there.ts';
import { isFolder } from '../system/look.ts';

/** Folders of programs, best first. Each was there a moment ago. */
export function usualPlaces(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string[] {
  const home = env.HOME ?? env.USERPROFILE ?? homedir();
  const kits = [
    // TOOL/VERSION/TOOL/bin
    ...[env.IDF_TOOLS_PATH, join(home, '.espressif')].map((root) => ({ root: root && join(root, 'tools'), depth: 3 })),
    { root: env.PLATFORMIO_CORE_DIR && join(env.PLATFORMIO_CORE_DIR, 'packages'), depth: 1 },
    { root: join(home, '.platformio', 'packages'), depth: 1 },
    // VENDOR/tools/TOOL/VERSION/bin
    ...arduinoFolders(home, env, platform).map((root) => ({ root: join(root, 'packages'), depth: 4 })),
    ...armFolders(env, platform).map((root) => ({ root, depth: 1 })),
    { root: espressifFolder(env), depth: 1 },
    ...homebrewFolders(env, platform).map((root) => ({ root, depth: 0 })),
  ];
  return kits.flatMap(({ root, depth }) => (root ? binFolders(root, depth) : []));
}

function arduinoFolders(home: string, env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string[] {
  if (platform === 'win32') return env.LOCALAPPDATA ? [join(env.LOCALAPPDATA, 'Arduino15')] : [];
  return [platform === 'darwin' ? join(home, 'Library', 'Arduino15') : join(home, '.arduino15')];
}

/** Programs with windows do not have it on PATH. */
function homebrewFolders(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string[] {
  if (platform !== 'darwin') return [];
  return env.HOMEBREW_PREFIX ? [env.HOMEBREW_PREFIX] : ['/opt/homebrew', '/usr/local'];
}

function armFolders(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string[] {
  if (platform === 'darwin') return ['/Applications/ArmGNUToolchain'];
  if (platform !== 'win32') return [];
  const programs = [env.ProgramFiles, env['ProgramFiles(x86)']].filter((folder) => folder !== undefined);
  return programs.flatMap((folder) => ['Arm GNU Toolchain arm-none-eabi', 'Arm'].map((name) => join(folder, name)));
}

const MOST = 200;

/** The folders `bin` at most so many levels below a folder, later versions first. */
function binFolders(folder: string, depth: number): string[] {
  if (!isFolder(folder)) return [];
  const bin = join(folder, 'bin');
  const own = isFolder(bin) ? [bin] : [];
  if (depth === 0) return own;
  return [
    ...own,
    ...newestFirst(folder).flatMap((name) => (name === 'bin' ? [] : binFolders(join(folder, name), depth - 1))),
  ];
}

function newestFirst(folder: string): string[] {
  const names = foldersIn(folder).slice(0, MOST);
  return names.sort((a, b) => compareNumbered(b, a));
}
