/** A change of rules, which takes a reason: what is to be done, why, and what the sensor said when it refused. */
import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { ApiError } from '../../api/client.ts';
import { asApiError } from '../../api/load.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Text } from '../../ui/text.tsx';
import { toast } from '../../ui/toast.tsx';

interface ReasonDialogProps {
  readonly title: string;
  /** Of the field for the reason. */
  readonly label: string;
  readonly placeholder?: string;
  /** Of the button, before and while it is done. */
  readonly deed: string;
  readonly doing: string;
  readonly isDanger?: boolean;
  /** Everything but the reason is said. */
  readonly isReady?: boolean;
  /** Resolves with what to say when it is done; what it rejects with is shown, and the dialog stays. */
  readonly run: (reason: string) => Promise<string>;
  readonly onClose: () => void;
  readonly onDone: () => void;
  readonly children: ComponentChildren;
  /** Below the reason. */
  readonly more?: ComponentChildren;
}

export function ReasonDialog(props: ReasonDialogProps): JSX.Element {
  const { title, label, placeholder, deed, doing, isDanger, isReady, children, more } = props;
  const [text, setText] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiError | undefined>(undefined);
  const reason = text.trim();

  const run = async (): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    try {
      toast({ text: await props.run(reason), kind: 'good' });
      props.onDone();
      props.onClose();
    } catch (error) {
      setProblem(asApiError(error));
      setBusy(false);
    }
  };

  return (
    <Dialog
      title={title}
      onClose={props.onClose}
      actions={
        <>
          <Button onClick={props.onClose}>Cancel</Button>
          <Button
            kind={isDanger === true ? 'danger' : 'primary'}
            disabled={isBusy || isReady === false || reason === ''}
            onClick={() => {
              void run();
            }}
          >
            {isBusy ? doing : deed}
          </Button>
        </>
      }
    >
      {children}
      <label class="field">
        <span>{label}</span>
        <textarea
          rows={2}
          maxLength={500}
          value={text}
          placeholder={placeholder}
          onInput={(event) => {
            setText(event.currentTarget.value);
          }}
        />
      </label>
      {problem === undefined ? null : <Refusal problem={problem} />}
      {more}
    </Dialog>
  );
}

function Refusal({ problem }: { readonly problem: ApiError }): JSX.Element {
  return (
    <div class="refusal" role="alert">
      <p>
        <strong>Nothing was changed; the rules before stay in force.</strong>
      </p>
      <p>
        <Text text={problem.message} lines />
      </p>
      {problem.hint === '' ? null : (
        <p>
          <Text text={problem.hint} />
        </p>
      )}
    </div>
  );
}
