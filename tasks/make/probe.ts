import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import type { Arch } from '../../natmod-rules/arch/index.ts';
import { fail } from '../../natmod-rules/problem.ts';
import { type Report, silentReport } from '../report/report.ts';
import { noteMakefile, noteUnsure } from '../system/file-trace.ts';
import { exists, isFile } from '../system/look.ts';
import { howEnded, MAX_OUTPUT_TEXT, type ProcessResult } from '../system/processes.ts';
import { sdkDir } from '../system/project.ts';
import {
  type Answer,
  askMake,
  type automatic,
  type Makefile,
  type ProbedName,
  type ProbeOptions,
  type Question,
  runMake,
  type Together,
} from './ask.ts';
import { goalsToTry, type InnerMake, innerMakeCommand, readInnerMakes } from './goals.ts';
import { hostArchName, neededHostArch } from './host-arch.ts';
import { howToWriteToStreams, lacksDynruntime, lostDynruntime, wantsArch } from './messages.ts';
import type { MakeRules } from './rules.ts';
import { type VariableWords, wordsOfVariable } from './shell-words.ts';
import { type MakeVariable, splitNames } from './variables.ts';

/** What make says of a module for one architecture. */
export interface Probe {
  get(name: ProbedName): MakeVariable;
  /** Whether a variable has `$<`, `$@` or `$*` in it, so that its value above says nothing. */
  isAutomatic(name: (typeof automatic)[number]): boolean;
  readonly rules: MakeRules;
  /** What make is asked for; empty for the default goal. */
  readonly goal: string;
  /**
   * The words of a variable that stands in command lines, as a shell would have them. Errors: those of
   * `wordsOfVariable`.
   */
  words(name: ProbedName): Promise<VariableWords>;
  /** Runs make on the same Makefile with the same variables. */
  make(targets: readonly string[], variables: readonly string[]): Promise<ProcessResult>;
  /** The MicroPython tree or the SDK whose headers are used; absolute. */
  readonly mpyDir: string;
  /** The MicroPython tree that MPY_DIR became once our SDK's dynruntime.mk was read. */
  readonly tree: string | undefined;
  /** The flags are those of the dynruntime.mk that comes with natmod. */
  readonly usesSdk: boolean;
  /** The SDK took the place of an MPY_DIR that the Makefile does not set, or that leads nowhere. */
  readonly replacedMpyDir?: 'unset' | 'wrong' | 'unclear';
}

/** How a module's Makefile is evaluated. */
export interface ProbeHow {
  /** A MicroPython tree that MPY_DIR becomes once our SDK's dynruntime.mk is read. */
  readonly tree?: string;
  /** The same, if the module turns out to be made of MicroPython's files; `Probe.tree` says whether it was taken. */
  readonly offered?: string | undefined;
  /** Gets command lines. */
  readonly report?: Report;
  readonly together?: Together;
}

/**
 * Has GNU make evaluate a module's Makefile. MPY_DIR is, in this order: the user's, the Makefile's own if it exists,
 * our SDK.
 *
 * @param arch undefined: the Makefile's ARCH, or the host's when it has none
 * @throws NatmodError `no-make`, `make-failed`, `no-dynruntime`, `bad-mpy-dir`
 */
export async function probeModule(
  module: Makefile,
  arch: Arch | undefined,
  options: ProbeOptions,
  { tree, offered, report = silentReport(), together }: ProbeHow = {},
): Promise<Probe> {
  if (options.mpyDir !== undefined) checkMpyDir(options.mpyDir);
  let question: Question = {
    module,
    arch: arch?.name,
    options,
    goal: options.goal ?? '',
    report,
    together,
    ...(tree === undefined ? { mpyDir: options.mpyDir, offered } : ofTree(tree)),
  };
  let replacedMpyDir: Probe['replacedMpyDir'];
  let answer = await askMake(question);
  if (answer.variables === undefined && question.mpyDir === undefined && lacksDynruntime(answer.errors)) {
    const lost = lostDynruntime(answer.errors);
    // Once it is there, make has to be asked again.
    if (lost !== undefined && exists(resolve(module.dir, lost))) noteUnsure(`${lost} has just appeared`);
    const isUnset = lost === '/py/dynruntime.mk' || !/py\/dynruntime\.mk/.test(answer.errors);
    replacedMpyDir = isUnset ? 'unset' : lost === undefined ? 'unclear' : 'wrong';
    question = { ...question, mpyDir: sdkDir };
    answer = await askMake(question);
  }
  if (question.arch === undefined && asksForArch(answer)) {
    const makefile = join(module.dir, module.makefile);
    question = { ...question, arch: answer.variables === undefined ? neededHostArch(makefile) : hostArchName() };
    answer = await askMake(question);
  }
  if (answer.variables !== undefined && !hasInclude(answer)) {
    const found = await findGoal(question, answer);
    if (question.mpyDir === undefined && found.question.mpyDir !== undefined) replacedMpyDir = 'unset';
    ({ question, answer } = found);
  }
  const taken = takenOffer(question, answer);
  if (taken === 'by others') return probeModule(module, arch, options, { report, together });
  // What make is told from now on is what it would have been told at once.
  return taken === undefined
    ? probeOf({ ...question, offered: undefined }, answer, replacedMpyDir)
    : probeOf({ ...question, offered: undefined, ...ofTree(offered!) }, answer);
}

/** Whether MPY_DIR became the tree that was offered, and whether it was our SDK's dynruntime.mk that took it. */
function takenOffer({ module }: Question, { variables }: Answer): 'by us' | 'by others' | undefined {
  if (variables?.get('natmod_offered')?.origin !== 'file') return undefined;
  const sdk = resolve(module.dir, unquoted(variables.get('natmod_sdk')?.value ?? ''));
  return sdk === sdkDir ? 'by us' : 'by others';
}

const unquoted = (path: string) => path.replace(/\\(.)/g, '$1');

/** @throws NatmodError `make-failed`, `no-make` */
function probeOf(question: Question, answer: Answer, replacedMpyDir?: Probe['replacedMpyDir']): Probe {
  const { module, tree } = question;
  const { variables, rules, mark } = answer;
  if (variables === undefined) return makeFailed(module, answer);
  const get = (name: ProbedName) => variables.get(name) ?? { value: '', origin: 'undefined' };
  for (const name of splitNames(get('MAKEFILE_LIST').value)) noteMakefile(resolve(module.dir, name));
  return {
    get,
    isAutomatic: (name) => variables.get(`automatic-${name}`)?.value.includes(mark) === true,
    rules,
    goal: question.goal,
    words: (name) =>
      wordsOfVariable(name, get(name).value, join(module.dir, module.makefile), (mark) =>
        runMake(question, ['-r', '-s', 'natmod-words'], { NATMOD_PROBE: '1', NATMOD_MARK: mark, NATMOD_WORDS: name }),
      ),
    make: (targets, more) => runMake(question, [...goalOf(question), ...more, ...targets], {}),
    mpyDir: resolve(module.dir, unquoted(get('MPY_DIR').value)),
    tree,
    usesSdk: get('natmod_sdk').origin !== 'undefined',
    replacedMpyDir,
  };
}

/** A tree takes the place of our SDK, whose flags it gets. */
const ofTree = (tree: string) => ({ mpyDir: sdkDir, tree });

const hasInclude = ({ variables }: Answer) => /dynruntime\.mk/.test(variables?.get('MAKEFILE_LIST')?.value ?? '');

const goalOf = ({ goal }: Question) => (goal === '' ? [] : [`MAKECMDGOALS=${goal}`]);

interface FoundGoal {
  readonly question: Question;
  readonly answer: Answer;
}

/**
 * The one goal for which the Makefile has MicroPython's rules.
 * @throws NatmodError `no-dynruntime` when there is none, `several-goals`
 */
async function findGoal(question: Question, answer: Answer): Promise<FoundGoal> {
  const { module, options } = question;
  const makefile = join(module.dir, module.makefile);
  // Some look for MPY_DIR before they include anything.
  const places = question.mpyDir === undefined ? [question, { ...question, mpyDir: sdkDir }] : [question];
  for (const place of places) {
    const inner = options.goal === undefined ? [] : await innerMakes(place, options.goal);
    const names = splitNames(answer.variables!.get('MAKEFILE_LIST')?.value ?? '').map((name) =>
      resolve(module.dir, name),
    );
    const tried: Question[] =
      options.goal === undefined
        ? goalsToTry(names, answer.rules).map((goal) => ({ ...place, goal }))
        : [place, ...inner.map((one) => withInner(place, one))];
    const found: FoundGoal[] = [];
    for (const one of tried) {
      const reply = await askMake(one);
      if (reply.variables !== undefined && hasInclude(reply)) found.push({ question: one, answer: reply });
    }
    const goals = found.map((one) => one.question.goal);
    if (found.length > 1) {
      const hint = `name one: ${goals.map((goal) => `--goal ${goal}`).join(', ')}`;
      fail('several-goals', "this Makefile has MicroPython's rules for some goals only", { file: makefile }, hint);
    }
    if (found[0] === undefined) continue;
    if (options.goal === undefined) {
      question.report.noteOnce(`${makefile}: MicroPython's rules are there for the goal ${goals[0]}, which is taken`);
    }
    return found[0];
  }
  return noInclude(module);
}

/** What a goal asks of other makes; nothing else of its recipes is run. */
async function innerMakes(question: Question, goal: string): Promise<InnerMake[]> {
  const { module } = question;
  const mark = `natmod-${randomBytes(9).toString('hex')}`;
  const words = ['-n', '-s', `MAKECMDGOALS=${goal}`, innerMakeCommand(mark), goal];
  const { stdout } = await runMake(question, words, {});
  return readInnerMakes(stdout, mark, join(module.dir, module.makefile));
}

function withInner(question: Question, { goal, variables }: InnerMake): Question {
  const { options } = question;
  const own = variables.filter(({ name }) => !['ARCH', 'MPY_DIR', 'CROSS', 'CC'].includes(name));
  return { ...question, goal, options: { ...options, makeVariables: [...options.makeVariables, ...own] } };
}

/** @throws NatmodError `bad-mpy-dir` */
export function checkMpyDir(dir: string): void {
  for (const file of ['py/dynruntime.h', 'py/dynruntime.mk']) {
    if (isFile(join(dir, file))) continue;
    const hint = `there is no ${file} in it; leave --mpy-dir away to use the headers that come with natmod`;
    fail('bad-mpy-dir', 'this is no MicroPython source tree', { file: dir }, hint);
  }
}

/** Some Makefiles include dynruntime.mk only when there is an ARCH, and older trees refuse to do without. */
function asksForArch({ variables, errors }: Answer): boolean {
  if (variables === undefined) return wantsArch(errors);
  return !/dynruntime\.mk/.test(variables.get('MAKEFILE_LIST')?.value ?? '');
}

function makeFailed(module: Makefile, { result, errors }: Answer): never {
  const where = { file: join(module.dir, module.makefile) };
  if (result.startError !== undefined) fail('no-make', `make cannot be started: ${result.startError}`);
  const said = errors.trim().split('\n').slice(-20);
  // A make that fails says why, unless it was ended.
  if (result.tooMuch) said.push(`make was ended because it printed ${MAX_OUTPUT_TEXT}`);
  else if (result.status === undefined || said.join('') === '') said.push(howEnded(result));
  const hint = [...said, howToWriteToStreams(errors) ?? ''].join('\n').trim();
  return fail('make-failed', 'make cannot evaluate this Makefile', where, hint);
}

function noInclude(module: Makefile): never {
  const where = { file: join(module.dir, module.makefile) };
  const line = 'include $(MPY_DIR)/py/dynruntime.mk';
  return fail('no-dynruntime', 'this is not the Makefile of a native module', where, `it must have the line: ${line}`);
}
