import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { FileHashes, settledLook } from '../../tasks/system/file-hashes.ts';
import { findProgram } from '../../tasks/system/find-program.ts';
import { hashOf } from '../../tasks/system/hash.ts';
import { runProcess } from '../../tasks/system/processes.ts';
import { CompilerAnswers } from '../../tasks/toolchain/answers.ts';

const gcc = findProgram('x86_64-linux-gnu-gcc', '/') ?? findProgram('gcc', '/');

function makeFolder(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'natmod answers-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Notes that tell what was asked of the compiler itself. */
class Notes extends Map<string, unknown> {
  asked = 0;

  override set(question: string, answer: unknown): this {
    this.asked += 1;
    return super.set(question, answer);
  }
}

test('what a compiler said of itself is known in every folder, unless a word or the environment is relative', async (t) => {
  const [a, b] = [makeFolder(t), makeFolder(t)];
  const notes = new Notes();
  const facts = (words: readonly string[], cwd: string) =>
    new CompilerAnswers(new FileHashes(), notes).factsOf([gcc!, ...words], 'c', cwd);
  const first = await facts([], a);
  t.is(notes.asked, 1);
  t.deepEqual(await facts([], b), first);
  t.is(notes.asked, 1);
  await facts(['-O2', '-march=x86-64', '-DX=1', '-I/usr/include', '-std=c99'], a);
  await facts(['-O2', '-march=x86-64', '-DX=1', '-I/usr/include', '-std=c99'], b);
  t.is(notes.asked, 2);
  for (const [i, words] of [['-I.'], ['-isystem', 'inc'], ['-Bbin'], ['-I/usr/include', 'x.c']].entries()) {
    await facts(words, a);
    await facts(words, b);
    t.is(notes.asked, 4 + 2 * i, words.join(' '));
  }
});

test('a hash that another build has noted holds while the file looks as it did, and no longer', async (t) => {
  const file = join(makeFolder(t), 'cc1');
  writeFileSync(file, 'old');
  // A file that has just been written could change without a trace.
  const start = Date.now();
  while (settledLook(file) === undefined && Date.now() - start < 10_000) await new Promise(setImmediate);
  const noting = new FileHashes();
  const hash = noting.hash(file)!;
  const look = noting.lookOfHash(file)!;
  const later = new FileHashes();
  later.learn(file, { look, hash: 'as noted' });
  t.is(later.hash(file), 'as noted');
  writeFileSync(file, 'new');
  const last = new FileHashes();
  last.learn(file, { look, hash });
  t.not(last.hash(file), hash);
  t.is(last.lookOfHash(file), undefined, 'it is too young to be known by its look');
  t.is(new FileHashes().lookOfHash(join(file, 'none')), undefined);
});

test('a large file that was read ahead has the hash that reading it gives, also when it changes meanwhile', async (t) => {
  const file = join(makeFolder(t), 'cc1');
  const contents = ['a', 'b', 'c'].map((letter) => letter.repeat(600_000));
  writeFileSync(file, contents[0]!);
  while (settledLook(file) === undefined) await new Promise(setImmediate);
  const hashes = new FileHashes();
  await hashes.readAhead([file, file, join(file, 'none'), '/', import.meta.filename]);
  const look = hashes.lookOfHash(file);
  t.is(hashes.hash(file), hashOf(contents[0]!));
  t.truthy(look);

  writeFileSync(file, contents[1]!);
  hashes.nextRound();
  const reading = hashes.readAhead([file]);
  writeFileSync(file, contents[2]!);
  await reading;
  t.is(hashes.hash(file), hashOf(contents[2]!));

  const folder = makeFolder(t);
  await hashes.readAhead([folder, join(folder, 'gone')]);
  t.is(hashes.hash(folder), undefined);
});

test('a library that appears in the folder of a variant, which was not there before, is found', async (t) => {
  const folder = makeFolder(t);
  const notes = new Notes();
  const where = () =>
    new CompilerAnswers(new FileHashes(), notes).ask([gcc!, `-B${folder}/`, '-m32'], '-print-file-name=libnew.a');
  t.is(await where(), 'libnew.a');
  const asked = notes.asked;
  t.is(await where(), 'libnew.a');
  t.is(notes.asked, asked, 'it is known');
  const { stdout } = await runProcess([gcc!, '-m32', '-print-multi-directory'], { cwd: folder });
  const variant = join(folder, stdout.trim());
  mkdirSync(variant);
  writeFileSync(join(variant, 'libnew.a'), '');
  t.regex(await where(), /^\/.*[/\\]libnew\.a$/);
});
