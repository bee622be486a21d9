/** Values of alerts in the inbox, each with its quick filters. */
import type { JSX } from 'preact';
import {
  exclude,
  withValue,
  type AlertFilterState,
  type ExcludedKey,
  type PlainKey,
} from '../../logic/alert-filter.ts';
import { bareJid } from '../../logic/story.ts';
import { href, navigate } from '../../router.ts';
import { copyText } from '../../ui/copy.tsx';
import { Text } from '../../ui/text.tsx';
import { ValueMenu, type ValueAction } from '../../ui/value-menu.tsx';

interface ValueProps {
  readonly filter: AlertFilterState;
  readonly onFilter: (filter: AlertFilterState) => void;
  readonly kind: PlainKey;
  readonly value: string;
  readonly text?: string;
  readonly class?: string;
}

const NAMES: Readonly<Partial<Record<PlainKey, string>>> = {
  jid: 'JID',
  ip: 'address',
  sid: 'signature',
};

const EXCLUDED: ReadonlySet<PlainKey> = new Set(['detection', 'sid', 'category']);

/** A JID, address, detection or category: only this, all but this, copy, where it leads. */
export function Value({
  filter,
  onFilter,
  kind,
  value,
  text,
  class: extra,
}: ValueProps): JSX.Element | null {
  if (value === '') return null;
  const wanted = kind === 'jid' ? bareJid(value) : value;
  const name = NAMES[kind] ?? kind;
  const actions: ValueAction[] = [
    {
      title: `Only this ${name}`,
      run: () => {
        onFilter(withValue(filter, kind, wanted));
      },
    },
  ];
  if (EXCLUDED.has(kind)) {
    actions.push({
      title: `All but this ${name}`,
      run: () => {
        onFilter(exclude(filter, kind as ExcludedKey, wanted));
      },
    });
  }
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
