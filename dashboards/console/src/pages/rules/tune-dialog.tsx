/** Tuning a rule: how, for whom, why, and what will happen, before it happens. */
import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { RuleRow, TuningRequest } from '../../../../../sensor/api/contract.ts';
import { api } from '../../api/endpoints.ts';
import { THRESHOLD_TRACKS, tuningSentence, type SuppressTrack } from '../../logic/tuning.ts';
import { Tabs } from '../../ui/tabs.tsx';
import { Text } from '../../ui/text.tsx';
import { ReasonDialog } from './reason-dialog.tsx';
import './tune.css';

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

/** Whom a suppression is about; without `track`, everything. */
export interface Suppressed {
  readonly track?: SuppressTrack;
  readonly value: string;
}

interface TuneDialogProps {
  readonly rule: Pick<RuleRow, 'gid' | 'sid' | 'msg'>;
  readonly title: string;
  /** Which way of tuning is offered first. */
  readonly first: Action;
  /** Whom alerts are counted for, until another is chosen. */
  readonly counted: string;
  /** Undefined while it is not said whom. */
  readonly suppressed: Suppressed | undefined;
  /** Where it is said whom to suppress. */
  readonly whom: ComponentChildren;
  readonly more?: ComponentChildren;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

export function TuneDialog(props: TuneDialogProps): JSX.Element {
  const { rule, title, suppressed, whom, more, onClose, onDone } = props;
  const [action, setAction] = useState<Action>(props.first);
  const [threshold, setThreshold] = useState<Threshold>({
    ...{ type: 'limit', track: props.counted, count: 1, minutes: 60 },
  });
  const requestFor = (reason: string): TuningRequest | undefined => {
    const base = { gid: rule.gid, sid: rule.sid, reason };
    if (action === 'disable') return { ...base, action };
    if (action === 'suppress') return suppressed && { ...base, action, ...wanted(suppressed) };
    const { minutes, ...rest } = threshold;
    if (!Number.isInteger(rest.count) || rest.count < 1 || !(minutes > 0)) return undefined;
    return { ...base, action, ...rest, seconds: Math.round(minutes * 60) };
  };
  const planned = requestFor('');
  const run = async (reason: string): Promise<string> => {
    const request = requestFor(reason);
    if (request === undefined) return '';
    const { isPending } = await api.tune(request);
    return isPending === true
      ? 'Written; the sensor takes it at its next reload'
      : 'In force: the rules were checked and reloaded';
  };
  return (
    <ReasonDialog
      title={title}
      label="Reason, kept with the change"
      placeholder="For example: monitoring bot of the network team, ticket 4711"
      deed="Put in force"
      doing="Checking the rules …"
      isDanger={action === 'disable'}
      isReady={planned !== undefined}
      run={run}
      onClose={onClose}
      onDone={onDone}
      more={more}
    >
      <p class="muted">
        <Text text={rule.msg} /> <span class="mono">{rule.sid}</span>
      </p>
      <Tabs label="What to do" tabs={ACTIONS} value={action} onChange={setAction} />
      {action === 'suppress' ? whom : null}
      {action === 'threshold' ? (
        <ThresholdFields value={threshold} onChange={setThreshold} />
      ) : null}
      <p class={action === 'disable' ? 'notice warn' : 'notice'}>
        {planned === undefined ? (
          MISSING[action]
        ) : (
          <Text text={tuningSentence(planned, rule.msg)} />
        )}
      </p>
    </ReasonDialog>
  );
}

const MISSING: Readonly<Record<Action, string>> = {
  suppress: 'Say for whom there are to be no more alerts.',
  threshold: 'Say how many, and in how many minutes.',
  disable: '',
};

function wanted({ track, value }: Suppressed): Suppressed | undefined {
  return track === undefined ? undefined : { track, value };
}

interface Threshold {
  readonly type: ThresholdType;
  readonly track: string;
  readonly count: number;
  readonly minutes: number;
}

interface ThresholdFieldsProps {
  readonly value: Threshold;
  readonly onChange: (value: Threshold) => void;
}

function ThresholdFields({ value, onChange }: ThresholdFieldsProps): JSX.Element {
  return (
    <div class="tune-fields">
      <label class="field wide">
        <span>Kind</span>
        <select
          value={value.type}
          onChange={(event) => {
            onChange({ ...value, type: event.currentTarget.value as ThresholdType });
          }}
        >
          {options(TYPES)}
        </select>
      </label>
      <label class="field">
        <span>How many</span>
        <input
          type="number"
          min={1}
          step={1}
          value={value.count}
          onInput={(event) => {
            onChange({ ...value, count: event.currentTarget.valueAsNumber });
          }}
        />
      </label>
      <label class="field">
        <span>In minutes</span>
        <input
          type="number"
          min={1}
          value={value.minutes}
          onInput={(event) => {
            onChange({ ...value, minutes: event.currentTarget.valueAsNumber });
          }}
        />
      </label>
      <label class="field">
        <span>For</span>
        <select
          value={value.track}
          onChange={(event) => {
            onChange({ ...value, track: event.currentTarget.value });
          }}
        >
          {options(THRESHOLD_TRACKS)}
        </select>
      </label>
    </div>
  );
}

function options(pairs: readonly (readonly [value: string, title: string])[]): JSX.Element[] {
  return pairs.map(([value, title]) => (
    <option key={value} value={value}>
      {title}
    </option>
  ));
}
