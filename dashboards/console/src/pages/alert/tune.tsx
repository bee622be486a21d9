/** Tuning the rule from its alert: for whom, how, why, and what will happen, before it happens. */
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { TuningEntry, TuningRequest } from '../../../../../sensor/api/contract.ts';
import type { StoredAlert } from '../../../../../sensor/core/rows.ts';
import type { ApiError } from '../../api/client.ts';
import { api } from '../../api/endpoints.ts';
import { asApiError } from '../../api/load.ts';
import { suppressChoices, THRESHOLD_TRACKS, tuningSentence } from '../../logic/tuning.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { Text } from '../../ui/text.tsx';
import { Time } from '../../ui/time.tsx';
import { toast } from '../../ui/toast.tsx';

type Action = TuningRequest['action'];
type ThresholdType = Extract<TuningRequest, { action: 'threshold' }>['type'];

const ACTIONS: readonly { readonly id: Action; readonly title: string }[] = [
  { id: 'suppress', title: 'Suppress' },
  { id: 'threshold', title: 'Fewer alerts' },
  { id: 'disable', title: 'Switch off' },
];

const TYPES: readonly (readonly [type: ThresholdType, title: string])[] = [
  ['limit', 'at most so many alerts'],
  ['threshold', 'an alert at every so-manieth match'],
  ['both', 'one alert, once there were so many matches'],
];

interface TuneProps {
  readonly alert: StoredAlert;
  readonly history: readonly TuningEntry[];
  readonly onClose: () => void;
  readonly onDone: () => void;
}

export function TuneDialog({ alert, history, onClose, onDone }: TuneProps): JSX.Element {
  const choices = useMemo(() => suppressChoices(alert), [alert]);
  const [action, setAction] = useState<Action>('suppress');
  const [choice, setChoice] = useState(0);
  const [type, setType] = useState<ThresholdType>('limit');
  const [track, setTrack] = useState(alert.xmpp?.from ? 'by_from_jid' : 'by_src');
  const [times, setTimes] = useState(1);
  const [minutes, setMinutes] = useState(60);
  const [reason, setReason] = useState('');
  const [problem, setProblem] = useState<ApiError | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);

  const base = { gid: alert.gid, sid: alert.sid, reason: reason.trim() };
  const chosen = choices[choice];
  const request: TuningRequest =
    action === 'disable'
      ? { ...base, action }
      : action === 'threshold'
        ? { ...base, action, type, track, count: times, seconds: Math.round(minutes * 60) }
        : chosen?.track === undefined
          ? { ...base, action }
          : { ...base, action, track: chosen.track, value: chosen.value };
  const isWhole = Number.isInteger(times) && times > 0 && minutes > 0;
  const isReady = base.reason !== '' && !isBusy && (action !== 'threshold' || isWhole);

  const apply = async (): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    try {
      const entry = await api.tune(request);
      toast({
        text:
          entry.isPending === true
            ? 'Written; the sensor takes it at its next reload'
            : 'In force: the rules were checked and reloaded',
      });
      onDone();
    } catch (error) {
      setProblem(asApiError(error));
      setBusy(false);
    }
  };

  return (
    <Dialog
      title="Tune the rule"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind={action === 'disable' ? 'danger' : 'primary'}
            disabled={!isReady}
            onClick={() => {
              void apply();
            }}
          >
            {isBusy ? 'Checking the rules …' : 'Put in force'}
          </Button>
        </>
      }
    >
      <p class="muted">
        <Text text={alert.signature} /> <span class="mono">{alert.sid}</span>
      </p>
      <Tabs label="What to do" tabs={ACTIONS} value={action} onChange={setAction} />
      {action === 'suppress' ? (
        <fieldset class="tune-choices">
          <legend class="off-screen">No more alerts for</legend>
          {choices.map((one, index) => (
            <label key={one.title}>
              <input
                type="radio"
                name="choice"
                checked={index === choice}
                onChange={() => {
                  setChoice(index);
                }}
              />
              <span>{one.title}</span>
              <span class="mono muted ellipsis">
                <Text text={one.value} />
              </span>
            </label>
          ))}
        </fieldset>
      ) : null}
      {action === 'threshold' ? (
        <div class="tune-fields">
          <label class="field wide">
            <span>Kind</span>
            <select
              value={type}
              onChange={(event) => {
                setType(event.currentTarget.value as ThresholdType);
              }}
            >
              {TYPES.map(([value, title]) => (
                <option key={value} value={value}>
                  {title}
                </option>
              ))}
            </select>
          </label>
          <label class="field">
            <span>How many</span>
            <input
              type="number"
              min={1}
              step={1}
              value={times}
              onInput={(event) => {
                setTimes(event.currentTarget.valueAsNumber);
              }}
            />
          </label>
          <label class="field">
            <span>In minutes</span>
            <input
              type="number"
              min={1}
              value={minutes}
              onInput={(event) => {
                setMinutes(event.currentTarget.valueAsNumber);
              }}
            />
          </label>
          <label class="field">
            <span>For</span>
            <select
              value={track}
              onChange={(event) => {
                setTrack(event.currentTarget.value);
              }}
            >
              {THRESHOLD_TRACKS.map(([value, title]) => (
                <option key={value} value={value}>
                  {title}
                </option>
              ))}
            </select>
          </label>
        </div>
      ) : null}
      <p class={action === 'disable' ? 'notice warn' : 'notice'}>
        {action === 'threshold' && !isWhole ? (
          'Say how many, and in how many minutes.'
        ) : (
          <Text text={tuningSentence(request, alert.signature)} />
        )}
      </p>
      <label class="field">
        <span>Reason, kept with the change</span>
        <textarea
          rows={2}
          maxLength={500}
          value={reason}
          placeholder="For example: monitoring bot of the network team, ticket 4711"
          onInput={(event) => {
            setReason(event.currentTarget.value);
          }}
        />
      </label>
      {problem === undefined ? null : (
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
      )}
      <TuningHistory history={history} />
    </Dialog>
  );
}

function TuningHistory({
  history,
}: {
  readonly history: readonly TuningEntry[];
}): JSX.Element | null {
  if (history.length === 0) return null;
  return (
    <details>
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
