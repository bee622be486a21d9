/** How fast records become rows and lines. The amounts are what `read` of a 500 MB capture may leave, and more. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultLimits } from '../../sensor/core/index.ts';
import { AlertBatcher, type RecordSink, type SensorRecord } from '../../sensor/alert/index.ts';
import { Counters } from '../../sensor/core/index.ts';
import { EveSink, SqliteSink } from '../../sensor/output/index.ts';
import { alertRecord, flowRecord, sessionRecord } from '../unit/alert/sample.ts';

interface Row {
  readonly name: string;
  readonly mbPerSec: number;
  readonly packetsPerSec?: number;
  readonly note?: string;
}

const BATCH = 512;
const limits = defaultLimits();

const MAKERS: Readonly<Record<string, (i: number) => SensorRecord>> = {
  alerts: (i) => ({
    kind: 'alert',
    record: {
      ...alertRecord,
      alertId: i.toString(16).padStart(32, '0'),
      tsUsec: alertRecord.tsUsec + i * 1000,
      srcIp: `192.0.${(i >> 8) & 255}.${i & 255}`,
      detection: `dlp-${i % 20}`,
    },
  }),
  sessions: (i) => ({
    kind: 'session',
    record: {
      ...sessionRecord,
      communityId: `1:${i}`,
      jid: `user${i % 5000}@corp.example/desk`,
      tsUsec: sessionRecord.tsUsec + i * 1000,
    },
  }),
  flows: (i) => ({ kind: 'flow', record: { ...flowRecord, communityId: `1:${i}` } }),
};

async function time(sink: RecordSink, records: readonly SensorRecord[]): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < records.length; i += BATCH) sink.write(records.slice(i, i + BATCH));
  await sink.flush();
  return (performance.now() - start) / 1000;
}

function row(name: string, records: number, bytes: number, seconds: number): Row {
  const rate = Math.round(records / seconds / 1000);
  return { name, mbPerSec: bytes / 1e6 / seconds, note: `${rate} k records/s` };
}

export async function bench(): Promise<Row[]> {
  const dir = mkdtempSync(join(tmpdir(), 'stanzawatch-bench-'));
  const rows: Row[] = [];
  try {
    for (const [kind, make] of Object.entries(MAKERS)) {
      const records = Array.from({ length: 60_000 }, (_, i) => make(i));
      const path = join(dir, `${kind}.db`);
      const sink = new SqliteSink({ path, limits, retentionDays: 30, maxBytes: 1e10 });
      // The first batch compiles statements and warms the code.
      await time(sink, records.slice(0, 10_000));
      const seconds = await time(sink, records.slice(10_000));
      await sink.close();
      rows.push(row(`sqlite, ${kind}`, 50_000, (statSync(path).size * 5) / 6, seconds));
    }
    const alerts = Array.from({ length: 60_000 }, (_, i) =>
      (MAKERS['alerts'] ?? MAKERS['flows'])?.(i),
    );
    const known = alerts.filter((entry) => entry !== undefined);
    const path = join(dir, 'eve.json');
    const eve = new EveSink({ path, limits });
    const seconds = await time(eve, known);
    await eve.close();
    rows.push(row('eve, alerts', known.length, statSync(path).size, seconds));
    rows.push(batcherRow(known));
  } finally {
    rmSync(dir, { recursive: true });
  }
  return rows;
}

/** The worker's side without a receiver to wait for. */
function batcherRow(records: readonly SensorRecord[]): Row {
  let received = 0;
  const batcher: AlertBatcher = new AlertBatcher({
    counters: new Counters(),
    limits,
    send: (batch) => {
      received += batch.length;
      batcher.acknowledge();
    },
  });
  const start = performance.now();
  for (let i = 0; i < 10; i++) for (const entry of records) batcher.add(entry);
  batcher.flush();
  const seconds = (performance.now() - start) / 1000;
  return row('alert batcher', received, 0, seconds);
}
