/**
 * The list of what is done to link a module, in order. Each entry takes fields of the state and gives fields; the
 * folders stand in the same order: `read/`, `shrink/`, `place/`, `write/`. What only one family of CPUs needs comes
 * from its `FamilyRules`.
 */
import type { Arch } from '../arch/index.ts';
import type { ObjectFile } from '../elf/object.ts';
import { ObjectReader } from '../elf/object-reader.ts';
import { nativeModule, writeMpy } from '../package/index.ts';
import { PassList } from './driver.ts';
import { rulesOf } from './families/index.ts';
import type { BlockOf, FamilyRules } from './families/types.ts';
import type { LinkOptions } from './index.ts';
import { type Conversion, startConversion } from './model/conversion.ts';
import type { Chunk, Image, Placement } from './model/model.ts';
import { checkAlignment } from './place/alignment.ts';
import { assignBlocks } from './place/blocks.ts';
import { withGot } from './place/got.ts';
import { holdMemory } from './place/hold-memory.ts';
import { layOut } from './place/layout.ts';
import { makeStubs } from './place/stubs.ts';
import { checkMembers, checkStack } from './read/check-abi.ts';
import { checkRelocations } from './read/check-relocations.ts';
import { callConstructors } from './read/constructors.ts';
import { pullMembers } from './read/libraries.ts';
import { readObjects } from './read/objects.ts';
import { isProvided } from './read/provided.ts';
import { selectSections } from './read/select.ts';
import { checkSelfCalls } from './read/self-calls.ts';
import { nameStackChecks } from './read/stack-check.ts';
import { type FixedSymbols, resolveSymbols } from './read/symbols.ts';
import { checkThreadPointer } from './read/thread-pointer.ts';
import { reachDirectly } from './shrink/direct.ts';
import { foldFunctions } from './shrink/fold.ts';
import { mergeConstants } from './shrink/merge.ts';
import { reorderFunctions, smallerOf } from './shrink/order.ts';
import { shareSequences, shareTails } from './shrink/outline.ts';
import type { OutlineRules } from './shrink/outline-types.ts';
import { type CompactPass, passesOf } from './shrink/passes.ts';
import type { Program } from './shrink/program.ts';
import { findJumps, lengthenJumps, type Relaxation, writeJumps } from './shrink/relax.ts';
import { sortChunks } from './shrink/sort.ts';
import { addStubs } from './shrink/stubs.ts';
import { relocate } from './write/relocate.ts';

/** What is there before the first pass. */
interface Start {
  readonly options: LinkOptions;
  readonly arch: Arch;
  readonly rules: FamilyRules;
  readonly passes: ReadonlySet<CompactPass>;
  readonly fixed: FixedSymbols;
  readonly reader: ObjectReader;
  readonly outlining: OutlineRules | undefined;
  /** Of the last round of the members; none of it is there when a round begins. */
  readonly program?: Program;
  readonly image?: Image;
  /** Jumps on the way to their shortest forms. */
  readonly relaxation?: Relaxation;
  /** The program with its jumps as short as they get in the order of the objects, while another order is tried. */
  readonly unordered?: Program;
}

export function startState(options: LinkOptions): Start {
  const { arch, externs = new Map<string, number>(), rom = new Map<string, number>() } = options;
  const rules = rulesOf(arch.family);
  const passes = passesOf(options.compact);
  const fixed = { externs, rom, libraries: options.libraries?.map(({ file }) => file) };
  const outlining = passes.has('outline') ? rules.outline?.(arch) : undefined;
  return { options, arch, rules, passes, fixed, outlining, reader: options.reader ?? new ObjectReader() };
}

export const PIPELINE = new PassList<Start, Start>([])
  .pass('read-objects', ({ arch, options, reader }) => ({
    objects: nameStackChecks(readObjects(arch, options.objects, reader, options.archFlags), options.libraries),
  }))
  .pass('pull-members', ({ arch, rules, options, objects, fixed, reader }) => {
    const isKnown = (name: string) => fixed.externs.has(name) || isProvided(arch, rules, name);
    const members = pullMembers(objects, options.libraries ?? [], isKnown, reader);
    return { members, conversion: startConversion([...objects, ...members]) };
  })
  .pass('check-input', ({ arch, rules, options, members, conversion: { objects } }) => {
    checkMembers(arch, members, options.archFlags);
    checkStack(objects);
    checkRelocations(rules, objects);
    return {};
  })
  // Until layout keeps what converted code needs within its reach.
  .loop('conversion', arrange, ({ conversion }) => conversion.changed.size > 0)
  // Until the firmware's garbage collector finds what the module has.
  .loop(
    'hold-memory',
    (list) =>
      list
        .pass('relocate', ({ image }) => ({ blocks: relocate(image) }))
        .pass('hold-memory', ({ image, blocks, passes }) => {
          const held = passes.has('variables') ? holdMemory(image, blocks) : undefined;
          return { image: held ?? image, hasMoved: held !== undefined };
        }),
    ({ hasMoved }) => hasMoved,
  )
  .pass('write-module', ({ arch, options, passes, image, blocks }) => {
    const { archFlags, sourceName, qstrs } = options;
    const parts = { arch, archFlags, sourceName, qstrs, ...blocks, bssSize: image.size.bss };
    const mpyFile = nativeModule({ ...parts, shortRelocations: passes.has('short-relocations') });
    return { mpyFile, mpy: writeMpy(mpyFile) };
  });

/** Everything that is known at the end. */
export type LinkState = ReturnType<(typeof PIPELINE)['run']>;

/** What the list starts from in each round of the members. */
type Read = Start & { objects: ObjectFile[]; members: ObjectFile[]; conversion: Conversion };

/** From objects to addresses. */
function arrange(list: PassList<Read, Read>) {
  return shrink(bind(list))
    .pass('make-stubs', ({ arch, rules, passes, program, firmware }) => {
      // Where jumps get shorter, the ways to the firmware have been made already.
      const entries = rules.jumps !== undefined && passes.has('relax') ? [] : firmware;
      return { stubs: makeStubs(arch, rules, entries, program.chunks, program.resolve) };
    })
    .pass('build-got', ({ arch, rules, passes, program: { chunks, resolve }, stubs }) => ({
      tables:
        rules.buildLiterals?.(arch, chunks, stubs, resolve) ??
        withGot(arch, rules, chunks, stubs, resolve, passes.has('merge-got')),
    }))
    .pass('assign-blocks', ({ arch, rules, passes, program, tables }) => ({
      blockOf: assignBlocks(arch, rules, tables.chunks, program.resolve, passes.has('variables')),
    }))
    .pass('check-alignment', ({ arch, rules, tables, blockOf }) => {
      checkAlignment(arch, rules, tables.chunks, blockOf);
      return {};
    })
    .pass('lay-out', (state) => {
      const { arch, rules, passes, linked, selected, bound, program, tables, stubs, blockOf } = state;
      const layout = layOut(arch, rules, tables.chunks, blockOf, program.entry, passes.has('sort-sections'));
      const before = { objects: linked, selected, program: bound, follow: program.follow };
      const image: Image = { arch, rules, resolve: program.resolve, ...tables, ...layout, stubs, before };
      return { image };
    })
    .passIf(
      'find-far-parts',
      ({ rules }) => rules.conversion !== undefined,
      ({ rules, conversion, image }) => ({ conversion: rules.conversion!.findFar(conversion, image) }),
    );
}

/** What every symbol stands for, and what runs before mpy_init. */
function bind(list: PassList<Read, Read>) {
  return list
    .passIf(
      'convert-objects',
      ({ rules }) => rules.conversion !== undefined,
      ({ rules, conversion }) => ({
        conversion: rules.conversion!.convert(conversion),
        program: undefined,
        image: undefined,
      }),
    )
    .pass('select-sections', ({ rules, conversion: { converted }, passes }) => ({
      linked: converted,
      selection: selectSections(converted, rules.codeAlign, passes.has('variables')),
    }))
    .pass('resolve-symbols', ({ arch, rules, linked, selection, fixed, passes }) => ({
      resolution: resolveSymbols(arch, rules, linked, selection, fixed, {
        dropUnused: passes.has('gc-sections'),
        shorter: passes.has('short-routines') ? rules.shorterRoutines?.(arch) : undefined,
      }),
    }))
    .pass('leave-out', ({ arch, rules, passes, selection, resolution }) => {
      const { commons, provided, kept, firmware, resolve, entry } = resolution;
      const selected = [...selection.chunks, ...commons];
      const isKept = (chunk: Chunk) => !passes.has('gc-sections') || kept.has(chunk);
      const chunks = [...selected.filter(isKept), ...provided];
      const program: Program = { arch, rules, chunks, resolve, entry, follow: (target) => target };
      return { selected, firmware, program };
    })
    .pass('check-code', ({ arch, rules, program }) => {
      checkThreadPointer(arch, rules, program.chunks);
      checkSelfCalls(program.chunks);
      return {};
    })
    .pass('call-constructors', ({ program, selection }) => {
      const bound = callConstructors(program, selection.constructors);
      return { program: bound, bound };
    });
}

type Bound = ReturnType<typeof bind> extends PassList<Read, infer State> ? State : never;

/** Fewer bytes for the same program: each of these only if it is asked for. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: the order of the passes is read in one go
function shrink(list: PassList<Read, Bound>) {
  const wants = (pass: CompactPass) => (state: Bound) => state.passes.has(pass);
  const isOutlined = ({ outlining }: Bound) => outlining !== undefined;
  return (
    list
      .passIf('merge-constants', wants('merge-constants'), ({ program }) => ({ program: mergeConstants(program) }))
      .passIf('fold-functions', wants('icf'), ({ program }) => ({ program: foldFunctions(program) }))
      .passIf(
        'load-addresses',
        ({ rules, passes }) => rules.loadAddresses !== undefined && passes.has('variables'),
        ({ rules, program }) => ({ program: rules.loadAddresses!(program, blocksOf(program, true)) }),
      )
      .passIf('reach-directly', wants('relax'), ({ program, passes }) => ({
        program: reachDirectly(program, blocksOf(program, passes.has('variables'))),
      }))
      .passIf(
        'share-got-base',
        ({ rules, passes }) => rules.shareGotBase !== undefined && passes.has('relax'),
        ({ rules, program, passes }) => ({ program: rules.shareGotBase!(program, passes.has('merge-got')) }),
      )
      .passIf(
        'shorten-prologues',
        ({ rules, passes }) => rules.shortenPrologues !== undefined && passes.has('relax'),
        ({ rules, program }) => ({ program: rules.shortenPrologues!(program) }),
      )
      .passIf(
        'add-stubs',
        ({ rules, passes }) => rules.jumps !== undefined && passes.has('relax'),
        ({ program }) => ({ program: addStubs(program) }),
      )
      .passIf('prepare-outlining', isOutlined, ({ program, outlining }) => ({
        program: outlining!.prepare?.(program) ?? program,
      }))
      .passIf('share-tails', isOutlined, ({ program, outlining }) => ({ program: shareTails(program, outlining!) }))
      .passIf('share-sequences', isOutlined, ({ program, outlining }) => ({
        program: shareSequences(program, outlining!),
      }))
      .passIf(
        'rebuild-code',
        ({ rules, passes }) =>
          rules.rebuildCode !== undefined && (passes.has('outline') || passes.has('share-literals')),
        ({ rules, program, passes }) => ({
          program: rules.rebuildCode!(program, {
            outline: passes.has('outline'),
            shareLiterals: passes.has('share-literals'),
            sorted: passes.has('sort-sections'),
          }),
        }),
      )
      .passIf('sort-sections', wants('sort-sections'), ({ program, passes }) => ({
        program: sortChunks(program, (one) => placeOf(one, passes)),
      }))
      .passIf(
        'pack-code',
        ({ rules, passes }) => rules.packCode !== undefined && passes.has('sort-sections'),
        ({ rules, program }) => ({ program: rules.packCode!(program) }),
      )
      .passIf(
        'find-jumps',
        // Loads of addresses that have come in may have put targets out of a branch's reach.
        ({ rules, passes }) => rules.jumps !== undefined && (passes.has('relax') || passes.has('variables')),
        ({ rules, program, passes }) => ({ relaxation: findJumps(program, rules.jumps!, passes.has('relax')) }),
      )
      // In the order of the objects, and then in one that may let more jumps be short.
      .loop(
        'function-order',
        (orders) =>
          orders
            // All jumps start with their shortest form and grow until all reach.
            .loop('relax', relaxOnce, ({ relaxation }) => relaxation?.hasGrown === true)
            .passIf(
              'order-functions',
              ({ relaxation, passes }) =>
                relaxation !== undefined && passes.has('relax') && passes.has('sort-sections'),
              orderFunctions,
            ),
        ({ unordered }) => unordered !== undefined,
      )
  );
}

function relaxOnce(list: PassList<Bound, Bound>) {
  const isRelaxed = ({ relaxation }: Bound) => relaxation !== undefined;
  return list
    .passIf('write-jumps', isRelaxed, ({ relaxation }) => writeJumps(relaxation!))
    .passIf('lengthen-jumps', isRelaxed, ({ relaxation, program, passes }) => ({
      relaxation: lengthenJumps(relaxation!, placeOf(program, passes)),
    }));
}

/** Begins a round with another order; behind that round, decides which was better. */
function orderFunctions({ relaxation, program, unordered }: Bound): Partial<Bound> {
  if (unordered !== undefined) return { program: smallerOf(unordered, program), unordered: undefined };
  const reordered = reorderFunctions(relaxation!, program);
  return reordered === undefined ? {} : { relaxation: reordered, unordered: program };
}

function blocksOf({ arch, rules, chunks, resolve }: Program, ownToo: boolean): BlockOf {
  const blocks = assignBlocks(arch, rules, chunks, resolve, ownToo);
  return (chunk) => blocks.get(chunk) ?? 'text';
}

/** A layout before GOT and literals are there: nearly the real one. */
function placeOf(program: Program, passes: ReadonlySet<CompactPass>): ReadonlyMap<Chunk, Placement> {
  const { arch, rules, chunks, resolve, entry } = program;
  const blocks = assignBlocks(arch, rules, chunks, resolve, passes.has('variables'));
  return layOut(arch, rules, chunks, blocks, entry, true).place;
}
