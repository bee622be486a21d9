/** /graph?jid= or ?campaign= : who talks to whom, as alerts, files and sessions show it. */
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { api } from '../../api/endpoints.ts';
import { useLoad } from '../../api/load.ts';
import { sizeSentence } from '../../logic/campaign-words.ts';
import { plural } from '../../logic/number.ts';
import { sinceText, withAsked } from '../../logic/ranges.ts';
import { visibleText } from '../../logic/visible.ts';
import { href, query, setQuery } from '../../router.ts';
import { filterValues, SINCE } from '../../ui/filter-form.tsx';
import { Button } from '../../ui/button.tsx';
import { JidLink } from '../../ui/jid.tsx';
import { useKeys } from '../../ui/keys.ts';
import { Link } from '../../ui/link.tsx';
import { PageHead, Panel } from '../../ui/page.tsx';
import { SeverityBadge } from '../../ui/severity.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx';
import { Text } from '../../ui/text.tsx';
import { Picture } from './picture.tsx';

/** Accounts that are offered where none was asked for. */
const OFFERED = 12;

export function Page(): JSX.Element {
  const { jid, campaign, since } = filterValues(['jid', 'campaign', 'since']);
  const isAsked = jid !== undefined || campaign !== undefined;
  return (
    <>
      <PageHead
        title="Who talks to whom"
        {...(jid === undefined ? {} : { documentTitle: `Who talks to ${jid}` })}
        sub={
          campaign !== undefined ? (
            <CampaignWords id={campaign} />
          ) : jid === undefined ? (
            'As alerts, files and sessions show it, around one account, server or campaign.'
          ) : (
            <>
              Around <JidLink jid={jid} />, as alerts, files and sessions show it.
            </>
          )
        }
      />
      <Ask key={jid} jid={jid ?? ''} />
      {isAsked ? <Asked ask={{ jid, campaign, since }} /> : <Offer />}
    </>
  );
}

/** Alerts name some of a campaign; how many there are, it knows itself. */
function CampaignWords({ id }: { readonly id: string }): JSX.Element {
  const { data } = useLoad(`campaign ${id}`, (options) => api.campaign(id, options));
  return (
    <>
      {data === undefined ? 'Campaign' : `${sizeSentence(data)}; drawn are those its alerts name.`}{' '}
      <Link to={`/campaigns/${encodeURIComponent(id)}`}>
        <Text text={id} max={60} />
      </Link>
    </>
  );
}

function Ask({ jid }: { readonly jid: string }): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  useKeys('Picture', [
    {
      keys: '/',
      label: 'Ask for an account',
      run: () => {
        input.current?.focus();
        input.current?.select();
      },
    },
  ]);
  return (
    <form
      class="graph-ask"
      role="search"
      onSubmit={(event: Event) => {
        event.preventDefault();
        const value = input.current?.value.trim() ?? '';
        if (value !== '') setQuery({ jid: value, campaign: undefined });
      }}
    >
      <label class="field">
        <span>Account or domain</span>
        <input ref={input} type="search" defaultValue={jid} spellcheck={false} autoComplete="off" />
      </label>
      <label class="field-inline">
        <select
          aria-label="Time"
          value={query.value.get('since') ?? ''}
          onChange={(event) => {
            setQuery({ since: event.currentTarget.value });
          }}
        >
          <option value="">{SINCE.label}</option>
          {withAsked(SINCE.choices, query.value.get('since') ?? '', (value) =>
            visibleText(sinceText(value), 40),
          ).map(([value, title]) => (
            <option key={value} value={value}>
              {title}
            </option>
          ))}
        </select>
      </label>
      <Button type="submit" kind="primary">
        Show
      </Button>
    </form>
  );
}

interface AskedProps {
  readonly ask: {
    readonly jid: string | undefined;
    readonly campaign: string | undefined;
    readonly since: string | undefined;
  };
}

function Asked({ ask }: AskedProps): JSX.Element {
  const { data, problem, reload } = useLoad(`graph ${JSON.stringify(ask)}`, (options) =>
    api.graph(ask, options),
  );
  return (
    <Panel flush>
      {data !== undefined ? (
        <Picture graph={data} label={`Who talks to ${ask.jid ?? 'each other in this campaign'}`} />
      ) : problem === undefined ? (
        <Skeleton rows={8} />
      ) : (
        <ErrorState problem={problem} onRetry={reload} />
      )}
    </Panel>
  );
}

/** The accounts with most alerts, for nobody remembers a JID. */
function Offer(): JSX.Element {
  const { data, problem, reload } = useLoad('graph offer', (options) =>
    api.top('jid', { limit: OFFERED }, options),
  );
  return (
    <Panel title="Accounts with most alerts as sender">
      {data === undefined ? (
        problem === undefined ? (
          <Skeleton rows={5} />
        ) : (
          <ErrorState problem={problem} onRetry={reload} />
        )
      ) : data.items.length === 0 ? (
        <EmptyState title="No account has an alert yet" />
      ) : (
        <ul class="offers">
          {data.items.map(({ key, alerts, severity }) => (
            <li key={key}>
              <SeverityBadge severity={severity} />{' '}
              <Link to={href('/graph', { jid: key })}>
                <Text text={key} max={80} />
              </Link>{' '}
              <span class="muted">{plural(alerts, 'alert')}</span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
