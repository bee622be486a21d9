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
import { TwoLines } from '../../ui/two-lines.tsx';

const KINDS: Readonly<Record<string, string>> = { password: 'bad', token: 'bad', hash: 'warn' };

function ExposedTag({ exposed }: { readonly exposed: string }): JSX.Element {
  return <span class={`tag ${KINDS[exposed] ?? ''}`}>{exposed}</span>;
}

export const EXPOSURE_COLUMNS: readonly Column<ExposureSummary>[] = [
  {
    title: 'Account',
    grow: true,
    cell: ({ jid, domain, client }) => (
      <TwoLines
        first={<JidLink jid={jid || domain} otherwise="not known" max={100} />}
        second={client === '' ? undefined : <Text text={client} max={80} />}
      />
    ),
  },
  { title: 'Exposed', cell: ({ exposed }) => <ExposedTag exposed={exposed} /> },
  { title: 'By', cell: ({ mechanism }) => <Text text={mechanism} max={40} /> },
  { title: 'Outcome', cell: (row) => <Text text={outcomeWords(row)} max={80} /> },
  { title: 'STARTTLS', cell: ({ starttls }) => starttlsWords(starttls) },
  {
    title: 'From, to',
    hide: 'narrow',
    cell: ({ clientIp, serverIp, serverPort }) => (
      <TwoLines first={clientIp} second={<>to {endpoint(serverIp, serverPort)}</>} />
    ),
  },
  { title: 'Last', cell: ({ lastUsec }) => <Time usec={lastUsec} /> },
];
