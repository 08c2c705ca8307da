/** Python that makes a script tell where the modules lie that it imports. */
import { NATMOD_WHERE } from './load-place.ts';

/** What `readExportedFunctions` reads, as whole lines. */
const TOLD = /^natmod: \S+ \S+ [0-9a-f]+ [48] [0-9a-f]{24,64}\r?\n/gm;

/**
 * Code to run before a script: at the first import of each of the modules it prints what `natmod_where()` does. Where
 * no Python code can stand in for `import`, the modules are imported at once.
 * @param modules names as they are imported
 */
export function tellImports(modules: readonly string[]): string {
  return `${NATMOD_WHERE}
def _natmod_tell(names):
    import builtins
    def tell(name, module):
        if name in names:
            names.remove(name)
            try:
                natmod_where(module)
            except Exception:
                pass
        return module
    plain = __import__
    try:
        builtins.__import__ = lambda name, *rest: tell(name, plain(name, *rest))
    except AttributeError:
        for name in list(names):
            tell(name, plain(name))
_natmod_tell(${pythonNames(modules)})
`;
}

/** Takes that back. */
export const UNTELL_IMPORTS = `import builtins
try:
    del builtins.__import__
except (AttributeError, KeyError):
    pass
`;

/** Code that imports modules, and prints what `natmod_where()` does of each. */
export function importAndTell(modules: readonly string[]): string {
  return `${NATMOD_WHERE}
for _natmod_name in ${pythonNames(modules)}:
    natmod_where(__import__(_natmod_name))
`;
}

function pythonNames(modules: readonly string[]): string {
  return `[${modules.map((name) => `'${name}'`).join(', ')}]`;
}

/** Output without what that code has printed. */
export function withoutTold(output: string): string {
  return output.replaceAll(TOLD, '');
}

/** The same for output that comes in pieces: what may become such a line is held back until it is known. */
export function hideTold(show: (text: string) => void): (text: string) => void {
  let held = '';
  return (text) => {
    const all = held + text;
    const last = all.lastIndexOf('\n') + 1;
    const mayBe = 'natmod: '.startsWith(all.slice(last, last + 8)) && all.length > last;
    held = mayBe ? all.slice(last) : '';
    const shown = withoutTold(all.slice(0, all.length - held.length));
    if (shown !== '') show(shown);
  };
}
