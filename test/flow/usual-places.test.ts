import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'ava';
import { ARCHES, archByName } from '../../natmod-rules/arch/index.ts';
import { readVerbose } from '../../natmod-rules/compile/messages.ts';
import { findToolchain } from '../../tasks/toolchain/find.ts';
import { compileNothing } from '../../tasks/toolchain/nothing.ts';
import { usualPlaces } from '../../tasks/toolchain/usual-places.ts';
import { howToGetCompiler } from '../../tasks/toolchain/ways.ts';
import { inFolder } from '../make/support/doors.ts';
import { testWith } from '../support/needs.ts';

function program(path: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '#!/bin/sh\n');
  chmodSync(path, 0o755);
  return path;
}

test.serial('compilers of development kits are found without PATH, the newest first, and PATH goes before them', (t) =>
  inFolder(async (home) => {
    const kit = (...parts: string[]) => program(join(home, ...parts, 'bin', 'xtensa-esp32-elf-gcc'));
    const older = kit('.espressif', 'tools', 'xtensa-esp-elf', 'esp-9.2.0', 'xtensa-esp-elf');
    const newer = kit('.espressif', 'tools', 'xtensa-esp-elf', 'esp-14.2.0_20241119', 'xtensa-esp-elf');
    const platformio = kit('.platformio', 'packages', 'toolchain-xtensa-esp32');
    const arduino = kit('.arduino15', 'packages', 'esp32', 'tools', 'esp-x32', '2405');
    const own = kit('idf', 'tools', 'xtensa-esp-elf', 'esp-13', 'xtensa-esp-elf');
    const before = { HOME: process.env.HOME, PATH: process.env.PATH, IDF_TOOLS_PATH: process.env.IDF_TOOLS_PATH };
    t.teardown(() => {
      for (const [name, value] of Object.entries(before)) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    });
    const places = usualPlaces({ HOME: home, IDF_TOOLS_PATH: join(home, 'idf') }, 'linux');
    t.deepEqual(
      places,
      [own, newer, older, platformio, arduino].map((path) => dirname(path)),
    );
    Object.assign(process.env, { HOME: home, PATH: join(home, 'empty') });
    delete process.env.IDF_TOOLS_PATH;
    const found = async () => (await findToolchain(archByName('xtensawin'), { cwd: home })).compiler;
    t.deepEqual(await found(), [newer]);
    const onPath = program(join(home, 'empty', 'xtensa-esp32-elf-gcc'));
    t.deepEqual(await found(), [onPath]);
    t.deepEqual(usualPlaces({ HOME: join(home, 'nobody') }, 'linux'), []);
  }),
);

test('on macOS Homebrew is looked into, and the compiler of Xcode is refused under each of its names', (t) =>
  inFolder(async (home) => {
    const brew = program(join(home, 'brew', 'bin', 'arm-none-eabi-gcc'));
    t.deepEqual(usualPlaces({ HOME: home, HOMEBREW_PREFIX: join(home, 'brew') }, 'darwin'), [dirname(brew)]);
    for (const name of ['clang', 'gcc']) {
      const apples = program(join(home, name));
      // As Xcode 15 answers.
      const version = 'Apple clang version 15.0.0 (clang-1500.3.9.4)\nTarget: arm64-apple-darwin23.6.0';
      writeFileSync(apples, `#!/bin/sh\ncat <<'END'\n${version}\nEND\n`);
      for (const arch of ['armv7m', 'rv32imc', 'x64']) {
        const error = await t.throwsAsync(findToolchain(archByName(arch), { cwd: home, cc: `./${name}` }, 'darwin'), {
          message: /is Xcode's, which makes no modules: Apple clang version 15/,
        });
        t.regex(error?.message ?? '', /@zigc\/cli[\s\S]*Homebrew/);
      }
    }
    const other = program(join(home, 'other-clang'));
    writeFileSync(other, '#!/bin/sh\necho "clang version 18.1.8"\n');
    t.deepEqual((await findToolchain(archByName('armv6m'), { cwd: home, cc: './other-clang' }, 'darwin')).compiler, [
      other,
    ]);
  }));

test('the ways to a compiler are those of the system: no apt where there is none but in a container', (t) => {
  for (const { name } of ARCHES) {
    t.notRegex(howToGetCompiler(archByName(name), 'win32'), /^on Debian|brew/);
    t.notRegex(howToGetCompiler(archByName(name), 'darwin'), /^on Debian|winget/);
  }
  t.regex(howToGetCompiler(archByName('armv7m'), 'win32'), /winget install/);
  t.regex(howToGetCompiler(archByName('xtensa'), 'win32'), /PlatformIO.*container/);
  t.regex(howToGetCompiler(archByName('armv7m'), 'linux'), /apt-get install gcc-arm-none-eabi/);
});

testWith({ compiler: 'armv7m' }, 'a compiler tells the same of an empty file as of the null device', async (t) => {
  const command = ['arm-none-eabi-gcc', '-v', '-x', 'c'];
  const [plain, windows] = [await compileNothing(command, '/', 'linux'), await compileNothing(command, '/', 'win32')];
  t.true(plain.lists);
  t.true(windows.lists);
  const told = ({ output }: typeof plain) => readVerbose(output);
  t.deepEqual(told(windows), told(plain));
  t.true(told(plain).programs.length > 2);
});

test('a compiler that is asked about itself is given files of its own to write, never a device', (t) =>
  inFolder(async (folder) => {
    const script = program(join(folder, 'cc.sh'));
    writeFileSync(script, '#!/bin/sh\nfor word; do echo "word $word" >&2; done\n');
    const { output } = await compileNothing([script, '-v', '-x', 'c'], folder);
    const words = [...output.matchAll(/^word (.*)$/gm)].map(([, word]) => word!);
    const written = words.filter((word, i) => words[i - 1] === '-o' || /--MD,/.test(word));
    t.true(written.length >= 2, output);
    for (const word of written) t.regex(word, /natmod-.*null\.[od]$/);
  }));
