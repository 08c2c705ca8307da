import { createHash } from 'node:crypto';
import { fail, formatProblem, NatmodError, problemsIn } from '../../natmod-rules/problem.ts';
import {
  ASK_FOLDER,
  adler32,
  appendChunk,
  CHUNK,
  closeAndHash,
  hashFile,
  hexOf,
  prepareFolder,
  removeFile,
  renameOver,
} from '../../natmod-rules/runtime/index.ts';
import { type Board, mustExecute } from './board.ts';
import { isLineClosed } from './link.ts';

/** The folder on the board where modules belong: `/lib` of its flash where Python looks there. */
export async function moduleFolder(board: Board): Promise<string> {
  const answer = await mustExecute(board, ASK_FOLDER, 'asking for sys.path');
  const folder = /^natmod-folder: (\/\S*)$/m.exec(answer)?.[1];
  return folder?.replace(/\/+$/, '') ?? '';
}

/**
 * Copies a file to the board, whole or not at all: under a temporary name, checked by its hash, then renamed. What an
 * earlier copy that broke off has left is removed.
 *
 * @param path on the board, absolute
 * @returns false when the board had the same file already
 * @throws NatmodError `out-of-memory`, `board-error`, `line-closed`, `wrong-hash`
 */
export async function putFile(board: Board, path: string, bytes: Uint8Array): Promise<boolean> {
  const folder = path.slice(0, path.lastIndexOf('/'));
  const temporary = `${path}.part`;
  const before = readHash(await mustExecute(board, hashFile(path), `looking at ${path}`));
  if (before !== undefined && isHashOf(before, bytes)) return false;
  const what = `writing ${path} (${bytes.length} bytes)`;
  try {
    await mustExecute(board, prepareFolder(folder, temporary), what);
    for (let at = 0; at < bytes.length; at += CHUNK) {
      await mustExecute(board, appendChunk(bytes.subarray(at, at + CHUNK)), what);
    }
    const after = readHash(await mustExecute(board, closeAndHash(temporary), `checking ${path}`));
    if (after === undefined || !isHashOf(after, bytes)) {
      fail('wrong-hash', `${board.name}: ${path} arrived damaged`, undefined, 'check the line, and try again');
    }
    await mustExecute(board, renameOver(temporary, path), `putting ${path} in place`);
    return true;
  } catch (error) {
    const [problem] = problemsIn(error);
    // With the line gone, the rest of the file stays until the next copy removes it.
    if (!isLineClosed(error)) await board.execute(removeFile(temporary)).catch(() => {});
    if (problem === undefined || !isLineClosed(error)) throw error;
    const hint = `the old ${path} is untouched; the next deploy removes what is left of the new one`;
    throw new NatmodError({ code: problem.code, message: formatProblem(problem), hint });
  }
}

interface BoardHash {
  readonly size: number;
  readonly kind: string;
  readonly digits: string;
}

function readHash(text: string): BoardHash | undefined {
  const match = /^natmod-hash: (\d+) (sha256|sum) ([0-9a-f]+)$/m.exec(text);
  return match === null ? undefined : { size: Number(match[1]), kind: match[2]!, digits: match[3]! };
}

function isHashOf({ size, kind, digits }: BoardHash, bytes: Uint8Array): boolean {
  const own = kind === 'sha256' ? hexOf(createHash('sha256').update(bytes).digest()) : adler32(bytes);
  return size === bytes.length && digits === own;
}
