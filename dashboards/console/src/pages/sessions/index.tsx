/** /sessions: who spoke XMPP, how protected, and how much of it the sensor saw. */
import type { JSX } from 'preact';
import { FilterForm, filterValues, SINCE } from '../../ui/filter-form.tsx';
import { PageHead, Panel } from '../../ui/page.tsx';
import { SessionTable } from './session-table.tsx';

const TEXTS = [
  { key: 'jid', label: 'Account', placeholder: 'Account or domain' },
  { key: 'text', label: 'Words', placeholder: 'Words in JID, user, domain or client' },
  { key: 'ip', label: 'Address', placeholder: 'Address of the client or the server' },
] as const;

export function Page(): JSX.Element {
  const filter = filterValues(['jid', 'text', 'ip', 'since']);
  const isFiltered = Object.keys(filter).length > 0;
  return (
    <>
      <PageHead
        title="Sessions"
        sub="XMPP sessions that ended: who, how they logged in, what could be read of them."
      />
      <FilterForm texts={TEXTS} choices={[SINCE]} />
      <Panel flush>
        <SessionTable
          filter={filter}
          empty={isFiltered ? 'No session fits these filters' : 'No session has ended yet'}
          emptyHint={
            isFiltered
              ? 'Take a filter away to see more.'
              : 'A session shows here when its connection has ended.'
          }
        />
      </Panel>
    </>
  );
}
