/** `npm run docs -- --pages`: the pages that are made from tables. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { API_HEADERS, apiPage } from '../natmod-rules/api/page.ts';
import { boardsPage } from '../natmod-rules/arch/boards-page.ts';
import { troubleshootingPage } from '../natmod-rules/troubleshooting.ts';
import { optionsPage } from './options/page.ts';
import { writeWhole } from './system/files.ts';
import { projectDir, sdkDir } from './system/project.ts';

/** Every page by its name in docs/. */
export const pages: Readonly<Record<string, () => string>> = {
  'api.md': () => apiPage(apiHeaders()),
  'boards.md': boardsPage,
  'options.md': optionsPage,
  'troubleshooting.md': troubleshootingPage,
};

export function writePages(): void {
  for (const [name, text] of Object.entries(pages)) writeWhole(join(projectDir, 'docs', name), text());
}

function apiHeaders(): Parameters<typeof apiPage>[0] {
  const texts = API_HEADERS.map((name) => [name, readFileSync(join(sdkDir, 'py', 'abi', name), 'utf8')]);
  return Object.fromEntries(texts);
}
