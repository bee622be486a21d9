/** The list an alert was opened from, so that [ and ] go through it. */
import { signal } from '@preact/signals';

export interface Walk {
  readonly ids: readonly string[];
  /** Where the list is: `/inbox?severity=high`. */
  readonly from: string;
}

export const walk = signal<Walk>({ ids: [], from: '/inbox' });
