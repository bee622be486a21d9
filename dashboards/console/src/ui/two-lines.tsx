import type { ComponentChildren, JSX } from 'preact';

interface TwoLinesProps {
  readonly first: ComponentChildren;
  /** Smaller, below; nothing when undefined. */
  readonly second: ComponentChildren;
}

/** A cell that says the main thing above and the rest below, each cut at the edge. */
export function TwoLines({ first, second }: TwoLinesProps): JSX.Element {
  return (
    <span class="two-lines">
      <span>{first}</span>
      {second === undefined || second === '' ? null : <span class="second">{second}</span>}
    </span>
  );
}
