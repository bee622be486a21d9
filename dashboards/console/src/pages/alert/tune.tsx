/** Tuning the rule from its alert, which offers whom to suppress; and how it was tuned before. */
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { TuningEntry } from '../../../../../sensor/api/contract.ts';
import type { StoredAlert } from '../../../../../sensor/core/rows.ts';
import { suppressChoices, type SuppressChoice } from '../../logic/tuning.ts';
import { Text } from '../../ui/text.tsx';
import { Time } from '../../ui/time.tsx';
import { TuneDialog } from '../rules/tune-dialog.tsx';

interface TuneProps {
  readonly alert: StoredAlert;
  readonly history: readonly TuningEntry[];
  readonly onClose: () => void;
  readonly onDone: () => void;
}

export function TuneAlertRule({ alert, history, onClose, onDone }: TuneProps): JSX.Element {
  const { gid, sid, signature: msg, xmpp } = alert;
  const choices = useMemo(() => suppressChoices(alert), [alert]);
  const [chosen, setChosen] = useState(0);
  return (
    <TuneDialog
      rule={{ gid, sid, msg }}
      title="Tune the rule"
      first="suppress"
      counted={xmpp?.from ? 'by_from_jid' : 'by_src'}
      suppressed={choices[chosen]}
      whom={<Choices choices={choices} chosen={chosen} onChoose={setChosen} />}
      more={<TuningHistory history={history} />}
      onClose={onClose}
      onDone={onDone}
    />
  );
}

interface ChoicesProps {
  readonly choices: readonly SuppressChoice[];
  readonly chosen: number;
  readonly onChoose: (index: number) => void;
}

function Choices({ choices, chosen, onChoose }: ChoicesProps): JSX.Element {
  return (
    <fieldset class="tune-choices">
      <legend class="off-screen">No more alerts for</legend>
      {choices.map(({ title, value }, index) => (
        <label key={title}>
          <input
            type="radio"
            name="choice"
            checked={index === chosen}
            onChange={() => {
              onChoose(index);
            }}
          />
          <span>{title}</span>
          <span class="mono muted ellipsis">
            <Text text={value} />
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function TuningHistory({
  history,
}: {
  readonly history: readonly TuningEntry[];
}): JSX.Element | null {
  if (history.length === 0) return null;
  return (
    <details class="tune-history">
      <summary>Tuned before ({history.length})</summary>
      <ol class="history">
        {history.map((entry) => (
          <li key={entry.id}>
            <p>
              <strong>
                <Text text={entry.actor} max={60} />
              </strong>
              <span class={entry.isActive ? 'tag good' : 'tag'}>
                {entry.isActive ? entry.action : 'taken back'}
              </span>
              <span class="muted">
                <Time usec={entry.tsUsec} />
              </span>
            </p>
            <p class="comment">
              <Text text={entry.reason} /> <Text text={entry.line} class="mono muted" />
            </p>
          </li>
        ))}
      </ol>
    </details>
  );
}
