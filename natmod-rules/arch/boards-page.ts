import { BOARDS } from './boards.ts';
import { ARCHES } from './index.ts';

/** docs/boards.md. */
export function boardsPage(): string {
  const boards = BOARDS.map(({ name, arch, about }) => `| \`${name}\` | ${arch} | ${about} |`);
  const arches = ARCHES.map(({ name, mpyNumber, debianPackages, howToGet }) => {
    const compiler = debianPackages.length > 0 ? debianPackages.map((one) => `\`${one}\``).join(' ') : howToGet;
    return `| ${name} | ${mpyNumber} | ${compiler} |`;
  });
  return `# Which architecture has my board?

Made from the table in \`natmod-rules/arch/boards.ts\` by \`npm run docs -- --pages\`; change it there.

The board itself knows best: \`natmod deploy --port auto\` asks it. By hand, on the board:

\`\`\`python
import sys
print(sys.implementation._mpy >> 10 & 15)
\`\`\`

prints the number in the second table. Otherwise look for the chip. \`natmod build --board rp2040\` takes the names of the first column, with
any capitals and dashes, and \`natmod list --boards\` prints the same list.

| chip | architecture | boards |
|---|---|---|
${boards.join('\n')}

A firmware also loads modules for lesser CPUs of its family: one for armv7emsp loads armv6m and armv7m modules, too.

| architecture | number | compiler: Debian's packages, or how to get it |
|---|---|---|
${arches.join('\n')}

\`natmod compilers --add ARCH\` installs what is missing.
`;
}
