/** What one number of a detector is: named, with its unit, the reason for its default and where that comes from. */
export interface ThresholdInfo {
  /** `family.what`, as the configuration spells it. */
  readonly name: string;
  readonly default: number;
  readonly unit: 'items' | 'seconds' | 'percent' | 'bytes' | 'points';
  /** What the number decides, and why it is what it is. One sentence. */
  readonly reason: string;
  /** Specification, software or record of a real campaign the default follows. */
  readonly source: string;
  /** Events of core/events.ts it decides about: `rules explain` shows it with the rules that name them. */
  readonly events: readonly string[];
}

export function threshold(
  name: string,
  value: number,
  unit: ThresholdInfo['unit'],
  about: Pick<ThresholdInfo, 'reason' | 'source' | 'events'>,
): ThresholdInfo {
  return { name, default: value, unit, ...about };
}
