/** Modules that were linked: on this machine, and on the server of a team. */
import type { ModulePlan } from '../modules/describe-module.ts';
import type { Trace } from '../system/file-trace.ts';
import { answersOf, questionCommand } from '../toolchain/find.ts';
import type { Asked, LinkRecord } from './module-record.ts';
import { type Inputs, isUnchanged } from './observed.ts';
import type { StoredRecord } from './record.ts';
import type { Session } from './session.ts';
import { isHash, printable } from './shared-records.ts';
import { type LinkFields, linkKey } from './unit-key.ts';

/** A link as a server has it. */
type SharedLink = Omit<LinkRecord, 'key'>;

/** How libraries were found. */
export interface FoundLibraries {
  /** Undefined when nobody knows which were read. */
  readonly inputs: Inputs | undefined;
  readonly asked: Trace['answers'];
}

const QUESTION = /^-(?:dumpmachine|print-(?:libgcc-file-name|multi-directory|file-name=[\w.+][\w.+-]*))$/;
const MAX_ASKED = 32;

/** The module that was linked of the same things; it is kept here when it comes from a server. */
export async function findLink(
  session: Session,
  fields: LinkFields,
  plan: ModulePlan,
): Promise<StoredRecord<LinkRecord> | undefined> {
  const { records, hashes, shared } = session;
  const key = linkKey(fields);
  const here = records.get<LinkRecord>('link', key);
  const holds = async ({ inputs, asked }: SharedLink) =>
    isUnchanged(inputs, hashes) && (await isAnsweredSo(asked, plan));
  if (here !== undefined && (await holds(here.value))) return here;
  const link = (await shared?.get<unknown>('link', key))?.value;
  if (shared === undefined || !isSharedLink(link) || !(await holds(link))) return undefined;
  const bytes = await shared.blob(link.output);
  if (bytes === undefined) return undefined;
  const said = link.said === undefined ? undefined : printable(link.said);
  const { inputs, asked, output, sizes } = link;
  const value: LinkRecord = { key, inputs, asked, output, sizes, bytes: bytes.length, said };
  records.put('link', key, value, bytes);
  return { value, bytes };
}

/** Keeps a module that was linked, here and on the server. */
export function keepLink({ records, shared }: Session, record: LinkRecord, bytes: Buffer): void {
  const { key, ...link } = record;
  records.put('link', key, record, bytes);
  shared?.put('link', key, link satisfies SharedLink, [bytes]);
}

/** What was asked, as a record has it; undefined when it cannot be asked again from a record. */
export function whatWasAsked(answers: Trace['answers'], plan: ModulePlan): readonly Asked[] | undefined {
  const commands = commandsOf(plan).map((command) => JSON.stringify(command));
  const asked = answers.map(({ command, question, answer }): Asked => {
    return { command: commands.indexOf(JSON.stringify(command)), question, answer };
  });
  return asked.every(isAsked) && asked.length <= MAX_ASKED ? asked : undefined;
}

/** The commands that can be asked where libraries are, in an order that is the same everywhere. */
function commandsOf({ toolchain, cflags }: ModulePlan): readonly (readonly string[])[] {
  const toolchains = [toolchain, toolchain?.gcc].filter((one) => one !== undefined);
  return toolchains.flatMap((one) =>
    [cflags, [...cflags, '-rtlib=compiler-rt']].map((flags) => questionCommand(one, flags)),
  );
}

/** Whether the compilers say now, and on this machine, what they have said for a record. */
export async function isAnsweredSo(asked: readonly Asked[], plan: ModulePlan): Promise<boolean> {
  const commands = commandsOf(plan);
  for (const { command, question, answer } of asked) {
    const words = commands[command];
    if (words === undefined || plan.toolchain === undefined) return false;
    if ((await answersOf(plan.toolchain).ask(words, question)) !== answer) return false;
  }
  return true;
}

/** What comes from elsewhere need not have the form that ours have. */
function isSharedLink(value: unknown): value is SharedLink {
  const { inputs, asked, output, sizes, said } = (value ?? {}) as Partial<SharedLink>;
  const isSizes = sizes === undefined || [sizes?.text, sizes?.rodata, sizes?.bss].every(Number.isInteger);
  return (
    isHash(output) &&
    isSizes &&
    (said === undefined || typeof said === 'string') &&
    isInputs(inputs) &&
    Array.isArray(asked) &&
    asked.length <= MAX_ASKED &&
    asked.every(isAsked)
  );
}

function isAsked(value: unknown): value is Asked {
  const { command, question, answer } = (value ?? {}) as Partial<Asked>;
  return Number.isInteger(command) && command! >= 0 && isText(question) && QUESTION.test(question) && isText(answer);
}

/** Inputs without variables of the environment, which no link has. */
function isInputs(value: unknown): value is Inputs {
  const { files, missing, there = [], folders = [], links = [], programs = [], environment } = (value ?? {}) as Inputs;
  const areTexts = (list: unknown): list is string[] => Array.isArray(list) && list.every(isText);
  const areTuples = (list: unknown, length: number) =>
    Array.isArray(list) && list.every((entry) => areTexts(entry) && entry.length === length);
  return (
    environment === undefined &&
    areTuples(files, 2) &&
    areTexts(missing) &&
    areTexts(there) &&
    areTuples(folders, 2) &&
    areTuples(links, 2) &&
    areTuples(programs, 4)
  );
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && !value.includes('\0');
}
