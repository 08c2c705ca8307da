/**
 * Every problem that natmod tells of, by its code: what it means, and what the user can do. A message says what is
 * wrong in the case at hand; this is what is true of all of its kind. docs/troubleshooting.md is made from it.
 */

interface ProblemText {
  readonly cause: string;
  readonly cure: string;
}

const COMPILER = 'Use the compiler that `natmod list` shows for the architecture, with the flags of the rules.';
const REBUILD = 'The file is damaged or no output of a compiler: remove it and build again.';
const MPY = 'Build the file again, with tools of the MicroPython version that the firmware has.';
const SOURCE =
  'The object is no output of a compiler: change its source, or report it with the compiler and its options.';

const texts = {
  // Command line and configuration
  'bad-option': [
    'An option has no value, or one that it does not take.',
    'The message has an example; docs/options.md has all options.',
  ],
  'no-sanitizer': [
    'There is no such check, the compiler does not have it, or a module cannot have what it needs.',
    'The message says which, and what can be had; docs/sanitizers.md has all.',
  ],
  'unknown-option': ['There is no such option.', 'See what was meant in the message, or `natmod TASK --help`.'],
  'foreign-option': ['The option belongs to another task.', 'Leave it out, or run the task that the message names.'],
  'option-of-gulp': ["natmod has no such option; gulp's command line has.", 'Run `npx gulp` with it.'],
  'misread-options': [
    'gulp takes a word behind one of our flags for its value.',
    'Write the tasks first and the options behind them.',
  ],
  'unknown-task': ['There is no task of that name.', '`natmod --help` lists the tasks.'],
  'unknown-arch': ['MicroPython has no such architecture.', 'The message lists all of them.'],
  'unknown-pass': ['The linker has no pass of that name.', 'The message lists them.'],
  'unknown-module': [
    'No module of that name is in the folder.',
    'Name a folder with a slash (./name), or look at `natmod list`.',
  ],
  'unknown-symbol': ['No module has a function or variable of that name.', 'The message names one that is like it.'],
  'unknown-runtime': ['Nothing of that name can run modules.', '`natmod runtimes` lists what there is.'],
  'bad-config': [
    'natmod.config.ts, or the object in a gulpfile, says something that it cannot.',
    'The message names the field.',
  ],
  'bad-runtimes': [
    'The noted commands that run modules are no such commands.',
    'Mend the file that is named, or delete it.',
  ],
  'bad-module-name': ['MOD is no name that Python can import.', 'Use letters, digits and underscores; no keyword.'],
  'no-module-name': ['The Makefile sets no MOD.', 'Write a line such as MOD = mymodule.'],
  'bad-level': ['There is no such level of optimisation.', 'Take none, balanced, size or speed.'],
  'bad-linker-flag': ['MPY_LD_FLAGS has a flag that the linker does not have.', 'README.md lists those that it has.'],
  'bad-arch-flags': ['ARCH_FLAGS names extensions that the CPU does not have.', 'The message lists those that it has.'],
  'unclosed-quote': [
    'A list of words has a quotation mark without its partner.',
    'Close it, or put a backslash before it.',
  ],
  'shell-operator': ['Flags have a character that a shell would take for another command.', 'Put it into quotes.'],
  'shell-failed': [
    "The Makefile's shell could not expand flags.",
    'Its own message is below; try the command in a shell.',
  ],
  exists: ['A file is there already and is not overwritten.', 'Take another name, or remove what is there.'],
  'no-file': ['The task needs a file, and none is named.', 'Name one: natmod inspect FILE.mpy.'],
  'no-script': [
    'There is nothing to run: no script, no code, and the module has no test.',
    'Name a script, or give code with -c.',
  ],
  'not-ours': [
    'A folder that would be replaced has files that natmod did not make.',
    'Name another one with --out DIR.',
  ],
  'over-budget': ['A module is larger than --budget allows.', '`natmod size --symbols` shows what makes it so.'],
  'bad-report': [
    'The file to compare with is no report of sizes, or of counted instructions.',
    'Make one with `natmod size --report FILE.json`, or with `natmod run --profile --report FILE.json`.',
  ],
  'no-baseline': [
    'There is nothing of that name to compare with.',
    'Name a folder of modules, a report or a git revision.',
  ],
  'no-git': ['A revision is to be compared with, and git is not installed.', 'Install git, or name a report.'],
  'unknown-board': [
    'No board of that name is known.',
    'The message names those that are like it; --arch NAME says it without a board.',
  ],
  'board-loads-none': [
    'The firmware that MicroPython publishes for that board loads no native code.',
    'Compile one that does, and name its architecture with --arch; `natmod list --boards` says which boards do.',
  ],
  'bad-calls': ['A list of calls for the emulated core cannot be read.', 'The message says where it is wrong.'],
  // Modules and their sources
  'no-makefile': [
    'The folder has neither a Makefile nor a natmod.config.ts.',
    '`natmod init NAME` makes a module to start from.',
  ],
  'no-modules': ['No folder below has a Makefile.', 'Name the module with --module DIR.'],
  'no-dynruntime': [
    'The Makefile does not include py/dynruntime.mk, so it describes no native module.',
    'Add the line in the message.',
  ],
  'make-failed': [
    'GNU make cannot read the Makefile, or one of its own rules failed.',
    'What make said is in the message.',
  ],
  'several-goals': ['The Makefile has rules of a native module under several goals.', 'Name one with --goal NAME.'],
  'other-folder': ['A goal calls make in another folder, where the module is.', 'Build that folder: --module DIR.'],
  'no-make': [
    'GNU make is not on PATH; it evaluates the Makefiles of modules.',
    'Install it as the message says, or describe the module by a natmod.config.ts, which needs none.',
  ],
  'no-arch': [
    'Neither the Makefile nor the command line names an architecture, and this machine has none of them.',
    'Add --arch NAME.',
  ],
  'no-sources': ['The module has no sources.', 'A line such as SRC = main.c names them.'],
  'missing-source': ['A source of SRC does not exist.', 'The message has the path that was looked for.'],
  'unreadable-source': ['A source cannot be read, or is no plain file.', 'Look at its rights and kind.'],
  'unknown-source': [
    'A source has an ending that natmod does not know.',
    'Known are .c, .cpp and its kin, .S and .py.',
  ],
  'missing-object': [
    'A file of SRC_O or SRC_MPY does not exist, and make has no rule for it.',
    'Write a rule, or mend the name.',
  ],
  'same-output': ['Two modules would be written to one file.', 'Give one of them another MOD, or build them apart.'],
  'cannot-build': ['A module was asked for by name and cannot be built here.', 'The message says what it needs.'],
  'bad-mpy-dir': [
    'The folder is no MicroPython source tree.',
    'Name one that has py/dynruntime.h, or leave --mpy-dir out.',
  ],
  'mpy-dir-replaced': [
    'The MPY_DIR of the Makefile leads to no MicroPython tree.',
    'Name a tree with --mpy-dir, or leave it so.',
  ],
  'mpy-dir-unclear': [
    'The Makefile checks MPY_DIR itself, and it leads nowhere.',
    'Name a tree with --mpy-dir, or leave it so.',
  ],
  'no-sources-had': [
    "MicroPython's sources could not be downloaded.",
    'Try where the network is, or name a tree with --mpy-dir.',
  ],
  // Compilers and other programs
  'no-compiler': [
    'No compiler for the architecture is on PATH.',
    '`natmod compilers --add ARCH` gets one; `natmod list` says how else.',
  ],
  'compile-failed': ['The compiler refused a source.', 'Its own message stands above.'],
  'no-mpy-cross': ['$MPY_CROSS names a program that is not there.', 'Mend the variable, or leave it empty.'],
  'python-failed': ['mpy-cross refused a Python source.', 'Its own message stands above.'],
  'cannot-start': ['A program cannot be started.', 'Look whether it is there and may be executed.'],
  'no-library': ['A library of the linker flags is not where it was looked for.', 'The message lists the places.'],
  'no-externs': ['The file of fixed symbols cannot be read.', 'Mend MPY_EXTERN_SYM_FILE or --externs.'],
  'lost-part': [
    "MicroPython's own rules overwrite a Python part with the module.",
    'Rename it, or take the rules of natmod.',
  ],
  'missing-stage': [
    'A stage of a gulpfile got what an earlier stage should have made into something else.',
    'docs/stages.md has the order.',
  ],
  'no-vinyl': ['Something that is no vinyl file came down a stream.', "Begin with gulp's src() or natmod's sources()."],
  'stream-contents': ['A file of a stream is not in memory.', 'Leave `buffer: false` out of src().'],
  // Files
  'shared-cache': [
    'The server of a shared cache does not answer as it should, so the build goes on without it.',
    'The message has what it answered: look at its address (NATMOD_CACHE_URL), at NATMOD_CACHE_TOKEN, and at the server.',
  ],
  'foreign-cache': [
    'The cache belongs to somebody else, or others can write to it, so it is not believed.',
    'Name another with NATMOD_CACHE.',
  ],
  'cannot-read': ['A file cannot be read.', 'The message says why.'],
  'cannot-write': [
    'A file or folder cannot be written.',
    'Look at rights and free space, or name another place with --out.',
  ],
  // Object files
  'not-an-object': ['The file is no object file that the linker reads.', 'The message names what it is.'],
  'not-relocatable': ['The file is a program or a shared library.', 'Link objects (-c) and static libraries.'],
  'foreign-object': ['The file is an object of another form: not ELF.', COMPILER],
  'truncated-object': ['An object ends in the middle.', REBUILD],
  'corrupt-object': ['An object contradicts itself.', REBUILD],
  'bad-attributes': ['The attributes of an object cannot be read.', REBUILD],
  'wrong-machine': ['An object is for another CPU family.', COMPILER],
  'wrong-architecture': ['An object is for another variant of the CPU.', COMPILER],
  'wrong-abi': ['An object passes values in another way than the firmware does.', COMPILER],
  'no-objects': ['There is nothing to link.', 'Name at least one C source in SRC.'],
  'executable-stack': [
    'Code wants to run on the stack, which no firmware allows.',
    'Take no address of a nested function.',
  ],
  'calls-itself': [
    'The compiler made a function into a call of itself.',
    'Add -fno-tree-loop-distribute-patterns to CFLAGS.',
  ],
  // Libraries
  'bad-archive': ['A static library contradicts itself.', 'Make it again with ar.'],
  'not-an-archive': ['The file is no static library.', 'Name a .a file.'],
  'thin-archive': [
    'A thin archive names files that are not there, or not what they were.',
    'Make it again, without T.',
  ],
  'archive-without-index': ['A static library has no index of symbols.', 'Run ranlib on it.'],
  'archive-too-big': ['A static library has more members or bytes than any real one.', 'Link what is needed of it.'],
  'bad-script': ['A linker script in the place of a library cannot be read.', 'Name the library itself.'],
  'unsupported-script': ['A linker script says more than where libraries are.', 'Name the library itself.'],
  'extern-circle': ['Symbols at fixed addresses refer to each other in a circle.', 'Give one of them a number.'],
  'extern-range': ['The address of a fixed symbol is out of range.', 'Addresses have 32 bits.'],
  'extern-twice': ['A fixed symbol has two addresses.', 'Remove one of them.'],
  // Linking
  'undefined-symbol': [
    'Nothing defines a symbol that is used.',
    'Add the source or library, or LINK_RUNTIME = 1 for routines of the compiler.',
  ],
  'duplicate-symbol': ['Two objects define one symbol.', 'Make one of them static, or remove it.'],
  'no-entry': ['No object defines mpy_init.', 'Write one with MP_DYNRUNTIME_INIT_ENTRY, not static.'],
  'writable-data': [
    'The plain form has no initialised variables.',
    'Build without --no-optimize, or set the values in mpy_init.',
  ],
  constructors: [
    'The plain form calls no constructors.',
    'Build without --no-optimize, or call the function in mpy_init.',
  ],
  'thread-local': [
    'A variable is thread-local, and modules have no threads.',
    'Remove the keyword, or set MPY_TLS_AS_DATA = 1.',
  ],
  'thread-pointer': [
    'Code reads the thread pointer, which MicroPython does not set.',
    'Compile it without thread-local variables.',
  ],
  'dropped-section': [
    'Code refers to a section that a group of sections has dropped.',
    'Compile all objects with the same compiler.',
  ],
  'run-time-choice': [
    'A function is chosen when a program starts (ifunc).',
    'Remove target_clones; use a library that is made for the CPU.',
  ],
  'absolute-code': [
    'Code is compiled for fixed addresses.',
    'Compile it with the flags of the rules; not with -fno-pic of your own.',
  ],
  'unknown-relocation': ['An object asks for something that the linker does not know.', COMPILER],
  'foreign-code': ['Code has a form that compilers do not make.', SOURCE],
  'outside-section': ['An address points out of its section.', SOURCE],
  'half-word-address': ['An address is to be kept in 16 bits or less.', 'Keep it in a pointer or uintptr_t.'],
  'literal-address': ['The place of a literal is asked for where no l32r is.', SOURCE],
  'weak-distance': [
    'A weak symbol that nothing defines is taken relative to the code.',
    'Define it, or compile with -fpic.',
  ],
  'unaligned-address': [
    'An address lies in a packed structure, where the firmware cannot complete it.',
    'Do not pack it.',
  ],
  'firmware-distance': [
    'Code wants the distance to something in the firmware.',
    'Compile with -fpic and without -fvisibility=hidden.',
  ],
  'static-bss': [
    'The plain form cannot reach a static variable.',
    'Build without --no-optimize, or remove the word static.',
  ],
  'across-blocks': [
    'A distance between two blocks of memory is asked for.',
    'Build without --no-optimize, or use a pointer.',
  ],
  'no-literal': ['A relocation names a literal that is not there.', SOURCE],
  'no-pair': ['A relocation for the lower part of an address has no upper part.', SOURCE],
  'out-of-range': [
    'A distance is too large for an instruction.',
    'Split large functions, or move callers and callees together.',
  ],
  'misaligned-value': ['A distance does not end where the instruction can.', SOURCE],
  'wrong-instruction': ['A relocation is not at the instruction it belongs to.', SOURCE],
  alignment: ["A variable wants more alignment than the firmware's loader gives.", 'Ask for less.'],
  'module-too-large': ['The module is larger than its form allows.', '`natmod size --symbols` shows what makes it so.'],
  // .mpy files
  'not-mpy': ['The file is no .mpy file.', MPY],
  'mpy-version': ['The file has another version of the .mpy format.', MPY],
  'mpy-sub-version': ['The native code of the file has another ABI than MicroPython 1.23 and later.', MPY],
  'mpy-arch': ['The native code of the file is for another CPU.', 'Build it for the architecture of the module.'],
  'mpy-truncated': ['A .mpy file ends in the middle.', MPY],
  'mpy-malformed': ['A .mpy file contradicts itself.', MPY],
  'mpy-two-native': [
    'Two of the files to merge have native code of their own.',
    'Link all objects to one native part.',
  ],
  'bytecode-too-large': ['A function of Python is too large to be merged.', 'Split it.'],
  'no-native-part': ['-march-flags was given, and no file has native code.', 'Leave it out.'],
  // Running and boards
  'no-runtime': ['Nothing here runs modules of that architecture.', '`natmod runtimes --add ARCH` gets what does.'],
  'wrong-firmware': ['The firmware does not load the module.', 'Build for the architecture that the message names.'],
  'no-port': ['There is no board on that port.', '`--port auto` looks for one.'],
  'port-busy': ['Another program has the port.', 'End the one that is named.'],
  'no-serialport': ['The port needs an npm package that is not installed.', 'npm install serialport.'],
  'no-repl': ['What is on the port does not speak raw REPL.', 'Reset the board; look whether it runs MicroPython.'],
  'line-closed': ['The line to the board has ended.', 'Look at the cable, and try again.'],
  'board-error': ['MicroPython on the board refused a step.', 'Its traceback is in the message.'],
  'out-of-memory': ['The board has not enough memory.', 'Reset it, or make the module smaller.'],
  timeout: ['Something took longer than --timeout allows.', 'Give more seconds, or look for an endless loop.'],
  'wrong-password': ['WebREPL refuses the password.', 'Give it with --password.'],
  'wrong-hash': ['A file arrived damaged on the board.', 'Check the line, and try again.'],
  'harness-failed': ['The emulated core could not run the module.', 'The message says what happened.'],
  'harness-lacks': ['The module calls what a bare core does not have.', 'Run it on a board.'],
  // Crashes
  'no-elf': [
    'No ELF file of a module is here, or several are.',
    '`natmod build --debug` makes one; --elf FILE names one.',
  ],
  'not-an-elf': ['The file is no ELF file of a module.', '`natmod build --debug` makes one.'],
  'cannot-count': [
    'Instructions cannot be counted here.',
    'The message names what is missing: QEMU, a runtime or a C compiler of this machine.',
  ],
  'nothing-counted': [
    'A run that was to be counted has no counts.',
    'The script has to import the module, and to end.',
  ],
  'no-address': ['The log of a crash has no address.', 'Give the whole dump, with its registers.'],
  'no-base': ['Nobody knows where the module was loaded.', 'Add --base ADDRESS; docs/where.md says how to learn it.'],
  'other-build': [
    'The ELF file is of another build than the module on the board.',
    'Build that very module with --debug.',
  ],
  'stripped-elf': [
    'The symbols and the debug information of the ELF file were taken out.',
    '`natmod build --debug` makes a new one.',
  ],
  'board-crashed': [
    'MicroPython on the board, or its firmware in an emulated machine, has stopped with a dump of its registers.',
    'With --debug natmod says which line of the module it was, when it was one; docs/where.md.',
  ],
  'no-stub': ['An emulator that gdb can connect to is missing.', 'Install the package that the message names.'],
  'stub-gone': [
    'The emulator has ended while gdb, or natmod in its place, was connected to it.',
    'Run the script without --gdb to see what it says.',
  ],
  'not-loaded': ['The script of `run --gdb` needs modules that could not be imported.', 'Run it without --gdb first.'],
  'no-gdb': ['gdb for the CPU is missing.', 'Install the package that the message names.'],
  'over-stack-budget': [
    'A function needs more of the C stack than --stack-budget allows.',
    'The message has the deepest way and the bytes of each function on it; large arrays in functions are the usual reason.',
  ],
  // Our own checks
  'no-programs': ['A folder of programs to try has none.', 'Name one that has C files.'],
  'no-csmith': ['csmith is not on PATH.', 'apt-get install csmith.'],
  'native-failed': ["This machine's compiler cannot build a random program.", 'Its own message is below.'],
} as const satisfies Record<string, readonly [cause: string, cure: string]>;

/** Short kebab-case names that tests and tools can rely on. */
export type ProblemCode = keyof typeof texts;

export const problemCodes = Object.keys(texts) as readonly ProblemCode[];

/** What is true of all problems with a code. */
export function aboutProblem(code: ProblemCode): ProblemText {
  const [cause, cure] = texts[code];
  return { cause, cure };
}
