/**
 * Runs a list of named passes over plain data. A pass takes the state, a record, and returns the fields it makes or
 * makes anew; it changes nothing in place. The type of the state grows along the list, so a pass can only ask for what
 * one before it has made. A loop runs its own list until its condition is false.
 */

/** One entry of the list. */
export type Step = PassStep | LoopStep;

interface PassStep {
  readonly kind: 'pass';
  readonly name: string;
  readonly when?: (state: never) => boolean;
  readonly run: (state: never) => object;
}

interface LoopStep {
  readonly kind: 'loop';
  readonly name: string;
  readonly steps: readonly Step[];
  readonly again: (state: never) => boolean;
}

/** What is told after a pass. Times are those of the observer's clock. */
export interface PassEvent {
  readonly pass: string;
  /** The loops that it is in, outermost first, each with its round from 1 on. */
  readonly loops: readonly { readonly loop: string; readonly round: number }[];
  readonly start: number;
  readonly end: number;
}

export interface Observer<State> {
  /** Any clock that goes forward; 0 is told without one. */
  now?(): number;
  passed?(event: PassEvent, state: State): void;
}

/** A list under construction: every call returns a longer one. `State` is what is there once the list has run. */
export class PassList<Start extends object, State extends object> {
  readonly steps: readonly Step[];

  constructor(steps: readonly Step[]) {
    this.steps = steps;
  }

  pass<Made extends object>(name: string, run: (state: State) => Made): PassList<Start, State & Made> {
    return new PassList([...this.steps, { kind: 'pass', name, run: run as PassStep['run'] }]);
  }

  /** A pass for some modules only; it makes fields anew that are there already. */
  passIf(name: string, when: (state: State) => boolean, run: (state: State) => Partial<State>): PassList<Start, State> {
    const step = { kind: 'pass', name, when: when as PassStep['when'], run: run as PassStep['run'] } as const;
    return new PassList([...this.steps, step]);
  }

  /** Runs the list of `body` once, and again as long as `again` says so. */
  loop<Made extends object>(
    name: string,
    body: (list: PassList<State, State>) => PassList<State, State & Made>,
    again: (state: State & Made) => boolean,
  ): PassList<Start, State & Made> {
    const { steps } = body(new PassList<State, State>([]));
    return new PassList([...this.steps, { kind: 'loop', name, steps, again: again as LoopStep['again'] }]);
  }

  /** @returns the state behind the last pass */
  run(start: Start, observer: Observer<Partial<State>> = {}): State {
    return runSteps(this.steps, start, [], observer as Observer<object>) as State;
  }
}

type Loops = PassEvent['loops'];

function runSteps(steps: readonly Step[], start: object, loops: Loops, observer: Observer<object>): object {
  let state = start;
  for (const step of steps) {
    if (step.kind === 'pass') state = runPass(step, state, loops, observer);
    else {
      for (let round = 1; ; round++) {
        state = runSteps(step.steps, state, [...loops, { loop: step.name, round }], observer);
        if (!step.again(state as never)) break;
      }
    }
  }
  return state;
}

function runPass({ name, when, run }: PassStep, state: object, loops: Loops, observer: Observer<object>): object {
  if (when !== undefined && !when(state as never)) return state;
  const start = observer.now?.() ?? 0;
  const next = { ...state, ...run(state as never) };
  observer.passed?.({ pass: name, loops, start, end: observer.now?.() ?? 0 }, next);
  return next;
}

/** The names of all passes of a list, in order, those in loops too. */
export function passNames(steps: readonly Step[]): string[] {
  return steps.flatMap((step) => (step.kind === 'pass' ? [step.name] : passNames(step.steps)));
}
