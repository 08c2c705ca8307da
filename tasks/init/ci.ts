/** Files by which a host of repositories builds, tests and publishes a module. */
import type { LanguageName } from './languages.ts';

export const CI_NAMES = ['github', 'gitlab'] as const;

export type CiName = (typeof CI_NAMES)[number];

export interface CiWishes {
  readonly ci: CiName;
  readonly language: LanguageName;
  /** As `--arch` takes them: `all`, or names with commas. */
  readonly arch: string;
}

/** @returns text by path */
export function ciFiles(wishes: CiWishes): Record<string, string> {
  return wishes.ci === 'github'
    ? { '.github/workflows/natmod.yml': githubWorkflow(wishes) }
    : { '.gitlab-ci.yml': gitlabPipeline(wishes) };
}

/** Debian, whose packages have the compilers, and from which MicroPython for the tests is taken. */
const IMAGE = 'node:22-bookworm';

/**
 * What the jobs do, the same everywhere; `natmod compilers` and `natmod runtimes` are quick where the cache has what
 * they bring.
 */
function steps({ language, arch }: CiWishes): Readonly<Record<'tools' | 'test' | 'package', readonly string[]>> {
  return {
    tools: [
      ...(LANGUAGE_TOOLS[language] ?? []),
      'npm install --no-audit --no-fund',
      `npx natmod compilers --add ${arch}`,
      `npx natmod runtimes --add ${arch}`,
    ],
    test: [`npx natmod test --arch ${arch} --report results.xml`],
    package: [`npx natmod package --arch ${arch}`],
  };
}

const LANGUAGE_TOOLS: Partial<Record<LanguageName, readonly string[]>> = {
  'c++': ['apt-get update', 'apt-get install --yes --no-install-recommends g++ g++-i686-linux-gnu'],
  rust: [
    "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal",
    '"$HOME/.cargo/bin/rustup" target add i686-unknown-linux-gnu thumbv6m-none-eabi thumbv7m-none-eabi thumbv7em-none-eabihf',
    '"$HOME/.cargo/bin/rustup" target add riscv32imac-unknown-none-elf riscv64imac-unknown-none-elf',
  ],
};

/** Files of a release have no folders, so each module gets the name of its architecture. */
const RELEASE_FILES = [
  'mkdir release',
  'tar -czf release/modules.tar.gz -C publish .',
  `for file in publish/*/*.mpy; do
  cp "$file" "release/$(basename "$file" .mpy)-$(basename "$(dirname "$file")").mpy"
done`,
];

/** The folder comes back writable for everybody, and natmod trusts no such cache. */
const GITLAB_CACHE = ['mkdir -p "$NATMOD_CACHE"', 'chmod -R go-w "$NATMOD_CACHE"'];

/** Each file goes to the project's packages, and the release links to it. */
const GITLAB_RELEASE = [
  ...RELEASE_FILES,
  `project="$CI_API_V4_URL/projects/$CI_PROJECT_ID"
links=""
for file in release/*; do
  address="$project/packages/generic/modules/$CI_COMMIT_TAG/$(basename "$file")"
  curl --fail --silent --show-error --header "JOB-TOKEN: $CI_JOB_TOKEN" --upload-file "$file" "$address"
  links="$links\${links:+,}{\\"name\\":\\"$(basename "$file")\\",\\"url\\":\\"$address\\"}"
done
curl --fail --silent --show-error --header "JOB-TOKEN: $CI_JOB_TOKEN" --header "Content-Type: application/json" \\
  --data "{\\"tag_name\\":\\"$CI_COMMIT_TAG\\",\\"assets\\":{\\"links\\":[$links]}}" "$project/releases"`,
];

function githubWorkflow(wishes: CiWishes): string {
  const { tools, test, package: pack } = steps(wishes);
  const path = wishes.language === 'rust' ? [`echo "$HOME/.cargo/bin" >> "$GITHUB_PATH"`] : [];
  return `# Builds and tests the module for every architecture at every push. The default branch is published to GitHub Pages (choose
# "GitHub Actions" in the settings of Pages once), for \`mpremote mip install https://USER.github.io/REPOSITORY/ARCH/package.json\`;
# a tag becomes a release.
name: natmod
on: [push, pull_request]
permissions:
  contents: read
jobs:
  build:
    runs-on: ubuntu-latest
    container: ${IMAGE}
    defaults:
      run:
        shell: bash
    steps:
      - uses: actions/checkout@v4
      - name: Compilers, MicroPython and compiled objects of earlier runs
        uses: actions/cache@v4
        with:
          path: ~/.cache/natmod
          key: natmod-\${{ hashFiles('package.json') }}-\${{ github.run_id }}
          restore-keys: natmod-\${{ hashFiles('package.json') }}-
      - name: Tools
        run: |
${block([...tools, ...path], 10)}
      - name: Build and test
        run: |
${block(test, 10)}
      - name: Package
        run: |
${block(pack, 10)}
      - uses: actions/upload-artifact@v4
        with:
          name: modules
          path: publish
      - if: github.event_name == 'push' && github.ref_name == github.event.repository.default_branch
        uses: actions/upload-pages-artifact@v3
        with:
          path: publish
  pages:
    needs: build
    if: github.event_name == 'push' && github.ref_name == github.event.repository.default_branch
    runs-on: ubuntu-latest
    permissions:
      pages: write
      id-token: write
    environment:
      name: github-pages
      url: \${{ steps.deployment.outputs.page_url }}
    steps:
      - id: deployment
        uses: actions/deploy-pages@v4
  release:
    needs: build
    if: startsWith(github.ref, 'refs/tags/')
    runs-on: ubuntu-latest
    permissions:
      contents: write
    steps:
      - uses: actions/download-artifact@v4
        with:
          name: modules
          path: publish
      - name: Release
        env:
          GH_TOKEN: \${{ github.token }}
          GH_REPO: \${{ github.repository }}
        run: |
${block([...RELEASE_FILES, 'gh release create "$GITHUB_REF_NAME" --generate-notes release/*'], 10)}
`;
}

function gitlabPipeline(wishes: CiWishes): string {
  const { tools, test, package: pack } = steps(wishes);
  const path = wishes.language === 'rust' ? ['export PATH="$HOME/.cargo/bin:$PATH"'] : [];
  return `# Builds and tests the module for every architecture at every push. The default branch is published to GitLab Pages, for
# \`mpremote mip install https://USER.gitlab.io/REPOSITORY/ARCH/package.json\`; a tag becomes a release.
image: ${IMAGE}

stages: [build, publish]

build:
  stage: build
  variables:
    NATMOD_CACHE: $CI_PROJECT_DIR/.cache/natmod
  cache:
    key: natmod
    paths: [.cache/natmod]
  script:
${list([...GITLAB_CACHE, ...tools, ...path, ...test, ...pack], 4)}
  artifacts:
    paths: [publish]
    reports:
      junit: results.xml

pages:
  stage: publish
  needs: [build]
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
  script:
    - cp -r publish public
  artifacts:
    paths: [public]

release:
  stage: publish
  needs: [build]
  rules:
    - if: $CI_COMMIT_TAG
  script:
${list(GITLAB_RELEASE, 4)}
`;
}

/** Lines of a literal block, indented. */
function block(commands: readonly string[], indent: number): string {
  const lines = commands.join('\n').split('\n');
  return lines.map((line) => `${' '.repeat(indent)}${line}`).join('\n');
}

/** Items of a list, each a literal block: commands have colons and quotation marks. */
function list(commands: readonly string[], indent: number): string {
  return commands.map((command) => `${' '.repeat(indent)}- |\n${block([command], indent + 2)}`).join('\n');
}
