import { spelling } from './help.ts';
import { optionNames, optionsOf, rowOf } from './table.ts';
import { TASKS, taskNames } from './tasks.ts';

/** docs/options.md. */
export function optionsPage(): string {
  const rows = optionNames.map((name) => {
    const { kind, default: otherwise = '', text, example, tasks } = rowOf(name);
    const takers = tasks.length === taskNames.length ? 'all' : tasks.join(', ');
    return `| \`${spelling(name)}\` | ${kind.type} | ${otherwise} | ${takers} | ${text} | \`${example}\` |`;
  });
  const tasks = taskNames.map((name) => `| \`${name}\` | ${TASKS[name].text} | ${optionsOf(name).join(' ')} |`);
  return `# Options

Made from the table in \`tasks/options/table.ts\` by \`npm run docs -- --pages\`; change it there.

\`natmod TASK [options] [NAME=value...]\` and \`gulp TASK [options] [NAME=value...]\` take the same options. An option that the task does
not take is refused, and so is a value of the wrong kind. \`NAME=value\` sets a variable for the Makefiles, as it does for make.

| option | value | when not given | tasks | what it does | example |
|---|---|---|---|---|---|
${rows.join('\n')}

## By task

| task | does | options |
|---|---|---|
${tasks.join('\n')}
`;
}
