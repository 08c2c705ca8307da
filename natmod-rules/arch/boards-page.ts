import { archColumn, BOARDS, describeBoard } from './boards.ts';
import { ARCHES } from './index.ts';

/** docs/boards.md. */
export function boardsPage(): string {
  const boards = BOARDS.map((board) => `| \`${board.name}\` | ${archColumn(board)} | ${describeBoard(board)} |`);
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

A firmware also loads modules for lesser CPUs of its family: one for armv7emsp loads armv6m and armv7m modules, too. Floats that such a module
passes to MicroPython or gets from it (\`mp_obj_new_float\`, \`mp_obj_get_float_to_f\`) come through wrong then, because they are in other registers.
Up to MicroPython 1.28 it is the other way round with the firmware for RP2350 (in ARM mode) and for i.MX RT with single precision, which is compiled
with \`-mfloat-abi=softfp\`: modules that pass floats are for armv7m there, and \`--board\` chooses it and says so. A module that passes none may be
for armv7emsp, and for a firmware that is compiled with \`-mfloat-abi=hard\` it must be. \`natmod deploy\` and \`test --port\` ask the board, and warn.
Where the table says "none", the firmware that MicroPython publishes loads no native code, since its compiler for machine code is left out
(\`MICROPY_EMIT_THUMB\`); single boards of other rows are like that, too (Espruino Pico, NUCLEO-L432KC).

| architecture | number | compiler: Debian's packages, or how to get it |
|---|---|---|
${arches.join('\n')}

\`natmod compilers --add ARCH\` installs what is missing.
`;
}
