/** Corner note while a key sequence waits for its second key. */
import type { JSX } from 'preact';
import { pendingKey } from '../ui/keys.ts';

export function PendingKey(): JSX.Element | null {
  if (pendingKey.value === '') return null;
  return (
    <div class="pending-key" aria-hidden="true">
      <kbd>{pendingKey.value}</kbd> then …
    </div>
  );
}
