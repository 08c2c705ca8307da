/**
 * What the linker is told, whoever asks for a link: a build, MicroPython's Makefile, `mpy-ld` or the search with random
 * programs.
 */
import { resolve } from 'node:path';
import { ESP8266_ROM } from '../../natmod-rules/arch/esp8266-rom.ts';
import { readExterns } from '../../natmod-rules/link/read/externs.ts';
import { changePasses } from '../../natmod-rules/link/shrink/passes.ts';
import { fail } from '../../natmod-rules/problem.ts';
import type { ModulePlan } from '../modules/describe-module.ts';
import { readNamed } from '../system/named-file.ts';

/** What linking needs to know of a module. */
export type LinkPlan = Pick<
  ModulePlan,
  'arch' | 'linker' | 'runtime' | 'toolchain' | 'cflags' | 'mpyDir' | 'compact'
> & { readonly module: { readonly dir: string } };

/**
 * Everything the linker takes but the objects, their strings and what libraries have.
 * @param fileName what the module carries as its source file where its plan does not say: `NAME.mpy`
 * @throws NatmodError `no-externs`, those of `readExterns`
 */
export function linkOptions(plan: LinkPlan, fileName: string) {
  const { arch, linker } = plan;
  return {
    arch,
    archFlags: linker.archFlags,
    sourceName: linker.sourceName ?? fileName,
    compact: linkPasses(plan),
    externs: readExternFiles(plan),
    rom: romRoutines(plan),
  };
}

/**
 * What the linker shall do for size. Zig's run-time library is one object with every routine, so what is not used has
 * to go in the plain form, too.
 */
function linkPasses({ compact, linker, toolchain, runtime }: LinkPlan) {
  const isWhole = toolchain?.zig !== undefined && (runtime === 'wanted' || runtime === 'named');
  return changePasses(compact, isWhole ? [['gc-sections', true], ...linker.passes] : linker.passes);
}

/** The compilers for the ESP8266 leave to its ROM what is there. */
export function romRoutines({ arch, runtime, linker }: LinkPlan): ReadonlyMap<string, number> | undefined {
  return arch.name === 'xtensa' && runtime !== 'none' && linker.externs.length === 0 ? ESP8266_ROM : undefined;
}

function readExternFiles({ linker, module, arch }: LinkPlan): ReadonlyMap<string, number> | undefined {
  if (linker.externs.length === 0) return undefined;
  const symbols = new Map<string, number>();
  for (const name of linker.externs) {
    if (name === '')
      fail('no-externs', `${arch.name}: the file of fixed symbols does not exist`, { file: 'MPY_EXTERN_SYM_FILE' });
    const text = readNamed(resolve(module.dir, name), name, (why) =>
      fail('no-externs', `${arch.name}: the file of fixed symbols cannot be read: ${why}`, { file: name }),
    ).toString('utf8');
    for (const [symbol, address] of readExterns(text, name).symbols) symbols.set(symbol, address);
  }
  return symbols;
}
