/** /exposures: who showed credentials in the clear, by domain, as something one can put into a ticket. */
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { api } from '../../api/endpoints.ts';
import { usePages } from '../../api/load.ts';
import { exposuresCsv, groupExposures, type ExposureGroup } from '../../logic/exposure-groups.ts';
import { plural } from '../../logic/number.ts';
import { CopyButton } from '../../ui/copy.tsx';
import { FilterForm, filterValues, SINCE } from '../../ui/filter-form.tsx';
import { PageHead, Panel } from '../../ui/page.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx';
import { More, Table } from '../../ui/table.tsx';
import { Text } from '../../ui/text.tsx';
import { EXPOSURE_COLUMNS } from './exposure-columns.tsx';

const TEXTS = [
  { key: 'domain', label: 'Domain', placeholder: 'corp.example' },
  { key: 'jid', label: 'Account', placeholder: 'alice@corp.example' },
  { key: 'ip', label: 'Address', placeholder: 'Address of the client or the server' },
] as const;

const CHOICES = [
  SINCE,
  {
    key: 'exposed',
    label: 'Anything exposed',
    choices: [
      ['password', 'Passwords'],
      ['token', 'Tokens'],
      ['hash', 'Proofs of passwords'],
      ['session', 'Only what was said'],
      ['unknown', 'Not known'],
    ],
  },
] as const;

/** As many as the API gives at once: groups want to be whole. */
const PER_PAGE = 500;
/** Rows of a group before it is opened. */
const FIRST_ROWS = 6;

export function Page(): JSX.Element {
  const filter = filterValues(['domain', 'jid', 'ip', 'since', 'exposed']);
  const pages = usePages(
    `exposures ${JSON.stringify(filter)}`,
    (cursor, options) => api.exposures({ ...filter, limit: PER_PAGE, cursor }, options),
    { keepStale: true },
  );
  const { data, problem, isLoading, hasMore, more, reload } = pages;
  const groups = useMemo(() => groupExposures(data ?? []), [data]);
  const isFiltered = Object.keys(filter).length > 0;
  return (
    <>
      <PageHead
        title="Exposures"
        sub={
          data === undefined || data.length === 0
            ? 'Who logged in where anybody on the way could listen.'
            : `${plural(
                groups.reduce((sum, { accounts }) => sum + accounts, 0),
                'account',
              )} in ${plural(groups.length, 'domain')} logged in where anybody on the way could listen${hasMore ? '; there are more' : ''}.`
        }
        actions={
          data === undefined || data.length === 0 ? undefined : (
            <CopyButton text={() => exposuresCsv(data)} what="table as CSV">
              Copy all as CSV
            </CopyButton>
          )
        }
      />
      <FilterForm texts={TEXTS} choices={CHOICES} />
      {data === undefined ? (
        <Panel>
          {problem === undefined ? (
            <Skeleton rows={8} />
          ) : (
            <ErrorState problem={problem} onRetry={reload} />
          )}
        </Panel>
      ) : groups.length === 0 ? (
        <Panel>
          <EmptyState title={isFiltered ? 'Nothing fits these filters' : 'No exposure yet'}>
            {isFiltered
              ? 'Take a filter away to see more.'
              : 'Nobody was seen to log in in the clear. Sessions under TLS do not show here.'}
          </EmptyState>
        </Panel>
      ) : (
        groups.map((group) => <Group key={group.domain} group={group} />)
      )}
      <More hasMore={hasMore} isLoading={isLoading} onMore={more} />
    </>
  );
}

function Group({ group }: { readonly group: ExposureGroup }): JSX.Element {
  const { domain, rows, sentence, fixes } = group;
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? rows : rows.slice(0, FIRST_ROWS);
  const name = domain === '' ? 'Domain not known' : domain;
  return (
    <Panel
      flush
      title={<Text text={name} max={120} class="exposed-name" />}
      actions={
        <CopyButton text={() => ticketOf(group)} what={`ticket about ${name}`}>
          Copy for a ticket
        </CopyButton>
      }
    >
      <div class="exposure-words">
        <p>
          <strong>{sentence}</strong>
        </p>
        <ol class="fixes">
          {fixes.map((fix) => (
            <li key={fix}>
              <Text text={fix} />
            </li>
          ))}
        </ol>
      </div>
      <Table
        label={`Exposures of ${name}`}
        rows={shown}
        columns={EXPOSURE_COLUMNS}
        keyOf={(row) =>
          JSON.stringify([
            row.jid,
            row.mechanism,
            row.clientIp,
            row.serverIp,
            row.client,
            row.starttls,
            row.connection,
            row.serverPort,
          ])
        }
        hasKeys={false}
      />
      {shown.length < rows.length ? (
        <div class="more">
          <button
            type="button"
            class="button"
            onClick={() => {
              setWhole(true);
            }}
          >
            Show all {rows.length}
          </button>
        </div>
      ) : null}
    </Panel>
  );
}

/** Sentence, what to do, and the rows. */
function ticketOf({ domain, sentence, fixes, rows }: ExposureGroup): string {
  const steps = fixes.map((fix, index) => `${index + 1}. ${fix}`);
  return [`${domain}: ${sentence}`, '', ...steps, '', exposuresCsv(rows)].join('\r\n');
}
