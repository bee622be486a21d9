/** An exposure in a row: what a listener learned, how, and with what outcome. */
import type { JSX } from 'preact';
import type { ExposureSummary } from '../../../../../sensor/core/rows.ts';
import { outcomeWords } from '../../logic/exposure-groups.ts';
import { starttlsWords } from '../../logic/people-words.ts';
import { endpoint } from '../../logic/story.ts';
import { JidLink } from '../../ui/jid.tsx';
import type { Column } from '../../ui/table.tsx';
import { Text } from '../../ui/text.tsx';
import { Time } from '../../ui/time.tsx';

const KINDS: Readonly<Record<string, string>> = { password: 'bad', token: 'bad', hash: 'warn' };

export function ExposedTag({ exposed }: { readonly exposed: string }): JSX.Element {
  return <span class={`tag ${KINDS[exposed] ?? ''}`}>{exposed}</span>;
}

export const EXPOSURE_COLUMNS: readonly Column<ExposureSummary>[] = [
  {
    title: 'Account',
    grow: true,
    cell: ({ jid, domain }) => <JidLink jid={jid || domain} otherwise="not known" max={100} />,
  },
  { title: 'Exposed', cell: ({ exposed }) => <ExposedTag exposed={exposed} /> },
  { title: 'By', cell: ({ mechanism }) => <Text text={mechanism} max={40} /> },
  { title: 'Outcome', cell: (row) => <Text text={outcomeWords(row)} max={60} /> },
  { title: 'STARTTLS', hide: 'narrow', cell: ({ starttls }) => starttlsWords(starttls) },
  { title: 'From', cell: ({ clientIp }) => clientIp },
  {
    title: 'Server',
    hide: 'narrow',
    cell: ({ serverIp, serverPort }) => endpoint(serverIp, serverPort),
  },
  { title: 'Client', hide: 'narrow', cell: ({ client }) => <Text text={client} max={40} /> },
  { title: 'Last', cell: ({ lastUsec }) => <Time usec={lastUsec} /> },
];
