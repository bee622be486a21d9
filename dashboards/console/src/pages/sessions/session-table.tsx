/** Sessions that ended, and everything about the one that is opened. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { StoredSession } from '../../../../../sensor/core/rows.ts';
import { api } from '../../api/endpoints.ts';
import { usePages } from '../../api/load.ts';
import { bytes, count } from '../../logic/number.ts';
import {
  connectionWords,
  loginWords,
  protectionWords,
  sessionParty,
} from '../../logic/people-words.ts';
import { bareJid } from '../../logic/story.ts';
import { duration } from '../../logic/time.ts';
import { PagedTable } from '../../ui/paged-table.tsx';
import type { Column } from '../../ui/table.tsx';
import { said, Text } from '../../ui/text.tsx';
import { Time } from '../../ui/time.tsx';
import { TwoLines } from '../../ui/two-lines.tsx';
import { SessionDialog } from './session-dialog.tsx';

interface SessionTableProps {
  readonly filter: Readonly<Record<string, string>>;
  readonly empty: string;
  readonly emptyHint?: string;
}

export function SessionTable({ filter, empty, emptyHint }: SessionTableProps): JSX.Element {
  const [open, setOpen] = useState<StoredSession | undefined>(undefined);
  const pages = usePages(
    `sessions ${JSON.stringify(filter)}`,
    (cursor, options) => api.sessions({ ...filter, cursor }, options),
    { keepStale: true },
  );
  const columns: readonly Column<StoredSession>[] = [
    {
      title: 'Who',
      grow: true,
      cell: (session) => (
        <TwoLines
          first={
            <button
              type="button"
              class="value"
              onClick={() => {
                setOpen(session);
              }}
            >
              <Text text={sessionParty(session)} max={120} />
            </button>
          }
          second={
            <>
              {connectionWords(session.connection)} from {session.clientIp}
              {session.client === '' ? '' : ', '}
              <Text text={session.client} max={60} />
            </>
          }
        />
      ),
    },
    ...COLUMNS,
  ];
  return (
    <>
      <PagedTable
        label="Sessions"
        pages={pages}
        columns={columns}
        keyOf={({ id, sensor }) => `${sensor} ${id}`}
        onOpen={setOpen}
        empty={empty}
        emptyHint={emptyHint}
      />
      {open === undefined ? null : (
        <SessionDialog
          session={open}
          onClose={() => {
            setOpen(undefined);
          }}
        />
      )}
    </>
  );
}

const COLUMNS: readonly Column<StoredSession>[] = [
  {
    title: 'Protection',
    cell: (session) => (
      <span class={`tag ${session.tls === 'started' ? 'good' : 'bad'}`}>
        {protectionWords(session)}
      </span>
    ),
  },
  { title: 'Login', cell: (session) => said(loginWords(session)) },
  {
    title: 'Messages',
    align: 'right',
    cell: ({ messages: [sent, received] }) => count(sent + received),
  },
  {
    title: 'Bytes',
    align: 'right',
    hide: 'narrow',
    cell: ({ bytes: [sent, received] }) => bytes(sent + received),
  },
  { title: 'Seen', align: 'right', cell: ({ seenPercent }) => <Seen percent={seenPercent} /> },
  {
    title: 'Lasted',
    align: 'right',
    cell: ({ startUsec, endUsec }) => duration(endUsec - startUsec),
  },
  { title: 'Began', cell: ({ startUsec }) => <Time usec={startUsec} /> },
];

export function Seen({ percent }: { readonly percent: number }): JSX.Element {
  const text = `${Math.floor(percent)} %`;
  return percent >= 100 ? <>{text}</> : <span class="tag warn">{text}</span>;
}

/** The account a session belongs to, for links; '' for those without one. */
export function accountOf(session: StoredSession): string {
  const { jid, user, domain } = session;
  if (jid !== '') return bareJid(jid);
  return user !== '' && domain !== '' && !user.includes('@') ? `${user}@${domain}` : user;
}
