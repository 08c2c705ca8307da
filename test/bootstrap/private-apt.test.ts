import test from 'ava';
import { aptReason, sourceStanza } from '../../tasks/bootstrap/private-apt.mjs';

const DEB822 = `# A comment
Types: deb
URIs: http://mirror.invalid/tool
Suites: nodistro
Components: main

Types: deb
# with a comment inside
URIs: http://mirror.invalid/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.invalid/debian-security
Suites: bookworm-security
Components: main
`;

test('the Debian stanza of a .sources file is taken over with another suite', (t) => {
  const stanza = sourceStanza([{ name: 'debian.sources', text: DEB822 }], 'trixie', false);
  t.is(
    stanza,
    'Types: deb\nURIs: http://mirror.invalid/debian\nSuites: trixie\nComponents: main\n' +
      'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n',
  );
});

test('sources of packages are asked for where they are wanted', (t) => {
  t.regex(sourceStanza([{ name: 'debian.sources', text: DEB822 }], 'forky', true) ?? '', /^Types: deb-src\n/);
});

test('a key that stands inside the stanza is taken over', (t) => {
  const text = 'Types: deb\nURIs: http://mirror.invalid/debian\nSuites: bookworm\nSigned-By:\n -----BEGIN\n .\n abc\n';
  const stanza = sourceStanza([{ name: 'd.sources', text }], 'trixie', false);
  t.true(stanza?.endsWith('Signed-By: \n -----BEGIN\n .\n abc\n'));
});

test('a disabled stanza is passed over', (t) => {
  const text = 'Enabled: no\nTypes: deb\nURIs: http://mirror.invalid/debian\nSuites: bookworm\nComponents: main\n';
  t.is(sourceStanza([{ name: 'd.sources', text }], 'trixie', false), undefined);
});

test('the one-line style is understood, with and without options', (t) => {
  const text = `# deb http://mirror.invalid/old stretch main
deb http://mirror.invalid/other jammy main
deb [arch=amd64 signed-by=/k/a.gpg,/k/b.gpg] http://mirror.invalid/debian bookworm main contrib
`;
  t.is(
    sourceStanza([{ name: 'sources.list', text }], 'trixie', false),
    'Types: deb\nURIs: http://mirror.invalid/debian\nSuites: trixie\nComponents: main\nSigned-By: /k/a.gpg /k/b.gpg\n',
  );
  const plain = [{ name: 'sources.list', text: 'deb http://mirror.invalid/debian stable main' }];
  t.is(
    sourceStanza(plain, 'trixie', false),
    'Types: deb\nURIs: http://mirror.invalid/debian\nSuites: trixie\nComponents: main\n',
  );
});

test('a machine without a Debian source gets none', (t) => {
  t.is(
    sourceStanza([{ name: 'sources.list', text: 'deb http://mirror.invalid/ubuntu noble main' }], 'trixie', false),
    undefined,
  );
  t.is(sourceStanza([], 'trixie', false), undefined);
});

test("apt's own errors are picked out of what it prints", (t) => {
  const text = 'W: something old\nE: Unable to locate package nope\nE: Second\n';
  t.is(aptReason(text), 'Unable to locate package nope; Second');
  t.is(aptReason('dpkg was interrupted\n'), 'dpkg was interrupted');
  t.is(aptReason(''), 'it gave no reason');
});
