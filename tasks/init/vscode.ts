// biome-ignore-all lint/suspicious/noTemplateCurlyInString: VS Code fills these in.

/**
 * What a new module has for debugging in VS Code: F5 builds it, loads it in an emulator, and stops in its first C
 * function.
 */

/** The port between natmod and the debugger; nothing else is known to use it. */
const PORT = 2345;

/**
 * The files of a new module with what VS Code needs besides.
 * @param name of the module
 * @param files text by path; those of `.vscode` are JSON
 */
export function withDebugging(name: string, files: Readonly<Record<string, string>>): Record<string, string> {
  const changed = { ...files, '.vscode/launch.json': launch(name) };
  const change = (path: string, list: string, more: unknown) => {
    const before = JSON.parse(files[path] ?? '{}') as Record<string, unknown[] | undefined>;
    changed[path as '.vscode/launch.json'] = json({ ...before, [list]: [...(before[list] ?? []), more] });
  };
  change('.vscode/tasks.json', 'tasks', debugTask());
  change('.vscode/extensions.json', 'recommendations', 'ms-vscode.cpptools');
  return changed;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** A task that `launch.json` starts, to stand among the others: it goes on while the debugger is connected. */
function debugTask(): object {
  return {
    label: 'natmod: debug',
    type: 'process',
    command: 'npx',
    args: ['natmod', 'run', '--arch', '${input:arch}', '--gdb-port', `${PORT}`],
    isBackground: true,
    problemMatcher: {
      pattern: { regexp: '^(error)$', message: 1 },
      background: { activeOnStart: true, beginsPattern: '^\\[', endsPattern: 'waits for gdb' },
    },
  };
}

function launch(name: string): string {
  const folder = '${workspaceFolder}/build-${input:arch}';
  const configuration = {
    name: `Debug ${name}`,
    type: 'cppdbg',
    request: 'launch',
    preLaunchTask: 'natmod: debug',
    program: `${folder}/${name}.elf`,
    cwd: '${workspaceFolder}',
    MIMode: 'gdb',
    miDebuggerPath: 'gdb-multiarch',
    miDebuggerServerAddress: `localhost:${PORT}`,
    // The module lies elsewhere than its ELF file says.
    postRemoteConnectCommands: [{ text: `source ${folder}/${name}.gdb` }],
  };
  const arch = {
    id: 'arch',
    type: 'pickString',
    description: 'architecture',
    options: ['x64', 'x86', 'armv6m', 'armv7m', 'armv7emsp', 'armv7emdp', 'rv32imc', 'rv64imc'],
    default: 'x64',
  };
  return json({ version: '0.2.0', configurations: [configuration], inputs: [arch] });
}
