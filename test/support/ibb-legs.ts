/**
 * An in-band stream on several legs, without any XML: who sees which block when is chosen from outside, and what is
 * lost on a leg is a hole there.
 */
import { Counters, defaultLimits, type LimitName } from '../../sensor/core/index.ts';
import { createFileDesk, type FileStream, type FinishedFile } from '../../sensor/files/index.ts';
import { BlockBudget } from '../../sensor/files/roads/ibb-blocks.ts';
import { IbbStream, type IbbOwner, type Sight } from '../../sensor/files/roads/ibb-stream.ts';

export interface LegsPlan {
  readonly bytes: Uint8Array;
  readonly blockBytes: number;
  readonly legs: number;
  /** Size in the offer, -1 for none. */
  readonly offered: number;
  /** The legs saw the beginning. */
  readonly isOpened: boolean;
  /** Which leg is next, of those that have something to say. */
  readonly choose: (count: number) => number;
  /** Is this item of a leg lost? 0 is the opening, the last one the end. */
  readonly isLost: (leg: number, item: number) => boolean;
  readonly limits?: Partial<Record<LimitName, number>>;
}

export interface LegsPlayed {
  readonly files: readonly FinishedFile[];
  /** Blocks no leg brought. */
  readonly missing: number;
  /** Bytes left in memory. */
  readonly held: number;
}

const OPEN_ID = { high: 7, low: 9 };
const START_USEC = 1_795_000_000_000_000;
const HELD_BYTES = 1 << 20;

export function playLegs(plan: LegsPlan): LegsPlayed {
  const { bytes, blockBytes, legs, offered, isOpened, choose, isLost } = plan;
  const blocks = Math.ceil(bytes.length / blockBytes);
  const files: FinishedFile[] = [];
  const desk = createFileDesk({
    counters: new Counters(),
    limits: { ...defaultLimits(), ...plan.limits },
    onFile: (file) => files.push(file),
  });
  const owner: IbbOwner = {
    budget: new BlockBudget(HELD_BYTES),
    isFirst: () => true,
    open: (stream: IbbStream, hasStart: boolean): FileStream => {
      stream.expectedBytes = offered;
      const { place } = stream;
      return desk.open({ road: 'ibb', place, offer: undefined, expectedBytes: offered, hasStart });
    },
    explain: () => undefined,
  };
  const stream = new IbbStream('s1', 'a@x/1', 'b@x/2', owner);
  const holes = Array.from({ length: legs }, (): [number, number] => [0, 0]);
  const next = new Array<number>(legs).fill(isOpened ? 0 : 1);
  const brought = new Set<number>();
  let nowUsec = START_USEC;
  for (;;) {
    const talking = [...next.keys()].filter((leg) => (next[leg] as number) <= blocks + 1);
    if (talking.length === 0) break;
    const leg = talking[choose(talking.length)] as number;
    const item = next[leg] as number;
    next[leg] = item + 1;
    nowUsec += 1000;
    const hole = holes[leg] as [number, number];
    if (isLost(leg, item)) {
      hole[0]++;
      continue;
    }
    const sight: Sight = {
      flow: leg,
      sessionId: leg + 1,
      direction: 0,
      tsUsec: nowUsec,
      holes: hole,
    };
    if (item === 0) stream.opened(sight, OPEN_ID, blockBytes, nowUsec);
    else if (item === blocks + 1) stream.closed(sight, true);
    else {
      const block = bytes.subarray((item - 1) * blockBytes, item * blockBytes);
      brought.add(item);
      if (stream.wants(sight, item - 1)) stream.block(sight, item - 1, block, block.length);
    }
  }
  stream.rest(nowUsec + 60e6, 3600e6);
  stream.finish();
  desk.finish(nowUsec + 60e6);
  return { files, missing: blocks - brought.size, held: desk.bytes };
}
