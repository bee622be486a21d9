/** Line icons on a 16 by 16 grid; decoration only, words stand beside them or in the label of their button. */
import type { JSX } from 'preact';

const PATHS = {
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10ZM11 11l3.500 3.500',
  close: 'M4 4l8 8M12 4l-8 8',
  check: 'M3 8.500 6.500 12 13 4.500',
  chevron: 'M6 3.500 10.500 8 6 12.500',
  down: 'M3.500 6 8 10.500 12.500 6',
  up: 'M3.500 10 8 5.500l4.500 4.500',
  left: 'M10 3.500 5.500 8l4.500 4.500',
  copy: 'M5.500 5.500v-3h8v8h-3M2.500 5.500h8v8h-8z',
  download: 'M8 2v8M4.500 7 8 10.500 11.500 7M2.500 13.500h11',
  escalate: 'M8 13.500v-11M3.500 7 8 2.500 12.500 7',
  reopen: 'M3 8a5 5 0 1 0 1.500-3.500L3 6M3 2.500V6h3.500',
  comment: 'M2.500 3h11v7.500h-6L4.500 13.500v-3h-2z',
  tune: 'M2.500 4.500h6M11.500 4.500h2M2.500 11.500h2M7.500 11.500h6M10 2.800v3.400M6 9.800v3.400',
  packets: 'M2.500 5 8 2l5.500 3v6L8 14l-5.500-3zM2.500 5 8 8l5.500-3M8 8v6',
  sun: 'M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM8 1v1.500M8 13.500V15M1 8h1.500M13.500 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1',
  moon: 'M13.500 9.500A6 6 0 0 1 6.500 2.500a6 6 0 1 0 7 7Z',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 4.800V8l2.200 1.600',
  user: 'M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM2.500 14c.5-3 2.700-4.500 5.500-4.500s5 1.500 5.500 4.500',
  help: 'M6 6a2 2 0 1 1 3 1.700c-.7.4-1 .8-1 1.600M8 11.800v.2M8 14.500a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13Z',
  graph:
    'M4 5.500a1.800 1.800 0 1 0 0-3.600 1.800 1.800 0 0 0 0 3.600ZM12 9.800a1.800 1.800 0 1 0 0-3.600 1.800 1.800 0 0 0 0 3.600ZM5 14.200a1.800 1.800 0 1 0 0-3.600 1.800 1.800 0 0 0 0 3.600ZM5.600 4.500l4.800 2.700M6.600 11.600l3.900-2.400',
  more: 'M3.500 8h.01M8 8h.01M12.500 8h.01',
  out: 'M6.500 2.500h-4v11h4M6 8h8M11 5l3 3-3 3',
  filter: 'M2 3h12l-4.500 5.500v4l-3 1.500V8.500z',
  ban: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM3.800 3.800l8.400 8.400',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
