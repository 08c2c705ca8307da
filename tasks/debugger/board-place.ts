import { basename } from 'node:path';
import {
  exportedCode,
  findLoadPlace,
  importAndTell,
  type LinkedFile,
  type LoadPlace,
  readExportedFunctions,
} from '../../natmod-rules/debug/where/index.ts';
import { fail } from '../../natmod-rules/problem.ts';
import { mustExecute, takeBoard } from '../board/board.ts';
import { openPort, type PortOptions } from '../board/ports.ts';
import { checkBuild } from '../debug/module-log.ts';

/**
 * Prints the bytes of the file that a module was imported of: the one that it names, or the first that an import would
 * find.
 */
const showFile = (name: string) => `
import sys
def _natmod_show(names):
    for name in names:
        try:
            file = open(name, 'rb')
        except OSError:
            continue
        while True:
            data = file.read(64)
            if not data:
                break
            print('natmod-file:', ''.join('%02x' % byte for byte in data))
        file.close()
        return
_natmod_show([getattr(sys.modules['${name}'], '__file__', '')] + [(p + '/' if p else '') + '${name}.mpy' for p in sys.path])
del _natmod_show
`;

export interface BoardPlace {
  readonly place: LoadPlace;
  /** Where gdb may stop: the C functions that the module exports. */
  readonly stops: readonly string[];
}

/**
 * Has a board import the module of an ELF file, and asks where it lies. It stays imported until the board starts anew.
 * @throws NatmodError `no-port`, `board-error`, `other-build`, `no-base`
 */
export async function askBoardForPlace(
  port: string,
  options: PortOptions,
  path: string,
  file: LinkedFile,
): Promise<BoardPlace> {
  const name = basename(path, '.elf');
  const board = await takeBoard(await openPort(port, options));
  try {
    const told = await mustExecute(board, importAndTell([name]), `importing ${name}`);
    const shown = await mustExecute(board, showFile(name), `reading ${name}.mpy`);
    const bytes = [...shown.matchAll(/^natmod-file: ([0-9a-f]+)/gm)].map(([, digits]) => digits).join('');
    if (bytes !== '') checkBuild(file, path, Buffer.from(bytes, 'hex'), `${name}.mpy on ${board.name}`);
    const functions = readExportedFunctions(told);
    const place = findLoadPlace(file, functions);
    if (place !== undefined) return { place, stops: exportedCode(file, place, functions) };
    const [code, what] =
      functions.length === 0
        ? (['no-base', `${name} exports no function in C, so nobody knows where it lies`] as const)
        : (['other-build', `${basename(path)} is of another build than ${name} on ${board.name}`] as const);
    return fail(code, what);
  } finally {
    await board.close();
  }
}
