/**
 * Who is called for an element: watches and learners by kind and hop, so that an ordinary message meets those that may
 * have something to say and no others. What they tell of themselves (hops, types, children) is checked here with a
 * comparison of integers, in place of a call.
 */
import type { Outline } from './outline.ts';
import type { Scene } from './scene.ts';
import type { Learner, Watch } from './types.ts';

/** What decides whether somebody is called. */
interface Filter {
  readonly kinds: number;
  readonly hops?: number | undefined;
  readonly types?: number | undefined;
  readonly children?: readonly number[] | undefined;
}

const KINDS = 5;
const HOPS = 5;
const ALL = -1;
/** Interests are bits of one word: those behind share the last one, and look for themselves. */
const LAST_INTEREST = 30;
/** The bit of those that want no child. */
const ALWAYS = 1 << 31;

type Call = (scene: Scene) => void;

/** Those called for one kind of element on one hop, in the order they were given. */
interface Row {
  /** Bound: to look up the method of dozens of classes would cost as much as most of them do. */
  readonly calls: readonly Call[];
  /** By member: bits of TYPE, and of `Outline.interests`. */
  readonly types: Int32Array;
  readonly interests: Int32Array;
}

function makeRows<T extends Filter>(
  members: readonly T[],
  interests: readonly number[],
  callOf: (member: T) => Call,
): Row[] {
  return Array.from({ length: KINDS * HOPS }, (_, at) => {
    const [kind, hop] = [Math.floor(at / HOPS), at % HOPS];
    const here = [...members.entries()].filter(
      ([, { kinds, hops = ALL }]) => (kinds & (1 << kind)) !== 0 && (hops & (1 << hop)) !== 0,
    );
    return {
      calls: here.map(([, member]) => callOf(member)),
      types: Int32Array.from(here, ([, { types = ALL }]) => types),
      interests: Int32Array.from(here, ([i]) => interests[i] as number),
    };
  });
}

/** A watch that sees elements. */
type Seeing = Watch & Required<Pick<Watch, 'stanza'>>;

export class Audience {
  readonly #watches: readonly Row[];
  readonly #learners: readonly Row[];

  /** `outline` is told which children to look for. */
  constructor(watches: readonly Watch[], learners: readonly Learner[], outline: Outline) {
    const seeing = watches.filter((watch): watch is Seeing => watch.stanza !== undefined);
    let next = 0;
    const interests = seeing.map(({ children }) => {
      if (children === undefined) return ALL;
      const bit = 1 << Math.min(next++, LAST_INTEREST);
      outline.want(children, bit);
      return bit;
    });
    this.#watches = makeRows(seeing, interests, (watch) => watch.stanza.bind(watch));
    this.#learners = makeRows(
      learners,
      learners.map(() => ALL),
      (learner) => learner.learn.bind(learner),
    );
  }

  show(scene: Scene): void {
    callRow(this.#watches[scene.view.kind * HOPS + scene.hop] as Row, scene);
  }

  teach(scene: Scene): void {
    callRow(this.#learners[scene.view.kind * HOPS + scene.hop] as Row, scene);
  }
}

function callRow({ calls, types, interests }: Row, scene: Scene): void {
  const { outline } = scene;
  const type = 1 << outline.type;
  const found = outline.interests | ALWAYS;
  for (let i = 0; i < calls.length; i++) {
    if (((types[i] as number) & type) === 0 || ((interests[i] as number) & found) === 0) continue;
    (calls[i] as Call)(scene);
  }
}
