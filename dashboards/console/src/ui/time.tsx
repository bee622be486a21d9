/** A moment, in the way the user chose; the exact one stands in its title. */
import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { absoluteTime, relativeTime } from '../logic/time.ts';
import { timeMode } from '../settings.ts';

/** The clock that distances are told from: ticks rarely, so that rows do not flicker. */
const now = signal(Date.now());
window.setInterval(() => {
  now.value = Date.now();
}, 15_000);

/** A moment among the facts of something: the exact one, and how long ago that was. */
export function Moment({ usec }: { readonly usec: number }): JSX.Element {
  if (timeMode.value !== 'relative') return <Time usec={usec} />;
  return (
    <>
      <span class="num nowrap">{absoluteTime(usec, 'utc')} UTC</span>{' '}
      <span class="muted nowrap">
        (<Time usec={usec} />)
      </span>
    </>
  );
}

export function Time({ usec }: { readonly usec: number }): JSX.Element {
  const utc = absoluteTime(usec, 'utc');
  const local = absoluteTime(usec, 'local');
  const mode = timeMode.value;
  const text =
    mode === 'relative'
      ? relativeTime(usec, Math.max(now.value, Date.now()))
      : mode === 'utc'
        ? utc
        : local;
  const date = new Date(usec / 1_000);
  return (
    <time
      class="num nowrap"
      dateTime={Number.isNaN(date.getTime()) ? undefined : date.toISOString()}
      title={`${utc} UTC\n${local} local time`}
    >
      {text}
    </time>
  );
}
