import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'ava';
import { splitWords } from '../../natmod-rules/compile/index.ts';
import { NatmodError } from '../../natmod-rules/problem.ts';
import { parseOptions } from '../../tasks/options/options.ts';
import { isTaskName } from '../../tasks/options/tasks.ts';
import { projectDir } from '../../tasks/system/project.ts';

const PAGES = ['README.md', ...readdirSync(join(projectDir, 'docs')).map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith('.md'),
);

/** Commands of natmod and gulp in a page: in blocks, where output may stand between them, and in running text. */
function commandsIn(text: string): string[] {
  const blocks = [...text.matchAll(/^```(?:sh|console)\n([\s\S]*?)^```$/gm)].flatMap(([, body]) => body!.split('\n'));
  const inline = [...text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!);
  return [...blocks, ...inline].flatMap((line) => {
    const [, command] =
      /^(?:\$ )?(?:npx )?((?:natmod|gulp) [\w-]+(?: .*)?)$/.exec(line.replace(/\s+#.*$/, '').trim()) ?? [];
    return command ?? [];
  });
}

test('every command that README and docs show has a task and options that exist', (t) => {
  let count = 0;
  for (const page of PAGES) {
    for (const command of commandsIn(readFileSync(join(projectDir, page), 'utf8'))) {
      const [, task, ...words] = splitWords(command);
      if (!isTaskName(task!)) continue;
      count++;
      // Options that are shown by name only.
      const isNamed = words.length === 1 && /^--[\w-]+$/.test(words[0]!);
      try {
        parseOptions(words, projectDir, [task]);
      } catch (error) {
        if (!(error instanceof NatmodError)) throw error;
        const [problem] = error.problems;
        if (isNamed && problem!.code === 'bad-option') continue;
        t.fail(`${page}: ${command}: ${problem!.message}`);
      }
    }
  }
  t.true(count > 40, `${count}`);
});

/** As GitHub and the site name the headings of a page. */
function anchorsOf(text: string): string[] {
  const headings = text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replace(/\s/g, '-'),
  );
}

test('every link to a file of the project leads to one, and to a heading that is there', (t) => {
  let count = 0;
  for (const page of [...PAGES, 'CONTRIBUTING.md', 'examples/README.md']) {
    const text = readFileSync(join(projectDir, page), 'utf8').replace(/^```[\s\S]*?^```$/gm, '');
    for (const [, target, anchor] of text.matchAll(/\]\(([^)\s#]*)(?:#([^)]*))?\)/g)) {
      if (/^\w+:/.test(target!)) continue;
      count++;
      const file = target === '' ? join(projectDir, page) : join(projectDir, dirname(page), target!);
      t.true(existsSync(file), `${page}: ${target}`);
      if (anchor !== undefined) t.true(anchorsOf(readFileSync(file, 'utf8')).includes(anchor), `${page}: #${anchor}`);
    }
  }
  t.true(count > 60, `${count}`);
});
