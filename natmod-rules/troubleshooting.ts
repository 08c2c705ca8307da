import { aboutProblem, problemCodes } from './problems.ts';

/** docs/troubleshooting.md. */
export function troubleshootingPage(): string {
  const sections = [...problemCodes].sort().map((code) => {
    const { cause, cure } = aboutProblem(code);
    return `### ${code}\n\n${cause}\n\n${cure}\n`;
  });
  return `# Troubleshooting

Made from the table in \`natmod-rules/problems.ts\` by \`npm run docs -- --pages\`; change it there.

What is wrong, where, and what to do is in every message. With \`--log json\` each problem has a code; this page says for each code what is
true of all problems of its kind.

${sections.join('\n')}`;
}
