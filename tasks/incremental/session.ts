import { SharedReplies } from '../make/in-row.ts';
import { type Report, silentReport } from '../report/report.ts';
import { FileHashes, type HashedFile } from '../system/file-hashes.ts';
import { type AnswerNotes, CompilerAnswers } from '../toolchain/answers.ts';
import type { Bytecode } from '../toolchain/mpy-cross.ts';
import type { ModuleRecord } from './module-record.ts';
import { keyOf } from './record.ts';
import { noRecords, RecordStore, type Records, recordsFolder } from './record-store.ts';
import { SharedRecords } from './shared-records.ts';
import { distrustOf } from './trust.ts';

/**
 * What one build, or one `gulp watch`, knows of files and of earlier builds. All of it is lost with the session, or in
 * records.
 */
export interface Session {
  readonly report: Report;
  /**
   * Whether it is noted what things are made of: for records, and for `watch`. Without either nobody would ever ask,
   * and reading a compiler of 30 MB for that takes longer than compiling a small module.
   */
  readonly observes: boolean;
  readonly hashes: FileHashes;
  readonly records: Records;
  /** The records of a team; undefined when there is no such server. */
  readonly shared: SharedRecords | undefined;
  readonly answers: CompilerAnswers;
  /** What make replied for architectures whose turn has not come yet. */
  readonly replies: SharedReplies;
  /** Plans of this session by key. */
  readonly plans: Map<string, unknown>;
  readonly bytecode: Bytecode;
  /** What the last build of each module has left, by its folder of intermediates; also where nothing is kept. */
  readonly built: Map<string, ModuleRecord>;
  /** Tells why something is done again, or is not, where that is wanted. */
  explain(line: string): void;
  /** Begins a new round: everything is looked at again, or only those files and what is below them. */
  nextRound(changed?: Iterable<string>): void;
  /** Keeps what was learned for the next session. */
  save(): Promise<void>;
}

export interface SessionOptions {
  /** False: nothing that was remembered is read, and nothing is kept. */
  readonly cache: boolean;
  /** The session has several rounds, each of which needs to know what the one before has read; also without `cache`. */
  readonly rounds?: boolean;
  readonly explain?: boolean;
  /** Address of a cache that a team shares; left out: NATMOD_CACHE_URL. */
  readonly cacheUrl?: string;
}

/** @param outDir what is learned of files is kept by it, so that builds elsewhere do not push each other out */
export function openSession(
  outDir: string,
  { cache, rounds = false, explain = false, cacheUrl = process.env.NATMOD_CACHE_URL }: SessionOptions,
  report: Report = silentReport(),
): Session {
  const distrust = cache ? distrustOf(recordsFolder(), process.env.INIT_CWD ?? process.cwd()) : undefined;
  if (distrust !== undefined) report.problems([{ code: 'foreign-cache', ...distrust }], '', 'warning');
  const records = cache && distrust === undefined ? new RecordStore() : noRecords;
  const shared = cache && cacheUrl ? new SharedRecords(cacheUrl, report) : undefined;
  const files = new FileNotes(records, outDir);
  const hashes = new FileHashes(files.read());
  const observes = cache || rounds;
  const replies = new SharedReplies();
  const answers = new CompilerAnswers(hashes, observes ? new KeptAnswers(records) : undefined);
  return {
    report,
    observes,
    hashes,
    records,
    shared,
    answers,
    replies,
    explain: (line) => {
      if (explain) report.note(line);
    },
    plans: new Map(),
    bytecode: new Map(),
    built: new Map(),
    nextRound(changed) {
      hashes.nextRound(changed);
      answers.nextRound();
      replies.nextRound();
    },
    async save() {
      files.write(hashes.notes());
      records.close();
      await shared?.close();
    },
  };
}

const MAX_FILES = 20_000;

/** The content hashes of files that a build into a folder has to do with. */
class FileNotes {
  readonly #records: Records;
  readonly #key: string;
  #noted: Readonly<Record<string, HashedFile>> = {};

  constructor(records: Records, outDir: string) {
    this.#records = records;
    this.#key = keyOf('files', outDir);
  }

  read(): Readonly<Record<string, HashedFile>> {
    this.#noted = this.#records.get<Record<string, HashedFile>>('files', this.#key)?.value ?? {};
    return this.#noted;
  }

  /** A build of few modules must not forget the files of the others. */
  write(now: Record<string, HashedFile>): void {
    const entries = Object.entries(now);
    const isKnown = ([path, { look, hash }]: [string, HashedFile]) =>
      this.#noted[path]?.look === look && this.#noted[path]?.hash === hash;
    if (entries.every(isKnown)) return;
    const all = { ...this.#noted, ...now };
    this.#noted = Object.keys(all).length > MAX_FILES ? now : all;
    this.#records.put('files', this.#key, this.#noted);
  }
}

/** Answers of compilers as records, each read once. */
class KeptAnswers implements AnswerNotes {
  readonly #records: Records;
  readonly #known = new Map<string, unknown>();

  constructor(records: Records) {
    this.#records = records;
  }

  get(question: string): unknown {
    if (!this.#known.has(question))
      this.#known.set(question, this.#records.get('compiler', keyOf('compiler', question))?.value);
    return this.#known.get(question);
  }

  set(question: string, answer: unknown): void {
    this.#known.set(question, answer);
    this.#records.put('compiler', keyOf('compiler', question), answer);
  }
}
