import { isAbsolute, resolve } from 'node:path';
import { fail } from '../../natmod-rules/problem.ts';
import { type OwnOption, readCommandLine } from '../options/table.ts';

/** What the user asked of running and deploying, checked. Paths are absolute. */
export interface RunOptions {
  readonly code: string | undefined;
  readonly timeoutMs: number;
  readonly on: 'program' | 'firmware' | undefined;
  readonly report: string | undefined;
  /** Address where a folder will be published, without a slash at its end. */
  readonly url: string | undefined;
  readonly port: string | undefined;
  readonly password: string;
  readonly deploy: boolean;
  readonly run: boolean;
  readonly reset: boolean;
  readonly add: readonly string[];
  readonly remove: readonly string[];
  /** Python scripts among the words. */
  readonly scripts: readonly string[];
}

const USUAL_SECONDS = 60;

/**
 * The options of a command line; those of building are read elsewhere, and so are unknown ones.
 * @param cwd folder that relative paths start from
 * @throws NatmodError `bad-option`
 */
export function parseRunOptions(argv: readonly string[], cwd: string): RunOptions {
  const line = readCommandLine(argv);
  const all = (name: OwnOption): string[] =>
    (line.values.get(name) ?? []).map((value) =>
      // The code for -c may begin with anything.
      value === true || value === '' || (value.startsWith('--') && name !== 'code')
        ? fail('bad-option', `option --${name} needs a value`)
        : value,
    );
  const last = (name: OwnOption): string | undefined => all(name).at(-1);
  const report = last('report');
  const port = last('port');
  return {
    code: last('code'),
    timeoutMs: readSeconds(last('timeout')) * 1000,
    on: readKind(last('on')),
    report: report === undefined ? undefined : resolve(cwd, report),
    url: readUrl(last('url')),
    port: port?.includes('/') && !port.includes('://') && !isAbsolute(port) ? resolve(cwd, port) : port,
    password: last('password') ?? '',
    deploy: line.values.has('deploy'),
    run: line.values.has('run'),
    reset: line.values.has('reset'),
    add: all('add'),
    remove: all('remove'),
    scripts: line.files.filter((file) => file.endsWith('.py')).map((file) => resolve(cwd, file)),
  };
}

export function currentRunOptions(): RunOptions {
  return parseRunOptions(process.argv.slice(2), process.env.INIT_CWD ?? process.cwd());
}

function readSeconds(text: string | undefined): number {
  const seconds = Number(text ?? USUAL_SECONDS);
  if (seconds > 0 && seconds <= 86_400) return seconds;
  return fail('bad-option', `--timeout '${text}' is no number of seconds`, undefined, 'for example --timeout 120');
}

function readUrl(text: string | undefined): string | undefined {
  if (text === undefined || /^(https?:\/\/[^\s/]|(github|gitlab|codeberg):[^\s/]+\/)\S*$/.test(text))
    return text?.replace(/\/+$/, '');
  const hint = 'for example --url https://example.com/modules or --url github:USER/REPOSITORY/FOLDER';
  return fail('bad-option', `--url '${text}' is no address that mip knows`, undefined, hint);
}

function readKind(text: string | undefined): RunOptions['on'] {
  if (text === undefined || text === 'program' || text === 'firmware') return text;
  return fail('bad-option', `--on '${text}' is neither program nor firmware`);
}
