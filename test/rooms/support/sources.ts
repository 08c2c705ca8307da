import { readdirSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { projectDir } from '../../../tasks/system/project.ts';

/** The sources of a folder of the project, as paths from the project's own folder. */
export function sourcesIn(folder: string): string[] {
  return readdirSync(join(projectDir, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => normalize(`${folder}/${name}`))
    .filter((name) => /\.m?ts$|\.[cm]js$/.test(name));
}

export function textOf(file: string): string {
  return readFileSync(join(projectDir, file), 'utf8');
}
