/**
 * Who is called for an element: watches and learners by kind and hop, so that an ordinary message meets those that may
 * have something to say and no others. What a watch tells of itself (Watch.hops, types, children) is checked here
 * with a comparison of integers, in place of a call.
 */
import type { Outline } from './outline.ts';
import type { Scene } from './scene.ts';

/** What decides whether somebody is called. */
export interface Filter {
  readonly kinds: number;
  readonly hops?: number | undefined;
  readonly types?: number | undefined;
  readonly children?: readonly number[] | undefined;
}

const KINDS = 5;
const HOPS = 5;
const ALL = -1;

interface Row<T> {
  readonly members: readonly T[];
  /** By member: bits of TYPE. */
  readonly types: Int32Array;
}

/** Members in the order they were given: those called for any element, then those that want certain children. */
export class Audience<T extends Filter> {
  readonly #any: readonly Row<T>[];
  readonly #byChildren: readonly Row<T>[];

  constructor(members: readonly T[]) {
    const rows = (ofChildren: boolean): Row<T>[] =>
      Array.from({ length: KINDS * HOPS }, (_, at) => {
        const [kind, hop] = [Math.floor(at / HOPS), at % HOPS];
        const here = members.filter(
          ({ kinds, hops = ALL, children }) =>
            (kinds & (1 << kind)) !== 0 &&
            (hops & (1 << hop)) !== 0 &&
            (children !== undefined) === ofChildren,
        );
        return { members: here, types: Int32Array.from(here, ({ types = ALL }) => types) };
      });
    this.#any = rows(false);
    this.#byChildren = rows(true);
  }

  /** Namespaces of children somebody wants. */
  static interests(members: readonly Filter[]): ReadonlySet<number> {
    return new Set(members.flatMap(({ children }) => children ?? []));
  }

  call(scene: Scene, visit: (member: T, scene: Scene) => void): void {
    const { outline } = scene;
    const at = scene.view.kind * HOPS + scene.hop;
    callRow(this.#any[at] as Row<T>, outline, scene, visit);
    if (outline.isInteresting) callRow(this.#byChildren[at] as Row<T>, outline, scene, visit);
  }
}

function callRow<T>(
  { members, types }: Row<T>,
  outline: Outline,
  scene: Scene,
  visit: (member: T, scene: Scene) => void,
): void {
  const type = 1 << outline.type;
  for (let i = 0; i < members.length; i++) {
    if (((types[i] as number) & type) !== 0) visit(members[i] as T, scene);
  }
}
