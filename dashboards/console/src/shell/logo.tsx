import type { JSX } from 'preact';

/** Two angle brackets around an eye: a stanza that is watched. */
export function Logo({ size = 22 }: { readonly size?: number }): JSX.Element {
  return (
    <svg class="logo" viewBox="0 0 32 32" width={size} height={size} aria-hidden="true">
      <rect width="32" height="32" rx="8" />
      <path d="M11 9 5.500 16 11 23M21 9l5.500 7L21 23" />
      <circle cx="16" cy="16" r="2.800" />
    </svg>
  );
}
