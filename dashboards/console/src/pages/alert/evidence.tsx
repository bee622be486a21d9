/** The stanza that raised the alert, as its receiver reads it and as it went over the wire. */
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { TranscriptEntry } from '../../../../../sensor/api/contract.ts';
import type { StoredAlert } from '../../../../../sensor/core/rows.ts';
import { distinctMatches, excerptMarks } from '../../logic/excerpt.ts';
import { CodeBlock } from '../../ui/code.tsx';
import { CopyButton } from '../../ui/copy.tsx';
import { Panel } from '../../ui/page.tsx';
import { EmptyState, Skeleton } from '../../ui/states.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { Text } from '../../ui/text.tsx';

type View = 'decoded' | 'raw' | 'both';

const VIEWS: readonly { readonly id: View; readonly title: string }[] = [
  { id: 'decoded', title: 'Decoded' },
  { id: 'raw', title: 'Raw' },
  { id: 'both', title: 'Side by side' },
];

interface EvidenceProps {
  readonly alert: StoredAlert;
  readonly entry: TranscriptEntry | undefined;
  readonly isLoading: boolean;
}

export function Evidence({ alert, entry, isLoading }: EvidenceProps): JSX.Element {
  const [chosen, setView] = useState<View | undefined>(undefined);
  const { evidence } = alert;
  if (entry === undefined) {
    return (
      <Panel title="Evidence" actions={<Buffer name={evidence?.buffer ?? ''} />}>
        {isLoading && evidence === undefined ? <Skeleton rows={3} /> : <Excerpt alert={alert} />}
      </Panel>
    );
  }
  // What was written in disguise is best seen beside what it says.
  const view = chosen ?? (entry.isDisguised ? 'both' : 'decoded');
  return (
    <Panel
      title="Evidence"
      class="evidence"
      actions={
        <>
          <Tabs
            label="How the stanza is shown"
            tabs={VIEWS}
            value={view}
            onChange={setView}
            controls="stanza"
          />
          <CopyButton
            what={view === 'raw' ? 'raw stanza' : 'stanza'}
            text={view === 'raw' ? entry.raw : entry.decoded}
          />
        </>
      }
    >
      {entry.isDisguised ? (
        <p class="notice warn">
          Disguised: the wire writes this in another way than the receiver reads it. Compare both
          sides.
        </p>
      ) : null}
      <div id="stanza" class={view === 'both' ? 'side-by-side' : undefined} role="tabpanel">
        {view === 'raw' ? null : (
          <figure>
            {view === 'both' ? <figcaption>As the receiver reads it</figcaption> : null}
            <CodeBlock
              label="Decoded stanza"
              language="xml"
              text={entry.decoded}
              marks={entry.marks}
            />
          </figure>
        )}
        {view === 'decoded' ? null : (
          <figure>
            {view === 'both' ? <figcaption>As it went over the wire</figcaption> : null}
            <CodeBlock label="Raw stanza" language="xml" text={entry.raw} marks={entry.rawMarks} />
          </figure>
        )}
      </div>
      {entry.isCut ? (
        <p class="muted foot">Cut at a limit: the stanza is longer than what is kept of it.</p>
      ) : null}
      <Matches alert={alert} />
    </Panel>
  );
}

/** What the alert itself kept, where there is no transcript. */
function Excerpt({ alert }: { readonly alert: StoredAlert }): JSX.Element {
  const { evidence } = alert;
  const marks = useMemo(
    () => (evidence === undefined ? [] : excerptMarks(evidence.excerpt, evidence.matches)),
    [evidence],
  );
  if (evidence === undefined) {
    return (
      <EmptyState title="No text to show">
        This alert rests on what happened over time or on the connection, not on one text. The facts
        beside it say what.
      </EmptyState>
    );
  }
  return (
    <>
      {evidence.excerpt === '' ? (
        <p class="notice">
          The text is a credential and was not kept; the matches below are masked.
        </p>
      ) : (
        <CodeBlock label="Evidence" language="xml" text={evidence.excerpt} marks={marks} />
      )}
      <Matches alert={alert} />
    </>
  );
}

function Buffer({ name }: { readonly name: string }): JSX.Element | null {
  return name === '' ? null : (
    <span class="muted">
      found in <code>{name}</code>
    </span>
  );
}

/** Matches as kept: masked, with a keyed hash that is the same wherever the same value was seen. */
function Matches({ alert }: { readonly alert: StoredAlert }): JSX.Element | null {
  const matches = distinctMatches(alert.evidence?.matches ?? []);
  if (matches.length === 0) return null;
  return (
    <div class="matches">
      <h3>
        Matched in <code>{alert.evidence?.buffer}</code>
      </h3>
      <ul>
        {matches.slice(0, 8).map((match, index) => (
          <li key={index}>
            <mark class="mono">
              <Text text={match.masked} max={200} />
            </mark>
            <span class="muted num">{match.length} bytes</span>
            {match.hmac === '' ? null : (
              <span
                class="muted hash"
                title="Keyed hash: the same value has the same hash in every alert"
              >
                <code>{match.hmac.slice(0, 12)}</code>
                <CopyButton what="keyed hash" text={match.hmac} />
              </span>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
