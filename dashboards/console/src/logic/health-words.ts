/** How the sensor is, said first in words: what is wrong with its fix, then what is well. */
import type {
  Health,
  HealthCheck,
  InterfaceHealth,
  Stats,
} from '../../../../sensor/api/contract.ts';

const ORDER: Readonly<Record<HealthCheck['state'], number>> = { bad: 0, warning: 1, ok: 2 };

export interface HealthStory {
  readonly state: HealthCheck['state'];
  readonly headline: string;
  /** Worst first. */
  readonly troubles: readonly HealthCheck[];
  readonly well: readonly HealthCheck[];
}

export function healthStory({ checks, isLive }: Pick<Health, 'checks' | 'isLive'>): HealthStory {
  const sorted = [...checks].sort((a, b) => ORDER[a.state] - ORDER[b.state]);
  const troubles = sorted.filter(({ state }) => state !== 'ok');
  const well = sorted.filter(({ state }) => state === 'ok');
  const bad = troubles.filter(({ state }) => state === 'bad').length;
  const state = troubles[0]?.state ?? 'ok';
  const headline =
    bad > 0
      ? `${amount(bad, 'thing is', 'things are')} wrong`
      : troubles.length > 0
        ? `${amount(troubles.length, 'thing needs', 'things need')} a look`
        : isLive
          ? 'The sensor is well'
          : 'The store is well';
  return { state, headline, troubles, well };
}

/** Lost packets of an interface with why; the reasons that lost none are left out. */
export function lossesOf(
  face: InterfaceHealth,
): readonly { readonly reason: string; readonly packets: number }[] {
  return [
    { reason: 'by the kernel: the sensor was too slow', packets: face.droppedKernel },
    { reason: 'by the network card', packets: face.droppedInterface },
    { reason: 'by the sensor itself, to stay on time', packets: face.droppedShed },
  ].filter(({ packets }) => packets > 0);
}

/** Share of packets that were lost, 0 to 100. */
export function lossPercent(face: InterfaceHealth): number {
  const lost = face.droppedKernel + face.droppedInterface + face.droppedShed;
  const all = face.packets + lost;
  return all === 0 ? 0 : (100 * lost) / all;
}

/** Filling of something with a limit, 0 to 100; 0 where there is no limit. */
export function fillPercent(used: number, limit: number): number {
  return limit <= 0 ? 0 : Math.min(100, Math.max(0, (100 * used) / limit));
}

/** From which filling on a bar warns, and from which it is bad. */
export function fillState(percent: number): HealthCheck['state'] {
  if (percent >= 95) return 'bad';
  return percent >= 80 ? 'warning' : 'ok';
}

/** Columns for a chart over time: seconds, then a column a figure; null where there was none. */
export type Series = readonly [
  seconds: readonly number[],
  ...columns: readonly (readonly (number | null)[])[],
];

export type StatsFigure =
  | 'packetsPerSecond'
  | 'bytesPerSecond'
  | 'droppedPerSecond'
  | 'stanzasPerSecond'
  | 'flowsActive'
  | 'seenPercent';

/** A pause so many times longer than usual is a gap: the sensor was not running, and no line crosses it. */
const GAP_FACTOR = 4;

export function seriesOf({ points }: Stats, figures: readonly StatsFigure[]): Series {
  const sorted = [...points].sort((a, b) => a.tsUsec - b.tsUsec);
  const usual = usualStep(sorted.map(({ tsUsec }) => tsUsec));
  const seconds: number[] = [];
  const columns: (number | null)[][] = figures.map(() => []);
  let before: number | undefined;
  for (const point of sorted) {
    if (before === point.tsUsec) continue;
    if (before !== undefined && usual > 0 && point.tsUsec - before > usual * GAP_FACTOR) {
      seconds.push((before + usual) / 1e6);
      for (const column of columns) column.push(null);
    }
    seconds.push(point.tsUsec / 1e6);
    figures.forEach((figure, index) => columns[index]?.push(point[figure] ?? null));
    before = point.tsUsec;
  }
  return [seconds, ...columns];
}

/** Median distance of neighbours; 0 for fewer than three. */
function usualStep(times: readonly number[]): number {
  if (times.length < 3) return 0;
  const steps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  steps.sort((a, b) => a - b);
  return steps[Math.floor(steps.length / 2)] ?? 0;
}

function amount(count: number, one: string, many: string): string {
  return count === 1 ? `One ${one}` : `${count} ${many}`;
}
