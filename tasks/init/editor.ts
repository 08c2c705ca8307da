/** Settings of editors for a new module. */

/** @returns text by path */
export function editorFiles(): Record<string, string> {
  return {
    '.clangd': CLANGD,
    '.vscode/settings.json': SETTINGS,
    '.vscode/tasks.json': TASKS,
    '.vscode/extensions.json': '{ "recommendations": ["llvm-vs-code-extensions.vscode-clangd"] }\n',
  };
}

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
