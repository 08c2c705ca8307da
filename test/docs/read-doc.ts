/** What a page of documentation shows: files, by the name in front of them, and commands. */
export interface ShownFile {
  readonly path: string;
  readonly text: string;
}

export interface Page {
  /** Blocks in fences under a line that says `` `path`: ``. */
  readonly files: readonly ShownFile[];
  /** Commands of `sh` blocks, without comments, in order. */
  readonly commands: readonly string[];
}

/** @param text Markdown */
export function readPage(text: string): Page {
  const files: ShownFile[] = [];
  const commands: string[] = [];
  const blocks = text.matchAll(/(?:^`([^`\n]+)`[^\n]*:\n\n)?^```(\w*)\n([\s\S]*?)^```$/gm);
  for (const [, path, language, body] of blocks) {
    if (path !== undefined) files.push({ path, text: body! });
    else if (language === 'sh') commands.push(...commandsOf(body!));
  }
  return { files, commands };
}

function commandsOf(block: string): string[] {
  return block
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map((line) => line.replace(/\s+#.*$/, '').trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** A command, and what it prints. */
export interface Shown {
  readonly command: string;
  readonly output: readonly string[];
}

/** The `console` blocks of a page that have commands behind `$`, one list for each block. */
export function consoleBlocks(text: string): Shown[][] {
  const blocks = [...text.matchAll(/^```console\n([\s\S]*?)^```$/gm)].map(([, body]) => body!);
  return blocks.filter((body) => /^\$ /m.test(body)).map((body) => body.split(/^\$ /m).slice(1).map(shownOf));
}

function shownOf(text: string): Shown {
  const [command = '', ...output] = text.trimEnd().split('\n');
  return { command, output };
}
