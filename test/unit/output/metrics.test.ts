import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  COUNTER,
  Counters,
  defaultLimits,
  eventId,
  type CounterName,
} from '../../../sensor/core/index.ts';
import { MetricsRegistry, type WorkerCounts } from '../../../sensor/output/index.ts';
import { expectGolden } from '../../support/golden.ts';
import {
  alertOf,
  alertRecord,
  anomalyRecord,
  campaignRecord,
  fileRecord,
  sessionRecord,
} from '../alert/sample.ts';

function registry(): MetricsRegistry {
  return new MetricsRegistry({ version: '1.2.3' });
}

function counts(
  values: Partial<Record<CounterName, number>>,
  changes: Partial<WorkerCounts> = {},
): WorkerCounts {
  const counters = new Counters();
  for (const [name, value] of Object.entries(values)) {
    counters.values[COUNTER[name as CounterName]] = value;
  }
  return {
    values: counters.values,
    events: counters.events,
    interfaces: [],
    memory: {},
    lagSeconds: 0,
    ...changes,
  };
}

/** Series (name with labels) -> value. */
async function scrape(metrics: MetricsRegistry): Promise<Map<string, number>> {
  const lines = (await metrics.text()).split('\n').filter((line) => line !== '' && line[0] !== '#');
  return new Map(
    lines.map((line): [string, number] => {
      const space = line.lastIndexOf(' ');
      return [line.slice('stanzawatch_'.length, space), Number(line.slice(space + 1))];
    }),
  );
}

describe('MetricsRegistry', () => {
  it('exports exactly the names, types and labels of the golden file, known sets at 0', async () => {
    const metrics = registry();
    metrics.workerUp('0');
    metrics.rulesLoaded(0, 0, 1, ['Confidential data left in clear']);
    metrics.update(
      '0',
      counts(
        {},
        {
          interfaces: [
            {
              interfaceName: 'span0',
              packets: 0,
              bytes: 0,
              droppedKernel: 0,
              droppedInterface: 0,
              droppedShed: 0,
            },
          ],
          memory: { flow: 0, reassembly: 0, state: 0 },
          suppressed: [[1560001, 0]],
          tables: [{ name: 'contacts', count: 0, evictions: 0, limitBytes: 1024 }],
        },
      ),
    );
    const idle = { delivered: 0, refused: 0, expired: 0, overflow: 0, retries: 0, queueLength: 0 };
    metrics.updateSinks(new Map([['sqlite', true]]), [idle]);
    // The event catalogue grows without changing the metric.
    const text = (await metrics.text())
      .replace(/^(\S+timestamp_seconds) \d+$/m, (_, name: string) => `${name} <now>`)
      .replace(/(?:^\S+\{error="[^"]*"\} 0\n)+/m, (all) => {
        assert.ok(all.split('\n').length > 50);
        return 'stanzawatch_xml_errors_total{error="<event>"} 0\n';
      });
    expectGolden('metrics.txt', text);
  });

  it('has every metric that INTERFACE.md lists', async () => {
    const text = await registry().text();
    const listed =
      `build_info up capture_packets_total capture_bytes_total capture_dropped_total decode_errors_total flows_active
       flows_total tcp_gap_bytes_total tcp_overlap_conflicts_total tcp_unseen_ack_total tcp_checksum_errors_total
       sessions_active stanzas_total xml_errors_total encrypted_flows_total alerts_total alerts_suppressed_total
       rules_loaded rules_failed rules_reload_success_timestamp_seconds rules_reload_failures_total scan_seconds
       pipeline_lag_seconds store_write_errors_total store_rows store_bytes store_queue_length memory_used_bytes
       memory_limit_bytes worker_up worker_restarts_total seen_ratio`.split(/\s+/);
    for (const name of listed) assert.match(text, new RegExp(`^# TYPE stanzawatch_${name} `, 'm'));
  });

  it('adds up workers', async () => {
    const metrics = registry();
    const a = counts({ capturePackets: 10, flowsActive: 3, sessionsC2s: 1, tcpSeenBytes: 90 });
    const b = counts({ capturePackets: 5, flowsActive: 2, sessionsC2s: 2, tcpGapBytes: 10 });
    metrics.update('a', a);
    metrics.update('b', b);
    const series = await scrape(metrics);
    assert.equal(series.get('capture_packets_total{interface=""}'), 15);
    assert.equal(series.get('flows_active'), 5);
    assert.equal(series.get('sessions_active{connection="c2s"}'), 3);
    assert.equal(series.get('seen_ratio'), 0.9);
    assert.equal(metrics.total('capturePackets'), 15);
    assert.equal(metrics.totals().values[COUNTER.capturePackets], 15);
  });

  it('counts interfaces apart and sums those several workers share', async () => {
    const metrics = registry();
    const each = (interfaceName: string, n: number): WorkerCounts['interfaces'][number] => ({
      interfaceName,
      packets: n,
      bytes: 100 * n,
      droppedKernel: 1,
      droppedInterface: 2,
      droppedShed: 3,
    });
    metrics.update('a', counts({}, { interfaces: [each('eth0', 1), each('eth1', 2)] }));
    metrics.update('b', counts({}, { interfaces: [each('eth0', 10)] }));
    const series = await scrape(metrics);
    assert.equal(series.get('capture_packets_total{interface="eth0"}'), 11);
    assert.equal(series.get('capture_packets_total{interface="eth1"}'), 2);
    assert.equal(series.get('capture_dropped_total{interface="eth0",reason="shed"}'), 6);
    assert.equal(series.get('capture_dropped_total{interface="eth1",reason="kernel"}'), 1);
  });

  it('never falls when a worker starts again, and lets its gauges go', async () => {
    const metrics = registry();
    const read = async (): Promise<(number | undefined)[]> => {
      const series = await scrape(metrics);
      return [
        series.get('flows_total{end="closed"}'),
        series.get('xml_errors_total{error="xml.dtd"}'),
        series.get('flows_active'),
        series.get('capture_packets_total{interface="eth0"}'),
        series.get('alerts_suppressed_total{sid="7"}'),
      ];
    };
    const life = (n: number): WorkerCounts => {
      const made = counts({ flowsEndClosed: n, flowsActive: n });
      const events = new Float64Array(made.events.length);
      events[eventId('xml.dtd')] = n;
      const zero = { bytes: 0, droppedKernel: 0, droppedInterface: 0, droppedShed: 0 };
      return {
        ...made,
        events,
        interfaces: [{ interfaceName: 'eth0', packets: n, ...zero }],
        suppressed: [[7, n]],
      };
    };
    metrics.workerUp('a');
    metrics.update('a', life(100));
    assert.deepEqual(await read(), [100, 100, 100, 100, 100]);
    metrics.workerDown('a');
    assert.deepEqual(await read(), [100, 100, 0, 100, 100]);
    metrics.workerUp('a');
    metrics.update('a', life(30));
    assert.deepEqual(await read(), [130, 130, 30, 130, 130]);
    // The death was not noticed: smaller numbers tell.
    metrics.update('a', life(5));
    assert.deepEqual(await read(), [135, 135, 5, 135, 135]);
    const series = await scrape(metrics);
    assert.equal(series.get('worker_restarts_total'), 1);
    assert.equal(series.get('worker_up{worker="a"}'), 1);
  });

  it('counts alerts by category and severity, folded ones with their count', async () => {
    const metrics = registry();
    const folded = { ...alertRecord.alert, count: 5, severity: 1 } as const;
    metrics.countRecords([
      alertOf({}),
      alertOf({ alert: folded }),
      { kind: 'anomaly', record: anomalyRecord },
    ]);
    const series = await scrape(metrics);
    const name = (severity: number): string =>
      `alerts_total{category="Confidential data left in clear",severity="${severity}"}`;
    assert.deepEqual(
      [1, 2, 3, 4].map((severity) => series.get(name(severity))),
      [5, 1, 0, 0],
    );
  });

  it('counts alerts by family: by sid block, an own rule by its detection, else as other', async () => {
    const metrics = registry();
    const own = { ...alertRecord.alert, sid: 1000001, severity: 1 } as const;
    const foreign = { ...own, gid: 3, sid: 1550001 };
    metrics.countRecords([
      alertOf({ detection: 'dlp-pan' }),
      alertOf({ alert: { ...alertRecord.alert, sid: 1550007, count: 3 } }),
      alertOf({ alert: own, detection: 'spim-own' }),
      alertOf({ alert: own, detection: 'anything' }),
      alertOf({ alert: foreign, detection: '' }),
    ]);
    const series = await scrape(metrics);
    const value = (family: string, severity: number): number | undefined =>
      series.get(`family_alerts_total{family="${family}",severity="${severity}"}`);
    assert.equal(value('leak', 2), 1);
    assert.equal(value('spim', 2), 3);
    assert.equal(value('spim', 1), 1);
    assert.equal(value('other', 1), 2);
    assert.equal(value('auth', 1), 0);
    assert.equal([...series.keys()].filter((key) => key.startsWith('family_alerts')).length, 40);
  });

  it('counts campaigns once however often they are told, and forgets beyond its limit', async () => {
    const limits = { ...defaultLimits(), metricsCampaigns: 2 };
    const metrics = new MetricsRegistry({ version: '1', limits });
    const tell = (campaignId: string, messages: number): void => {
      metrics.countRecords([
        { kind: 'campaign', record: { ...campaignRecord, campaignId, messages } },
      ]);
    };
    tell('a', 10);
    tell('a', 25);
    tell('a', 20);
    tell('b', 5);
    const before = await scrape(metrics);
    assert.equal(before.get('campaigns_total{kind="link"}'), 2);
    assert.equal(before.get('campaigns_total{kind="text"}'), 0);
    assert.equal(before.get('campaign_messages_total{kind="link"}'), 30);
    assert.equal(before.get('campaigns_active'), 2);
    tell('c', 1);
    tell('a', 26);
    const after = await scrape(metrics);
    assert.equal(after.get('campaigns_active'), 2, 'the one that grew longest ago went');
    assert.equal(after.get('campaigns_total{kind="link"}'), 4);
  });

  it('counts what sessions exposed and how far TLS got', async () => {
    const metrics = registry();
    metrics.countRecords([
      { kind: 'session', record: sessionRecord },
      { kind: 'session', record: { ...sessionRecord, mechanism: 'SCRAM-SHA-1', tls: 'none' } },
      { kind: 'session', record: { ...sessionRecord, mechanism: '', tls: 'started' } },
    ]);
    const series = await scrape(metrics);
    assert.equal(series.get('exposures_total{exposed="password"}'), 1);
    assert.equal(series.get('exposures_total{exposed="hash"}'), 1);
    assert.equal(series.get('exposures_total{exposed="token"}'), 0);
    assert.equal(series.get('sessions_ended_total{tls="offered"}'), 1);
    assert.equal(series.get('sessions_ended_total{tls="none"}'), 1);
    assert.equal(series.get('sessions_ended_total{tls="started"}'), 1);
  });

  it('tells of sinks, webhooks, and limits that cut detection short', async () => {
    const metrics = registry();
    const hook = { delivered: 5, refused: 1, expired: 2, overflow: 3, retries: 4, queueLength: 6 };
    metrics.updateSinks(
      new Map([
        ['sqlite', true],
        ['webhook', false],
      ]),
      [hook],
    );
    metrics.update(
      'a',
      counts({
        ...{ detectWorkLimit: 2, degradedFlows: 3, sessionsOpened: 9 },
        ...{ packetsKept: 11, packetsDroppedDisk: 7 },
      }),
    );
    const series = await scrape(metrics);
    const expected: Record<string, number> = {
      'sink_up{sink="sqlite"}': 1,
      'sink_up{sink="webhook"}': 0,
      'webhook_deliveries_total{webhook="1",result="delivered"}': 5,
      'webhook_deliveries_total{webhook="1",result="overflow"}': 3,
      'webhook_retries_total{webhook="1"}': 4,
      'webhook_queue_length{webhook="1"}': 6,
      'limits_reached_total{limit="work"}': 2,
      'limits_reached_total{limit="matches"}': 0,
      flows_degraded_total: 3,
      packets_kept_total: 11,
      'packets_not_kept_total{reason="disk"}': 7,
      'packets_not_kept_total{reason="room"}': 0,
      sessions_total: 9,
    };
    for (const [name, value] of Object.entries(expected))
      assert.equal(series.get(name), value, name);
  });

  it('counts files by road, whole or not, and what became of them', async () => {
    const metrics = registry();
    metrics.countRecords([
      { kind: 'file', record: fileRecord },
      { kind: 'file', record: { ...fileRecord, isComplete: false, seenBytes: 4 } },
      { kind: 'file', record: { ...fileRecord, road: 'http', seenBytes: 7 } },
    ]);
    const values = { filesOpen: 3, filesInspected: 2, filesNotKept: 1, filesStoreFull: 5 };
    metrics.update('a', counts(values));
    const series = await scrape(metrics);
    assert.equal(series.get('files_total{transport="socks5",complete="true"}'), 1);
    assert.equal(series.get('files_total{transport="socks5",complete="false"}'), 1);
    assert.equal(series.get('file_bytes_total{transport="socks5"}'), 4100);
    assert.equal(series.get('file_bytes_total{transport="http"}'), 7);
    assert.equal(series.get('files_total{transport="ibb",complete="true"}'), 0);
    assert.equal(series.get('files_open'), 3);
    assert.equal(series.get('file_inspections_total{result="done"}'), 2);
    assert.equal(series.get('file_inspections_total{result="no_memory"}'), 1);
    assert.equal(series.get('files_stored_total{result="no_room"}'), 5);
    metrics.workerDown('a');
    assert.equal((await scrape(metrics)).get('files_open'), 0, 'a worker that is gone has none');
  });

  it('groups decoder and XML events by layer and name', async () => {
    const metrics = registry();
    const made = counts({});
    const events = new Float64Array(made.events.length);
    for (const name of ['decoder.tcp.truncated', 'decoder.tcp.bad_option', 'utf8.overlong']) {
      events[eventId(name)] = 2;
    }
    metrics.update('a', { ...made, events });
    const series = await scrape(metrics);
    assert.equal(series.get('decode_errors_total{layer="tcp"}'), 4);
    assert.equal(series.get('decode_errors_total{layer="ipv4"}'), 0);
    assert.equal(series.get('xml_errors_total{error="utf8.overlong"}'), 2);
  });

  it('tells of rules, reloads, store, memory, lag and scans', async () => {
    const metrics = registry();
    metrics.rulesLoaded(120, 2, 3);
    metrics.reloadFailed();
    metrics.updateStore({ rows: 7, bytes: 4096, queueLength: 3, writeErrors: 2, dropped: 1 });
    metrics.update(
      'a',
      counts({ scanNanoseconds: 2.5e9, scans: 1000 }, { memory: { flow: 10 }, lagSeconds: 0.5 }),
    );
    metrics.update('b', counts({}, { memory: { flow: 5 }, lagSeconds: 0.25 }));
    const series = await scrape(metrics);
    const expected: Record<string, number> = {
      rules_loaded: 120,
      rules_failed: 2,
      rules_reload_failures_total: 1,
      store_rows: 7,
      store_bytes: 4096,
      store_queue_length: 3,
      store_write_errors_total: 2,
      records_dropped_total: 1,
      'memory_used_bytes{pool="flow"}': 15,
      pipeline_lag_seconds: 0.5,
      scan_seconds_sum: 2.5,
      scan_seconds_count: 1000,
    };
    for (const [name, value] of Object.entries(expected))
      assert.equal(series.get(name), value, name);
    assert.ok((series.get('rules_reload_success_timestamp_seconds') ?? 0) > 1.7e9);
    assert.equal(series.get('build_info{version="1.2.3"}'), 1);
  });

  it('adds up the tables of workers; evictions outlive them', async () => {
    const metrics = registry();
    const tables = (count: number, evictions: number): WorkerCounts =>
      counts({}, { tables: [{ name: 'contacts', count, evictions, limitBytes: 100 }] });
    metrics.update('a', tables(7, 2));
    metrics.update('b', tables(3, 1));
    const before = await scrape(metrics);
    assert.equal(before.get('state_entries{table="contacts"}'), 10);
    assert.equal(before.get('state_evictions_total{table="contacts"}'), 3);
    assert.equal(before.get('memory_limit_bytes{pool="state"}'), 200);
    metrics.workerDown('b');
    metrics.update('a', tables(1, 2));
    metrics.update('b', tables(0, 4));
    metrics.workerDown('b');
    const after = await scrape(metrics);
    assert.equal(after.get('state_entries{table="contacts"}'), 1);
    assert.equal(after.get('state_evictions_total{table="contacts"}'), 7);
    assert.equal(after.get('memory_limit_bytes{pool="state"}'), 100);
  });

  it('is 1 for what was seen while nothing is known to be missing', async () => {
    assert.equal((await scrape(registry())).get('seen_ratio'), 1);
  });
});
