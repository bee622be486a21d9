/** Tuning a rule from its own page: without an alert at hand, so whom to suppress is typed in. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { RuleDetail } from '../../../../../sensor/api/contract.ts';
import { ruleId } from '../../logic/rule-words.ts';
import type { SuppressTrack } from '../../logic/tuning.ts';
import { TuneDialog } from './tune-dialog.tsx';

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
  const [place, setPlace] = useState(0);
  const [text, setText] = useState('');
  const [track, , example] = TRACKS[place] ?? (['by_from_jid', '', ''] as const);
  const value = text.trim();
  return (
    <TuneDialog
      rule={rule}
      title={`Tune rule ${ruleId(rule)}`}
      first="threshold"
      counted="by_src"
      suppressed={value === '' ? undefined : { track, value }}
      onClose={onClose}
      onDone={onDone}
      whom={
        <div class="tune-line">
          <select
            aria-label="About"
            value={String(place)}
            onChange={(event) => {
              setPlace(Number(event.currentTarget.value));
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
            value={text}
            maxLength={3071}
            spellcheck={false}
            autoComplete="off"
            placeholder={example}
            onInput={(event) => {
              setText(event.currentTarget.value);
            }}
          />
        </div>
      }
    />
  );
}
