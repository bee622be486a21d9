/** What a limit is: named, with its unit, and what happens when it is reached. */
export interface LimitInfo {
  readonly name: string;
  readonly default: number;
  readonly unit: 'bytes' | 'items' | 'seconds' | 'milliseconds';
  /** What happens when it is reached, and which event or counter says so. */
  readonly action: string;
}

export function limit(
  name: string,
  value: number,
  unit: LimitInfo['unit'],
  action: string,
): LimitInfo {
  return { name, default: value, unit, action };
}
