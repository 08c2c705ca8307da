/** `npm run docs`: the pages that are made from tables. */
import { join } from 'node:path';
import { troubleshootingPage } from '../natmod-rules/troubleshooting.ts';
import { optionsPage } from './options/page.ts';
import { writeWhole } from './system/files.ts';
import { projectDir } from './system/project.ts';

/** Every page by its name in docs/. */
export const pages: Readonly<Record<string, () => string>> = {
  'options.md': optionsPage,
  'troubleshooting.md': troubleshootingPage,
};

export function writePages(): void {
  for (const [name, text] of Object.entries(pages)) writeWhole(join(projectDir, 'docs', name), text());
}
