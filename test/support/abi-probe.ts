/**
 * Reads numbers out of a compiler: each probe is one initializer in a section of its own, read back from the object.
 */

import { writeFileSync } from 'node:fs';
import type { Declarations } from './abi-declarations.ts';
import { compileObject, type Environment, type Target, withFolder } from './abi-headers.ts';

/** What is asked → the C line that answers; the line defines an array in the section it is given. */
export type Probes = ReadonlyMap<string, (section: string) => string>;

/** Answers by question: bytes in hexadecimal, or why there is none. */
export type Answers = ReadonlyMap<string, string>;

/** Probes for everything of a header set that has a number: constants, sizes, offsets, bit-fields, texts. */
export function probesFor(environment: Environment, declared: Declarations): Map<string, (section: string) => string> {
  const probes = new Map<string, (section: string) => string>();
  for (const [name, { parameters, body }] of environment.macros) {
    if (parameters !== undefined || body === '') continue;
    if (body.startsWith('"')) probes.set(`text of ${name}`, (section) => bytesLine(section, 'char', name));
    else probes.set(`value of ${name}`, (section) => number(section, `(intptr_t)(${name})`));
  }
  for (const name of declared.enumerators) probes.set(`value of ${name}`, (section) => number(section, name));
  for (const name of declared.typedefs.keys()) {
    probes.set(`size of ${name}`, (section) => number(section, `sizeof(${name})`));
    probes.set(`alignment of ${name}`, (section) => number(section, `__alignof__(${name})`));
  }
  for (const [type, members] of declared.aggregates) {
    probes.set(`size of ${type}`, (section) => number(section, `sizeof(${type})`));
    for (const { path, kind } of members) {
      const member = `((${type} *)0)->${path}`;
      if (kind === 'bitfield') {
        probes.set(`bits of ${type}.${path}`, (section) => bitsLine(section, type, path));
        continue;
      }
      probes.set(`offset of ${type}.${path}`, (section) => number(section, `offsetof(${type}, ${path})`));
      if (kind === 'flexible') continue;
      probes.set(`size of ${type}.${path}`, (section) => number(section, `sizeof(${member})`));
    }
  }
  return probes;
}

/** The answers of one header set; a question whose line does not compile to a number is answered with 'no constant'. */
export function ask(target: Target, include: string, probes: Probes): Promise<Answers> {
  const questions = [...probes.keys()];
  const refused = new Set<number>();
  return withFolder({}, async (folder) => {
    // A syntax error may hide the next ones, so this may take some rounds.
    for (let round = 0; round < 20; round++) {
      writeFileSync(`${folder}/probe.c`, probeSource(questions, probes, refused));
      const { result, sections } = await compileObject(target, include, folder, 'probe.c', PROBE_FLAGS);
      if (sections !== undefined) return collect(questions, sections);
      const before = refused.size;
      for (const match of result.stderr.matchAll(/probe\.c:(\d+):(?:\d+:)? (?:error:|note: in expansion of macro)/g))
        refused.add(Number(match[1]) - 2);
      if (refused.size === before) throw new Error(result.stderr);
    }
    throw new Error('the probes do not compile');
  });
}

const PROBE_FLAGS = ['-std=gnu11', '-w', '-fmax-errors=0', '-fno-pic', '-fno-pie'];

function probeSource(questions: readonly string[], probes: Probes, refused: ReadonlySet<number>): string {
  const lines = questions.map((question, i) =>
    // A line with an error in it hides what comes next, which is then nothing that is asked for.
    refused.has(i) ? '' : `${probes.get(question)!(`.probe.${i}`)} extern char natmod_next;`,
  );
  return ['#include "py/dynruntime.h"', ...lines, ''].join('\n');
}

type Sections = NonNullable<Awaited<ReturnType<typeof compileObject>>['sections']>;

function collect(questions: readonly string[], sections: Sections): Answers {
  const byName = new Map(sections.map((section) => [section.name, section]));
  return new Map(
    questions.map((question, i) => {
      const section = byName.get(`.probe.${i}`);
      if (section === undefined) return [question, 'no constant'];
      // An address: only a linker knows its value.
      if (section.relocations.length > 0) return [question, 'no constant'];
      return [question, Buffer.from(section.data).toString('hex')];
    }),
  );
}

function number(section: string, value: string): string {
  return bytesLine(section, 'long long', `{ (long long)(${value}) }`);
}

function bytesLine(section: string, type: string, value: string): string {
  return `const ${type} ${identifier(section)}[] ${place(section)} = ${value};`;
}

// All bits of one field set: position and width at once.
function bitsLine(section: string, type: string, path: string): string {
  return `const ${type} ${identifier(section)} ${place(section)} = { .${path} = -1 };`;
}

function identifier(section: string): string {
  return `natmod_probe_${section.replace(/\D/g, '')}`;
}

function place(section: string): string {
  return `__attribute__((section("${section}"), used))`;
}
