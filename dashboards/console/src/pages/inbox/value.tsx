/** Values of alerts in the inbox, each with its quick filters. */
import type { JSX } from 'preact';
import {
  exclude,
  withValue,
  type AlertFilterState,
  type PlainKey,
} from '../../logic/alert-filter.ts';
import { severityName } from '../../logic/severity.ts';
import { bareJid } from '../../logic/story.ts';
import { href, navigate } from '../../router.ts';
import { copyText } from '../../ui/copy.tsx';
import { SeverityBadge } from '../../ui/severity.tsx';
import { Text } from '../../ui/text.tsx';
import { ValueMenu, type ValueAction } from '../../ui/value-menu.tsx';

interface ValueProps {
  readonly filter: AlertFilterState;
  readonly onFilter: (filter: AlertFilterState) => void;
  readonly kind: PlainKey;
  readonly value: string;
  readonly text?: string;
  readonly class?: string;
  /** More that can be filtered by from here: the category beside a detection. */
  readonly also?: readonly (readonly [kind: PlainKey, value: string])[];
}

const NAMES: Readonly<Partial<Record<PlainKey, string>>> = {
  jid: 'JID',
  ip: 'address',
  sid: 'signature',
};

/** A JID, address, detection or category: only this, all but this, copy, where it leads. */
export function Value({
  filter,
  onFilter,
  kind,
  value,
  text,
  class: extra,
  also = [],
}: ValueProps): JSX.Element | null {
  if (value === '') return null;
  const wanted = kind === 'jid' ? bareJid(value) : value;
  const name = NAMES[kind] ?? kind;
  const actions: ValueAction[] = [[kind, wanted] as const, ...also].flatMap(([key, one]) => {
    const what = NAMES[key] ?? key;
    const only = {
      title: `Only this ${what}`,
      run: () => {
        onFilter(withValue(filter, key, one));
      },
    };
    const out = {
      title: `All but this ${what}`,
      run: () => {
        onFilter(exclude(filter, key, one));
      },
    };
    return [only, out];
  });
  if (kind === 'jid') {
    actions.push(
      {
        title: 'Open identity',
        run: () => {
          navigate(`/identities/${encodeURIComponent(wanted)}`);
        },
      },
      {
        title: 'Who talks to whom',
        run: () => {
          navigate(href('/graph', { jid: wanted }));
        },
      },
    );
  }
  actions.push({
    title: 'Copy',
    run: () => {
      copyText(value, name);
    },
  });
  return (
    <ValueMenu
      value={value}
      name={name}
      actions={actions}
      {...(extra === undefined ? {} : { class: extra })}
    >
      <Text text={text ?? value} max={160} />
    </ValueMenu>
  );
}

interface SeverityValueProps {
  readonly filter: AlertFilterState;
  readonly onFilter: (filter: AlertFilterState) => void;
  readonly severity: number;
}

/** The badge of a row: only this severity, or all others. */
export function SeverityValue({ filter, onFilter, severity }: SeverityValueProps): JSX.Element {
  const name = severityName(severity);
  return (
    <ValueMenu
      value={name}
      name="Severity"
      actions={[
        {
          title: `Only ${name}`,
          run: () => {
            onFilter({ ...filter, severities: [severity] });
          },
        },
        {
          title: `All but ${name}`,
          run: () => {
            onFilter(exclude(filter, 'severity', String(severity)));
          },
        },
      ]}
    >
      <SeverityBadge severity={severity} />
    </ValueMenu>
  );
}
