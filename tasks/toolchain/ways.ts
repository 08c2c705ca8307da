/** How people get a compiler for an architecture, by the system that they have. */
import type { Arch } from '../../natmod-rules/arch/index.ts';
import { zigTarget } from '../../natmod-rules/compile/index.ts';
import { HOW_TO_GET_ZIG } from './zig.ts';

type Ways = Readonly<Partial<Record<Arch['family'], string>>>;

/** Packages of the managers that most have where Debian's are not. */
const ELSEWHERE: Readonly<Partial<Record<NodeJS.Platform, Ways>>> = {
  darwin: {
    arm: 'with Homebrew: brew install --cask gcc-arm-embedded',
    riscv: 'with Homebrew: brew install riscv64-elf-gcc',
    x64: 'with Homebrew: brew install x86_64-elf-gcc',
  },
  win32: { arm: 'winget install Arm.GnuArmEmbeddedToolchain' },
};

/** How to get a compiler, in one sentence. */
export function howToGetCompiler(arch: Arch, platform: NodeJS.Platform = process.platform): string {
  const zig = zigTarget(arch) === undefined ? undefined : `${HOW_TO_GET_ZIG}, which brings one for most CPUs`;
  const packages = ELSEWHERE[platform] === undefined ? debianWay(arch) : ELSEWHERE[platform][arch.family];
  const ways = [zig, packages, arch.howToGet].filter((way) => way !== undefined);
  if (ways.length > 0) return ways.join(', or ');
  return `that of PlatformIO or Arduino is found, or in a container or WSL ${debianWay(arch)}`;
}

function debianWay({ debianPackages }: Arch): string | undefined {
  return debianPackages.length === 0 ? undefined : `on Debian or Ubuntu: apt-get install ${debianPackages.join(' ')}`;
}
