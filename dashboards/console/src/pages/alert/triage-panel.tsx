/** What people made of the alert: status, comments, history. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { AlertDetail, TriageRequest } from '../../../../../sensor/api/contract.ts';
import { api } from '../../api/endpoints.ts';
import { asApiError } from '../../api/load.ts';
import { may } from '../../session.ts';
import { Button } from '../../ui/button.tsx';
import { Panel } from '../../ui/page.tsx';
import { Text } from '../../ui/text.tsx';
import { Time } from '../../ui/time.tsx';
import { toast } from '../../ui/toast.tsx';
import { StatusTag } from './status-tag.tsx';

const UNDO_MS = 8_000;

export interface Triage {
  readonly isBusy: boolean;
  /** Whether the sensor took it; why not was said. */
  readonly change: (request: TriageRequest) => Promise<boolean>;
}

/** Changes the alert's triage; a change of status offers its way back. */
export function useTriage({ alert }: AlertDetail, onChange: () => void): Triage {
  const [isBusy, setBusy] = useState(false);
  const send = async (request: TriageRequest, isUndo: boolean): Promise<boolean> => {
    setBusy(true);
    try {
      await api.triage(alert.alertId, request);
      onChange();
      const { status } = request;
      if (isUndo) toast({ text: 'Taken back' });
      else if (status === undefined) toast({ text: 'Comment kept' });
      else {
        toast({
          text: status === 'new' ? 'Reopened' : `Now ${status}`,
          ms: UNDO_MS,
          undo: () => {
            void send({ status: alert.status }, true);
          },
        });
      }
      return true;
    } catch (error) {
      const { message, hint } = asApiError(error);
      toast({ text: `Nothing was changed: ${message}. ${hint}`, kind: 'bad' });
      return false;
    } finally {
      setBusy(false);
    }
  };
  return {
    isBusy,
    change: async (request) => {
      if (!may('analyst')) {
        toast({ text: 'Your token may look only: triage needs the role analyst', kind: 'bad' });
        return false;
      }
      return request.status !== alert.status && (await send(request, false));
    },
  };
}

interface TriagePanelProps {
  readonly detail: AlertDetail;
  readonly triage: Triage;
}

export function TriagePanel({ detail, triage }: TriagePanelProps): JSX.Element {
  const { alert, history } = detail;
  const [comment, setComment] = useState('');
  // What was written stays until it is kept, and what was written since stays then, too.
  const send = async (): Promise<void> => {
    const text = comment.trim();
    if (text === '' || triage.isBusy) return;
    if (await triage.change({ comment: text })) setComment((now) => (now === comment ? '' : now));
  };
  return (
    <Panel title="Triage" actions={<StatusTag status={alert.status} />}>
      {history.length === 0 ? <p class="muted">Nobody has looked at this alert yet.</p> : null}
      <ol class="history">
        {[...history].reverse().map((entry) => (
          <li key={`${entry.tsUsec} ${entry.status}`}>
            <p>
              <strong>
                <Text text={entry.actor} max={60} />
              </strong>
              <StatusTag status={entry.status} />
              <span class="muted">
                <Time usec={entry.tsUsec} />
              </span>
            </p>
            {entry.comment === '' ? null : (
              <p class="comment">
                <Text text={entry.comment} lines />
              </p>
            )}
          </li>
        ))}
      </ol>
      {may('analyst') ? (
        <form
          class="comment-form"
          onSubmit={(event: Event) => {
            event.preventDefault();
            void send();
          }}
        >
          <label class="field">
            <span>Comment</span>
            <textarea
              id="comment"
              rows={2}
              maxLength={2000}
              value={comment}
              onInput={(event) => {
                setComment(event.currentTarget.value);
              }}
              onKeyDown={(event) => {
                if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void send();
                if (event.key === 'Escape') event.currentTarget.blur();
              }}
            />
          </label>
          <Button type="submit" small disabled={triage.isBusy || comment.trim() === ''}>
            Comment
          </Button>
        </form>
      ) : null}
    </Panel>
  );
}
