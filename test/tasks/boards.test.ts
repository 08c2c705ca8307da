import test from 'ava';
import { BOARDS, boardByName } from '../../natmod-rules/arch/boards.ts';
import { isArchName } from '../../natmod-rules/arch/index.ts';
import { problemsIn } from '../../natmod-rules/problem.ts';
import { archesFor } from '../../natmod-rules/runtime/index.ts';
import { archesOf } from '../../tasks/building/build-items.ts';
import { openSession } from '../../tasks/incremental/session.ts';
import { parseOptions } from '../../tasks/options/options.ts';
import type { Event } from '../../tasks/report/events.ts';
import { Report } from '../../tasks/report/report.ts';

test('a board is found by the name of its chip however that is written, and an unknown one is told what there is', (t) => {
  const names = BOARDS.flatMap(({ name, also = [] }) => [name, ...also]);
  t.is(new Set(names).size, names.length);
  for (const { name, also = [], arch, loadsNone } of BOARDS) {
    t.true(isArchName(arch), name);
    if (loadsNone) continue;
    for (const one of [name, ...also]) t.is(boardByName(one.toUpperCase().replace(/-/g, ' ')).arch, arch);
  }
  t.is(boardByName('ESP32-S3').arch, 'xtensawin');
  t.is(boardByName('STM32G4').name, 'stm32f4');
  const [problem] = problemsIn(t.throws(() => boardByName('rp2041')));
  t.is(problem?.code, 'unknown-board');
  t.regex(problem?.hint ?? '', /rp2040, rp2350.*gulp list --boards/);
});

test('a board whose firmware loads no native code is not built for', (t) => {
  const [problem] = problemsIn(t.throws(() => parseOptions(['build', '--board', 'rp2040,CC3200'], '/')));
  t.is(problem?.code, 'board-loads-none');
  t.regex(problem?.hint ?? '', /MICROPY_EMIT_THUMB=1.*--arch armv7m/);
});

test('--board chooses architectures, each once, beside those of --arch', (t) => {
  const arches = (...argv: string[]) => {
    const { arches: found } = parseOptions(['build', ...argv], '/');
    return Array.isArray(found) ? found.map(({ name }) => name) : found;
  };
  t.deepEqual(arches('--board', 'rp2040,samd21', '--board=esp32'), ['armv6m', 'xtensawin']);
  t.deepEqual(arches('--board', 'rp2040', '--arch', 'x64,armv6m'), ['x64', 'armv6m']);
  t.is(arches('--board', 'rp2040', '--arch', 'all'), 'all');
  t.is(arches(), undefined);
});

test('a board whose firmware passes floats in other registers gets what deploy chooses for it, and a line says why', async (t) => {
  const firmware = [
    { board: 'rp2350', platform: 'rp2', machine: 'Raspberry Pi Pico 2 with RP2350' },
    { board: 'mimxrt1011', platform: 'mimxrt', machine: 'i.MX RT1010 EVK with MIMXRT1011DAE5A' },
  ];
  for (const { board, ...facts } of firmware) {
    const [best] = archesFor({ archNumber: 7, release: '1.28.0', ...facts });
    t.is(boardByName(board).arch, best!.name, board);
  }
  const events: Event[] = [];
  const options = parseOptions(['build', '--board', 'rp2350,RP 2350,rp2040'], '/');
  const session = openSession('/', { cache: false }, new Report((event) => events.push(event)));
  for (let build = 0; build < 2; build++) {
    t.deepEqual(
      (await archesOf(options, session)).map((arch) => arch?.name),
      ['armv7m', 'armv6m'],
    );
  }
  t.is(events.length, 1);
  t.like(events[0], { kind: 'note' });
  t.regex(JSON.stringify(events), /rp2350: for armv7m, because .* up to MicroPython 1\.28; .*--arch armv7emsp/);
});
