/** Deeds for everything that is chosen; stands at the foot of the window, so nothing moves when it comes. */
import type { JSX } from 'preact';
import type { TriageStatus } from '../../../../../sensor/core/rows.ts';
import type { StatusTab } from '../../logic/alert-filter.ts';
import { plural } from '../../logic/number.ts';
import { may } from '../../session.ts';
import { Button } from '../../ui/button.tsx';
import { sizeOf, type Chosen } from './triage.ts';
import './bulk-bar.css';

interface BulkBarProps {
  readonly chosen: Chosen;
  readonly isShown: boolean;
  readonly tab: StatusTab;
  readonly onStatus: (status: TriageStatus) => void;
  readonly onComment: () => void;
  readonly onClear: () => void;
}

export function BulkBar(props: BulkBarProps): JSX.Element | null {
  const { chosen, isShown, tab, onStatus, onComment, onClear } = props;
  if (!isShown) return null;
  const deed = (status: TriageStatus) => () => {
    onStatus(status);
  };
  return (
    <div class="bulk" role="toolbar" aria-label="Selected alerts">
      <span class="bulk-size">{plural(sizeOf(chosen), 'alert')} selected</span>
      {may('analyst') ? (
        <>
          {tab === 'acknowledged' || tab === 'closed' ? null : (
            <Button icon="check" onClick={deed('acknowledged')}>
              Acknowledge
            </Button>
          )}
          <Button icon="escalate" onClick={deed('escalated')}>
            Escalate
          </Button>
          {tab === 'closed' ? null : (
            <Button icon="ban" onClick={deed('closed')}>
              Close
            </Button>
          )}
          {tab === 'open' ? null : (
            <Button icon="reopen" onClick={deed('new')}>
              Reopen
            </Button>
          )}
          <Button icon="comment" onClick={onComment}>
            Comment
          </Button>
        </>
      ) : null}
      <Button
        kind="quiet"
        icon="close"
        label="Clear the selection"
        keys="Escape"
        onClick={onClear}
      />
    </div>
  );
}
