/** Figures of the sensor by part. A part without figures is not shown. */
import type { JSX } from 'preact';
import type { Health, InterfaceHealth } from '../../../../../sensor/api/contract.ts';
import { fillPercent, lossesOf, lossPercent } from '../../logic/health-words.ts';
import { bytes, count } from '../../logic/number.ts';
import { Bar } from '../../ui/bar.tsx';
import { Link } from '../../ui/link.tsx';
import { Facts, Panel } from '../../ui/page.tsx';
import { Table, type Column } from '../../ui/table.tsx';
import { Text } from '../../ui/text.tsx';
import { Time } from '../../ui/time.tsx';

interface PanelProps {
  readonly health: Health;
}

const INTERFACE_COLUMNS: readonly Column<InterfaceHealth>[] = [
  { title: 'Interface', grow: true, cell: ({ name }) => <Text text={name} max={60} /> },
  {
    title: 'State',
    cell: ({ isCapturing }) => (
      <span class={isCapturing ? 'tag good' : 'tag bad'}>
        {isCapturing ? 'capturing' : 'not capturing'}
      </span>
    ),
  },
  { title: 'Packets', align: 'right', cell: ({ packets }) => count(packets) },
  { title: 'Bytes', align: 'right', cell: (face) => bytes(face.bytes) },
  { title: 'Lost', align: 'right', cell: (face) => <Lost face={face} /> },
];

function Lost({ face }: { readonly face: InterfaceHealth }): JSX.Element {
  const losses = lossesOf(face);
  if (losses.length === 0) return <>none</>;
  const total = losses.reduce((sum, { packets }) => sum + packets, 0);
  return (
    <span title={losses.map(({ reason, packets }) => `${count(packets)} ${reason}`).join('\n')}>
      {count(total)} <span class="muted">({lossPercent(face).toFixed(2)} %)</span>
    </span>
  );
}

export function InterfacesPanel({ health }: PanelProps): JSX.Element | null {
  const { interfaces, seenPercent, gapBytes } = health;
  if (interfaces.length === 0 && seenPercent === undefined) return null;
  const losses = interfaces.flatMap((face) =>
    lossesOf(face).map(({ reason, packets }) => ({ name: face.name, reason, packets })),
  );
  return (
    <Panel title="Capture" flush>
      {interfaces.length === 0 ? null : (
        <Table
          label="Interfaces"
          rows={interfaces}
          columns={INTERFACE_COLUMNS}
          keyOf={({ name }) => name}
          hasKeys={false}
        />
      )}
      <div class="panel-note">
        {seenPercent === undefined ? (
          'No stream bytes were seen yet.'
        ) : (
          <>
            <strong>{Math.floor(seenPercent * 10) / 10} %</strong> of the stream bytes were seen
            {gapBytes > 0 ? `; ${bytes(gapBytes)} are missing` : ''}.
          </>
        )}
        {losses.map(({ name, reason, packets }) => (
          <span key={`${name} ${reason}`}>
            {' '}
            {count(packets)} packets on <Text text={name} max={40} /> were lost {reason}.
          </span>
        ))}
      </div>
    </Panel>
  );
}

export function StorePanel({ health }: PanelProps): JSX.Element {
  const {
    rows,
    bytes: used,
    maxBytes,
    queueLength,
    queueLimit,
    dropped,
    writeErrors,
  } = health.store;
  return (
    <Panel title="Store">
      <Bar
        label="Size"
        percent={fillPercent(used, maxBytes)}
        text={maxBytes > 0 ? `${bytes(used)} of ${bytes(maxBytes)}` : `${bytes(used)}, no limit`}
        // At its limit the oldest rows go: that is what the limit is for.
        isNormal
      />
      {queueLimit === 0 ? null : (
        <Bar
          label="Queue"
          percent={fillPercent(queueLength, queueLimit)}
          text={`${count(queueLength)} of ${count(queueLimit)}`}
        />
      )}
      <Facts
        items={[
          ['Rows', count(rows)],
          ['Dropped', dropped === 0 ? 'none' : <strong class="bad-text">{count(dropped)}</strong>],
          [
            'Write errors',
            writeErrors === 0 ? 'none' : <strong class="bad-text">{count(writeErrors)}</strong>,
          ],
        ]}
      />
    </Panel>
  );
}

/** A store alone has no rules in force. */
export function RulesPanel({ health }: PanelProps): JSX.Element | null {
  if (!health.isLive) return null;
  const { loaded, failed, generation, reloadedUsec } = health.rules;
  return (
    <Panel title="Rules" actions={<Link to="/rules">All rules</Link>}>
      <Facts
        items={[
          ['In force', count(loaded)],
          ['Failed', failed === 0 ? 'none' : <strong class="bad-text">{count(failed)}</strong>],
          ['Generation', count(generation)],
          ['Loaded', reloadedUsec === undefined ? 'at the start' : <Time usec={reloadedUsec} />],
        ]}
      />
    </Panel>
  );
}

export function MemoryPanel({ health }: PanelProps): JSX.Element | null {
  const { memory } = health;
  if (memory.length === 0) return null;
  const name = (pool: string): string => pool.replaceAll('_', ' ');
  return (
    <Panel title="Memory">
      {memory
        .filter(({ limit }) => limit > 0)
        .map(({ pool, used, limit }) => (
          <Bar
            key={pool}
            label={name(pool)}
            percent={fillPercent(used, limit)}
            text={`${bytes(used)} of ${bytes(limit)}`}
          />
        ))}
      <Facts
        items={memory
          .filter(({ limit }) => limit <= 0)
          .map(({ pool, used }) => [name(pool), bytes(used)] as const)}
      />
    </Panel>
  );
}

export function WorkersPanel({ health }: PanelProps): JSX.Element | null {
  const { workers } = health;
  if (workers.length === 0) return null;
  return (
    <Panel title="Workers" flush>
      <Table
        label="Workers"
        rows={workers}
        columns={[
          { title: 'Worker', grow: true, cell: ({ id }) => id },
          {
            title: 'State',
            cell: ({ isUp }) => (
              <span class={isUp ? 'tag good' : 'tag bad'}>{isUp ? 'up' : 'down'}</span>
            ),
          },
          { title: 'Restarts', align: 'right', cell: ({ restarts }) => count(restarts) },
          {
            title: 'Behind',
            align: 'right',
            cell: ({ lagSeconds }) => `${lagSeconds.toFixed(lagSeconds < 10 ? 1 : 0)} s`,
          },
        ]}
        keyOf={({ id }) => id}
        hasKeys={false}
      />
    </Panel>
  );
}

export function FiguresPanel({ health }: PanelProps): JSX.Element | null {
  if (health.figures.length === 0) return null;
  return (
    <Panel title="Figures">
      <Facts items={health.figures.map(([label, value]) => [label, count(value)] as const)} />
    </Panel>
  );
}
