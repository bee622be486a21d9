/** Tuning a rule from its own page: without an alert at hand, so whom it is about is typed in. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { RuleDetail, TuningRequest } from '../../../../../sensor/api/contract.ts';
import type { ApiError } from '../../api/client.ts';
import { api } from '../../api/endpoints.ts';
import { asApiError } from '../../api/load.ts';
import { ruleId } from '../../logic/rule-words.ts';
import { THRESHOLD_TRACKS, tuningSentence, type SuppressTrack } from '../../logic/tuning.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { Text } from '../../ui/text.tsx';
import { toast } from '../../ui/toast.tsx';
import { ReasonField } from './reason-field.tsx';

type Action = TuningRequest['action'];

const ACTIONS: readonly { readonly id: Action; readonly title: string }[] = [
  { id: 'threshold', title: 'Fewer alerts' },
  { id: 'suppress', title: 'Suppress for one' },
  { id: 'disable', title: 'Switch off' },
];

const TRACKS: readonly (readonly [track: SuppressTrack, title: string, example: string])[] = [
  ['by_from_jid', 'Sender', 'billing@corp.example'],
  ['by_to_jid', 'Recipient', 'alice@corp.example'],
  ['by_domain', 'Domain', 'partner.example'],
  ['by_src', 'Source address', '192.0.2.0/24'],
  ['by_dst', 'Destination address', '198.51.100.7'],
];

interface TuneRuleProps {
  readonly rule: RuleDetail;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

export function TuneRule({ rule, onClose, onDone }: TuneRuleProps): JSX.Element {
  const [action, setAction] = useState<Action>('threshold');
  const [suppressed, setSuppressed] = useState(0);
  const [value, setValue] = useState('');
  const [counted, setCounted] = useState('by_src');
  const [times, setTimes] = useState(1);
  const [minutes, setMinutes] = useState(60);
  const [reason, setReason] = useState('');
  const [problem, setProblem] = useState<ApiError | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);

  const base = { gid: rule.gid, sid: rule.sid, reason: reason.trim() };
  const [track, , example] = TRACKS[suppressed] ?? (['by_from_jid', '', ''] as const);
  const request: TuningRequest =
    action === 'disable'
      ? { ...base, action }
      : action === 'suppress'
        ? { ...base, action, track, value: value.trim() }
        : {
            ...{ ...base, action, type: 'limit', track: counted },
            ...{ count: times, seconds: Math.round(minutes * 60) },
          };
  const isWhole =
    action === 'suppress'
      ? value.trim() !== ''
      : action === 'disable' || (Number.isInteger(times) && times > 0 && minutes > 0);

  const apply = async (): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    try {
      const { isPending } = await api.tune(request);
      const when = isPending === true ? '; a sensor takes it at its next reload' : '';
      toast({ text: `Rule ${ruleId(rule)} is tuned${when}`, kind: 'good' });
      onDone();
      onClose();
    } catch (error) {
      setProblem(asApiError(error));
      setBusy(false);
    }
  };

  return (
    <Dialog
      title={`Tune rule ${ruleId(rule)}`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind={action === 'disable' ? 'danger' : 'primary'}
            disabled={isBusy || !isWhole || base.reason === ''}
            onClick={() => {
              void apply();
            }}
          >
            {isBusy ? 'Checking the rules …' : 'Apply'}
          </Button>
        </>
      }
    >
      <Tabs label="What to do" tabs={ACTIONS} value={action} onChange={setAction} />
      {action === 'threshold' ? (
        <div class="tune-line">
          <span>At most</span>
          <NumberField label="Alerts" value={times} onChange={setTimes} />
          <span>alerts in</span>
          <NumberField label="Minutes" value={minutes} onChange={setMinutes} />
          <span>minutes for</span>
          <select
            aria-label="Counted for"
            value={counted}
            onChange={(event) => {
              setCounted(event.currentTarget.value);
            }}
          >
            {THRESHOLD_TRACKS.map(([one, title]) => (
              <option key={one} value={one}>
                {title}
              </option>
            ))}
          </select>
        </div>
      ) : null}
      {action === 'suppress' ? (
        <div class="tune-line">
          <select
            aria-label="About"
            value={String(suppressed)}
            onChange={(event) => {
              setSuppressed(Number(event.currentTarget.value));
            }}
          >
            {TRACKS.map(([one, title], index) => (
              <option key={one} value={String(index)}>
                {title}
              </option>
            ))}
          </select>
          <input
            class="grow"
            aria-label="Whom"
            value={value}
            maxLength={3071}
            spellcheck={false}
            autoComplete="off"
            placeholder={example}
            onInput={(event) => {
              setValue(event.currentTarget.value);
            }}
          />
        </div>
      ) : null}
      {isWhole ? (
        <p class="muted">
          <Text text={tuningSentence(request, rule.msg)} />
        </p>
      ) : null}
      <ReasonField
        label="Why; kept in the history and in the audit"
        value={reason}
        onInput={setReason}
        problem={problem}
      />
    </Dialog>
  );
}

interface NumberFieldProps {
  readonly label: string;
  readonly value: number;
  readonly onChange: (value: number) => void;
}

function NumberField({ label, value, onChange }: NumberFieldProps): JSX.Element {
  return (
    <input
      class="tune-number"
      type="number"
      min={1}
      max={525_600}
      aria-label={label}
      value={value}
      onInput={(event) => {
        onChange(event.currentTarget.valueAsNumber);
      }}
    />
  );
}
