import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'ava';
import { archByName } from '../../natmod-rules/arch/index.ts';
import { findToolchain } from '../../tasks/toolchain/find.ts';
import { usualPlaces } from '../../tasks/toolchain/usual-places.ts';
import { inFolder } from '../make/support/doors.ts';

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
