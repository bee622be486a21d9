/** How bad: colour, shape and word, so that none of them is needed alone. */
import type { JSX } from 'preact';
import { severityName } from '../logic/severity.ts';

const SHAPES = {
  critical: 'M5.200 1h5.600L15 5.200v5.600L10.800 15H5.200L1 10.800V5.200z',
  high: 'M8 1.500 15.200 14.200H.8z',
  medium: 'M8 1l7 7-7 7-7-7z',
  info: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12Z',
} as const;

export function SeverityShape({ severity }: { readonly severity: number }): JSX.Element {
  const name = severityName(severity);
  return (
    <svg class={`severity-shape ${name}`} viewBox="0 0 16 16" width="12" height="12" role="img">
      <title>{name}</title>
      <path d={SHAPES[name]} />
    </svg>
  );
}

export function SeverityBadge({ severity }: { readonly severity: number }): JSX.Element {
  const name = severityName(severity);
  return (
    <span class={`severity ${name}`}>
      <svg class="severity-shape" viewBox="0 0 16 16" width="10" height="10" aria-hidden="true">
        <path d={SHAPES[name]} />
      </svg>
      {name}
    </span>
  );
}
