/** Looks whether the links of a static site lead somewhere. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/**
 * @param {string} site folder of the site, which is at the top of its server
 * @returns {{ pages: number, dead: string[] }} how many pages there are, and links between them that lead nowhere
 */
export function deadLinks(site) {
  const pages = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.html'));
  const texts = new Map(pages.map((name) => [join(site, name), readFileSync(join(site, name), 'utf8')]));
  const dead = [...texts].flatMap(([file, text]) =>
    [...text.matchAll(/<a[^>]*\shref="([^"]*)"/g)].flatMap(([, href = '']) => {
      if (/^\w+:/.test(href)) return [];
      const [path = '', anchor] = decodeURIComponent(href.replaceAll('&amp;', '&')).split('#');
      const target = path === '' ? file : join(path.startsWith('/') ? site : dirname(file), path);
      const found = [target, join(target, 'index.html'), `${target}.html`].find((one) => texts.has(one));
      if (found === undefined)
        return existsSync(target) && path !== '' && !path.endsWith('/') ? [] : [`${relative(site, file)}: ${href}`];
      const has = anchor === undefined || anchor === '' || texts.get(found)?.includes(`id="${anchor}"`);
      return has ? [] : [`${relative(site, file)}: ${href}`];
    }),
  );
  return { pages: pages.length, dead };
}
