import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { plural } from '../../logic/number.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';

interface ConfirmProps {
  readonly size: number;
  readonly onClose: () => void;
  readonly onYes: () => void;
}

/** Asked where there is no way back in one step. */
export function ConfirmDialog({ size, onClose, onYes }: ConfirmProps): JSX.Element {
  return (
    <Dialog
      title={`Change ${plural(size, 'alert')}?`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" onClick={onYes}>
            Change them all
          </Button>
        </>
      }
    >
      <p>
        These are too many to be taken back with Undo. Each change is kept in the history of its
        alert.
      </p>
    </Dialog>
  );
}

interface CommentProps {
  readonly size: number;
  /** What was written before and not taken. */
  readonly draft?: string | undefined;
  readonly onClose: () => void;
  readonly onComment: (comment: string) => void;
}

export function CommentDialog({ size, draft, onClose, onComment }: CommentProps): JSX.Element {
  const [text, setText] = useState(draft ?? '');
  const send = (): void => {
    if (text.trim() !== '') onComment(text.trim());
  };
  return (
    <Dialog
      title={`Comment on ${plural(size, 'alert')}`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" disabled={text.trim() === ''} onClick={send}>
            Comment
          </Button>
        </>
      }
    >
      <label class="field">
        <span>Comment, kept in the history of each alert</span>
        <textarea
          rows={4}
          maxLength={2000}
          value={text}
          autofocus
          onInput={(event) => {
            setText(event.currentTarget.value);
          }}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) send();
          }}
        />
      </label>
      {draft === undefined ? null : (
        <p role="alert">
          <strong>The sensor did not take it; what you wrote is still here.</strong>
        </p>
      )}
    </Dialog>
  );
}
