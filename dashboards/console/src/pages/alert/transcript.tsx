/** What both sides said around the alert, like a conversation. */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Transcript, TranscriptEntry } from '../../../../../sensor/api/contract.ts';
import type { StoredAlert } from '../../../../../sensor/core/rows.ts';
import type { Loaded } from '../../api/load.ts';
import { absoluteTime } from '../../logic/time.ts';
import { timeMode } from '../../settings.ts';
import { CodeBlock } from '../../ui/code.tsx';
import { Panel } from '../../ui/page.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { Text } from '../../ui/text.tsx';

interface TranscriptProps {
  readonly transcript: Loaded<Transcript>;
  readonly alert: StoredAlert;
}

type View = 'decoded' | 'raw';

/** What stands above the alert's own stanza when the list opens. */
const MARGIN_PX = 90;

export function TranscriptPanel({ transcript, alert }: TranscriptProps): JSX.Element {
  const [view, setView] = useState<View>('decoded');
  const { data, problem, isLoading, reload } = transcript;
  const entries = data?.entries ?? [];
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => {
    const box = list.current;
    const own = box?.querySelector<HTMLElement>('.is-alert');
    // Only the list scrolls, never the page under the reader.
    if (box && own) box.scrollTop = own.offsetTop - box.offsetTop - MARGIN_PX;
  }, [data, view]);
  return (
    <Panel
      title="What both sides said"
      actions={
        entries.length === 0 ? undefined : (
          <Tabs
            label="How the conversation is shown"
            tabs={[
              { id: 'decoded', title: 'Decoded' },
              { id: 'raw', title: 'Raw' },
            ]}
            value={view}
            onChange={setView}
          />
        )
      }
    >
      {data === undefined && problem !== undefined ? (
        <ErrorState problem={problem} onRetry={reload} />
      ) : null}
      {data === undefined && isLoading ? <Skeleton rows={4} /> : null}
      {data === undefined ? null : entries.length === 0 ? (
        <EmptyState title="No conversation was kept">
          <Text text={data.reason} />
        </EmptyState>
      ) : (
        <>
          {data.reason === '' ? null : (
            <p class="notice">
              <Text text={data.reason} />
            </p>
          )}
          <ol class="talk" ref={list} tabIndex={0} aria-label="Conversation">
            {entries.map((entry, index) => (
              <Said key={index} entry={entry} view={view} alert={alert} />
            ))}
          </ol>
        </>
      )}
    </Panel>
  );
}

interface SaidProps {
  readonly entry: TranscriptEntry;
  readonly view: View;
  readonly alert: StoredAlert;
}

function Said({ entry, view, alert }: SaidProps): JSX.Element {
  const isUp = entry.direction === 'to_server';
  const clock = absoluteTime(entry.tsUsec, timeMode.value === 'local' ? 'local' : 'utc').slice(11);
  if (entry.kind === 'gap' || entry.kind === 'tls') {
    return (
      <li class="talk-gap">
        <span>
          {entry.kind === 'gap' ? 'Never seen: ' : 'Encrypted from here: '}
          <Text text={entry.decoded} />
          <span class="muted num"> {clock}</span>
        </span>
      </li>
    );
  }
  const who = isUp ? alert.flow.clientIp : alert.flow.serverIp;
  return (
    <li class={`said ${isUp ? 'up' : 'down'} ${entry.isAlert ? 'is-alert' : ''}`}>
      <p class="said-head">
        <span class="said-who">
          {isUp ? 'Client → server' : 'Server → client'}
          <span class="muted mono">
            <Text text={who} />
          </span>
        </span>
        {entry.isAlert ? <span class="tag bad">raised the alert</span> : null}
        {entry.isDisguised ? <span class="tag warn">disguised</span> : null}
        <time class="muted num">{clock}</time>
      </p>
      <CodeBlock
        label={`${entry.kind} at ${clock}`}
        language="xml"
        text={view === 'raw' ? entry.raw : entry.decoded}
        marks={view === 'raw' ? entry.rawMarks : entry.marks}
      />
      {entry.isCut ? <p class="muted">Cut at a limit.</p> : null}
    </li>
  );
}
