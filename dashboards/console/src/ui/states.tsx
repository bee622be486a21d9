/** What a place shows that has nothing to show: yet, at all, or because something failed. */
import type { ComponentChildren, JSX } from 'preact';
import type { ApiError } from '../api/client.ts';
import { Button } from './button.tsx';
import { Link } from './link.tsx';
import { Text } from './text.tsx';

interface EmptyProps {
  /** In words: "No alert in the last 24 hours". */
  readonly title: string;
  /** What that means, what to do. */
  readonly children?: ComponentChildren;
}

export function EmptyState({ title, children }: EmptyProps): JSX.Element {
  return (
    <div class="state">
      <p class="state-title">{title}</p>
      {children === undefined ? null : <div class="state-text">{children}</div>}
    </div>
  );
}

interface ErrorProps {
  readonly problem: ApiError;
  readonly onRetry?: () => void;
}

/** The server's own words and its hint. */
export function ErrorState({ problem, onRetry }: ErrorProps): JSX.Element {
  return (
    <div class="state bad" role="alert">
      <p class="state-title">
        <Text text={problem.message} />
      </p>
      {problem.hint === '' ? null : (
        <p class="state-text">
          <Text text={problem.hint} />
        </p>
      )}
      {problem.status === 404 ? (
        // Asked again it is no more there.
        <Link to="/inbox">Go to the inbox</Link>
      ) : onRetry === undefined ? null : (
        <Button onClick={onRetry}>Try again</Button>
      )}
    </div>
  );
}

/** Grey lines where rows will be. */
export function Skeleton({ rows = 5 }: { readonly rows?: number }): JSX.Element {
  return (
    <div class="skeleton" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} class="skeleton-row" />
      ))}
    </div>
  );
}
