/** Whether the sensor sees, keeps up and keeps what it found. */
import {
  CONSOLE_VARIABLE,
  INSTANCE,
  INSTANCE_VARIABLE,
  INTERFACE_VARIABLE,
  PROMETHEUS_SOURCE,
  SENSOR,
  SENSOR_VARIABLE,
  STORE_SOURCE,
  interval,
  promql,
  promqlNow,
  row,
  sqlSeries,
  stat,
  timeseries,
  within,
  type Dashboard,
  type PanelOptions,
} from './builder.ts';

const PORT = `${INSTANCE},interface=~"$interface"`;

/** Rate a second, added up over all labels but those named. */
function rate(metric: string, by = '', labels = INSTANCE): string {
  const sum = by === '' ? 'sum' : `sum by (${by})`;
  return `${sum} (rate(stanzawatch_${metric}{${labels}}[$__rate_interval]))`;
}

function thirds(options: Omit<PanelOptions, 'width'> & { readonly width?: number }): PanelOptions {
  return { width: 8, min: 0, ...options };
}

export const SENSOR_HEALTH: Dashboard = {
  uid: 'stanzawatch-health',
  title: 'Stanzawatch: sensor health',
  description: 'Capture, losses, flows, detection, rules, outputs and memory of the sensors.',
  console: '/health',
  from: 'now-6h',
  variables: [
    PROMETHEUS_SOURCE,
    STORE_SOURCE,
    INSTANCE_VARIABLE,
    INTERFACE_VARIABLE,
    SENSOR_VARIABLE,
    CONSOLE_VARIABLE,
  ],
  panels: [
    stat('Up', promqlNow(`stanzawatch_up{${INSTANCE}}`, '{{instance}}'), {
      width: 4,
      thresholds: [
        [null, 'red'],
        [1, 'green'],
      ],
      help: 'Sensors that answer. One that is missing here is down: systemctl status stanzawatch on its host.',
    }),
    stat('Version', promqlNow(`stanzawatch_build_info{${INSTANCE}}`, '{{version}}'), {
      width: 4,
      thresholds: [[null, 'text']],
      help: 'Versions that run, one number 1 each.',
    }),
    stat('Workers', promqlNow(`sum(stanzawatch_worker_up{${INSTANCE}})`), {
      width: 4,
      thresholds: [
        [null, 'red'],
        [1, 'green'],
      ],
      help: 'Capture workers that run. Fewer than configured: one died, the log says why; it is started again.',
    }),
    stat('Rules', promqlNow(`min(stanzawatch_rules_loaded{${INSTANCE}})`), {
      width: 4,
      thresholds: [
        [null, 'red'],
        [1, 'green'],
      ],
      help: 'Rules in force on the sensor that has fewest.',
    }),
    stat('Rules refused', promqlNow(`max(stanzawatch_rules_failed{${INSTANCE}})`), {
      width: 4,
      thresholds: [
        [null, 'green'],
        [1, 'orange'],
      ],
      help: 'Rules that did not load. stanzawatch rules check names each with file and line.',
    }),
    stat(
      'Rules loaded',
      promqlNow(`time() - max(stanzawatch_rules_reload_success_timestamp_seconds{${INSTANCE}})`),
      {
        width: 4,
        unit: 's',
        thresholds: [[null, 'text']],
        help: 'Time since rules were last loaded. Lists of addresses and hashes age: reload after updating them.',
      },
    ),
    stat(
      'Alerts firing',
      promqlNow('count(ALERTS{alertname=~"Stanzawatch.+",alertstate="firing"}) or vector(0)'),
      {
        width: 4,
        thresholds: [
          [null, 'green'],
          [1, 'orange'],
        ],
        help: 'Alerting rules of Prometheus that fire now; Alertmanager has them with their runbooks.',
      },
    ),
    stat('Seen', promqlNow(`min(stanzawatch_seen_ratio{${INSTANCE}})`), {
      width: 4,
      unit: 'percentunit',
      decimals: 1,
      thresholds: [
        [null, 'red'],
        [0.9, 'orange'],
        [0.98, 'green'],
      ],
      help: 'Share of the stream bytes seen since the start, worst sensor.',
    }),
    stat('Lag', promqlNow(`max(stanzawatch_pipeline_lag_seconds{${INSTANCE}})`), {
      width: 4,
      unit: 's',
      thresholds: [
        [null, 'green'],
        [1, 'orange'],
        [5, 'red'],
      ],
      help: 'How far the slowest worker is behind its packets. Above some seconds packets will be shed: more workers, or a filter.',
    }),
    stat('Waiting for the store', promqlNow(`sum(stanzawatch_store_queue_length{${INSTANCE}})`), {
      width: 4,
      thresholds: [
        [null, 'green'],
        [1000, 'orange'],
        [10000, 'red'],
      ],
      help: 'Records in memory that the store has not taken. It should fall back to 0 within seconds.',
    }),
    stat(
      'Outputs in trouble',
      promqlNow(`count(stanzawatch_sink_up{${INSTANCE}} == 0) or vector(0)`),
      {
        width: 4,
        thresholds: [
          [null, 'green'],
          [1, 'red'],
        ],
        help: 'Store, EVE file or webhooks that do not work. The health page of the console has the text of the error.',
      },
    ),
    stat(
      'Worker restarts',
      promqlNow(`sum(increase(stanzawatch_worker_restarts_total{${INSTANCE}}[$__range]))`),
      {
        width: 4,
        decimals: 0,
        thresholds: [
          [null, 'green'],
          [1, 'orange'],
        ],
        help: 'Workers that died and were started again in the range. Should be 0.',
      },
    ),
    row('Capture'),
    timeseries(
      'Packets',
      [
        promql(
          rate('capture_packets_total', 'instance, interface', PORT),
          '{{instance}} {{interface}}',
        ),
      ],
      thirds({
        unit: 'pps',
        help: 'Packets read by interface. A line that falls to 0: the mirror session ended, or the cable did.',
      }),
    ),
    timeseries(
      'Bytes',
      [promql(rate('capture_bytes_total', 'instance'), '{{instance}}')],
      thirds({
        unit: 'Bps',
        help: 'Load of the sensor. Compare with what the mirror port should carry: half of it means one direction only.',
      }),
    ),
    timeseries(
      'Packets lost',
      [
        promql(
          rate('capture_dropped_total', 'interface, reason', PORT),
          '{{interface}} {{reason}}',
        ),
      ],
      thirds({
        unit: 'pps',
        help: 'kernel: the ring was full (capture.ring_bytes, more workers); interface: the card dropped; shed: the sensor skipped under load.',
      }),
    ),
    timeseries(
      'Share lost and share seen',
      [
        promql(`stanzawatch:capture_drop_ratio:rate5m{${INSTANCE}}`, 'lost {{instance}}'),
        promql(`stanzawatch:seen_ratio:rate15m{${INSTANCE}}`, 'seen {{instance}}'),
      ],
      thirds({
        unit: 'percentunit',
        max: 1,
        help: 'From the recording rules. Losses above 1 % or seen below 95 % mean missed detections.',
      }),
    ),
    timeseries(
      'Stream bytes',
      [
        promql(rate('tcp_seen_bytes_total'), 'seen'),
        promql(rate('tcp_gap_bytes_total'), 'never seen'),
      ],
      thirds({
        unit: 'Bps',
        help: 'Bytes of TCP streams. Gaps without lost packets: the mirror port loses them, or shows one direction only.',
      }),
    ),
    timeseries(
      'Odd TCP',
      [
        promql(rate('tcp_overlap_conflicts_total'), 'overlaps that differ'),
        promql(rate('tcp_unseen_ack_total'), 'acknowledged, never seen'),
        promql(rate('tcp_checksum_errors_total'), 'wrong checksum'),
        promql(rate('capture_duplicates_total'), 'second copies'),
        promql(rate('decode_errors_total', 'layer'), 'not decoded: {{layer}}'),
      ],
      thirds({
        unit: 'pps',
        help: 'Overlaps that differ are an attempt to evade. Wrong checksums come from offload on the mirrored host: stanzawatch doctor.',
      }),
    ),
    row('Sessions and stanzas'),
    timeseries(
      'Flows and sessions open',
      [
        promql(`sum(stanzawatch_flows_active{${INSTANCE}})`, 'flows'),
        promql(
          `sum by (connection) (stanzawatch_sessions_active{${INSTANCE}})`,
          'sessions {{connection}}',
        ),
        promql(`sum(stanzawatch_alert_incidents_open{${INSTANCE}})`, 'attacks that go on'),
      ],
      thirds({
        help: 'What the sensor follows at the moment. A flood of connections shows here first.',
      }),
    ),
    timeseries(
      'Flows ended and sessions begun',
      [
        promql(rate('flows_total', 'end'), 'flow {{end}}'),
        promql(rate('sessions_total'), 'sessions'),
        promql(rate('flows_degraded_total'), 'followed in part'),
      ],
      thirds({
        unit: 'ops',
        help: 'Many evicted or followed in part: the flow table is too small for this traffic, or somebody fills it.',
      }),
    ),
    timeseries(
      'Stanzas',
      [promql(rate('stanzas_total', 'kind, direction'), '{{kind}} {{direction}}')],
      thirds({
        unit: 'ops',
        isStacked: true,
        help: 'What was read. One direction at 0: the mirror port shows one side only.',
      }),
    ),
    timeseries(
      'XML errors',
      [
        promql(
          `topk(10, sum by (error) (rate(stanzawatch_xml_errors_total{${INSTANCE}}[$__rate_interval])))`,
          '{{error}}',
        ),
      ],
      thirds({
        unit: 'ops',
        help: 'Events of the XML reader, the ten most frequent. Bursts are attacks on parsers, or a broken client.',
      }),
    ),
    timeseries(
      'Time to match a stanza',
      [promql(`stanzawatch:scan_seconds:mean5m{${INSTANCE}}`, '{{instance}}')],
      thirds({
        unit: 's',
        help: 'Mean over five minutes, from the recording rules. A jump after a reload: a rule without a fast pattern.',
      }),
    ),
    timeseries(
      'Detection cut short',
      [
        promql(rate('limits_reached_total', 'limit'), '{{limit}}'),
        promql(rate('alert_incidents_evicted_total'), 'attacks closed for room'),
      ],
      thirds({
        unit: 'ops',
        help: 'Bounds on work and memory that were reached. The limit of that name can be raised, memory permitting.',
      }),
    ),
    row('Alerts and rules'),
    timeseries(
      'Alerts by category',
      [
        promql(
          `sum by (category) (rate(stanzawatch_alerts_total{${INSTANCE}}[$__rate_interval])) * 3600`,
          '{{category}}',
        ),
      ],
      thirds({ help: 'Alerts an hour by the category of their rule.' }),
    ),
    timeseries(
      'Findings that made no alert of their own',
      [
        promql(rate('alert_copies_total'), 'copies of a stanza'),
        promql(rate('alert_firings_folded_total'), 'growth of an attack'),
        promql(
          `sum(rate(stanzawatch_alerts_suppressed_total{${INSTANCE}}[$__rate_interval])) or vector(0)`,
          'threshold or suppression',
        ),
      ],
      thirds({
        unit: 'ops',
        help: 'Why there are fewer alerts than findings. A suppression that holds back much should be looked at.',
      }),
    ),
    timeseries(
      'Rule sets',
      [
        promql(`max(stanzawatch_rules_generation{${INSTANCE}})`, 'generation'),
        promql(`sum(stanzawatch_rules_reload_failures_total{${INSTANCE}})`, 'failed reloads'),
      ],
      thirds({
        help: 'Each good reload is a new generation. A failed one leaves the old rules in force.',
      }),
    ),
    row('Outputs'),
    timeseries(
      'Size of the store',
      [promql(`sum(stanzawatch_store_bytes{${INSTANCE}})`, 'bytes')],
      thirds({
        unit: 'bytes',
        help: 'Size on disk, bounded by output.sqlite.max_bytes and retention_days.',
      }),
    ),
    timeseries(
      'Rows of the store',
      [promql(`sum(stanzawatch_store_rows{${INSTANCE}})`, 'rows')],
      thirds({
        help: 'It grows until retention holds it. A saw-tooth: output.sqlite.max_bytes is reached long before retention_days.',
      }),
    ),
    timeseries(
      'Records not kept',
      [
        promql(rate('store_write_errors_total'), 'failed writes'),
        promql(rate('records_dropped_total'), 'records given up'),
      ],
      thirds({
        unit: 'ops',
        help: 'Failed writes are repeated; records given up are lost. Free disk space, find the lock.',
      }),
    ),
    timeseries(
      'Webhooks',
      [
        promql(
          `sum by (webhook, result) (rate(stanzawatch_webhook_deliveries_total{${INSTANCE}}[$__rate_interval])) * 60 or vector(0)`,
          'webhook {{webhook}} {{result}}',
        ),
        promql(
          `sum by (webhook) (stanzawatch_webhook_queue_length{${INSTANCE}}) or vector(0)`,
          'webhook {{webhook}} waiting',
        ),
        promql(
          `sum by (webhook) (rate(stanzawatch_webhook_retries_total{${INSTANCE}}[$__rate_interval])) * 60 or vector(0)`,
          'webhook {{webhook}} repeated',
        ),
      ],
      thirds({
        help: 'Deliveries a minute. 0 without output.webhooks. refused: the receiver is set up wrongly; expired and overflow: it was away too long.',
      }),
    ),
    row('Memory'),
    timeseries(
      'Memory by pool',
      [promql(`sum by (pool) (stanzawatch_memory_used_bytes{${INSTANCE}})`, '{{pool}}')],
      thirds({ unit: 'bytes', help: 'By pool; rss is the whole process of the workers.' }),
    ),
    timeseries(
      'Pools near their limit',
      [
        promql(
          `stanzawatch_memory_used_bytes{${INSTANCE}} / on (instance, pool) (stanzawatch_memory_limit_bytes > 0)`,
          '{{instance}} {{pool}}',
        ),
      ],
      thirds({
        unit: 'percentunit',
        max: 1,
        help: 'At 1 new flows are not followed, or data out of order is given up.',
      }),
    ),
    timeseries(
      'Tables of stateful detection',
      [
        promql(`topk(10, sum by (table) (stanzawatch_state_entries{${INSTANCE}}))`, '{{table}}'),
        promql(
          `topk(5, sum by (table) (rate(stanzawatch_state_evictions_total{${INSTANCE}}[$__rate_interval])))`,
          '{{table}} forgotten per s',
        ),
      ],
      thirds({
        help: 'Entries of the ten largest tables, and those that forget for room. Tables are bounded; forgetting shortens memory, nothing else.',
      }),
    ),
    timeseries(
      'Files not handled in full',
      [
        promql(rate('files_forgotten_total'), 'ended early'),
        promql(rate('files_overlooked_total'), 'overlooked'),
        promql(rate('file_connections_not_followed_total'), 'connections not followed'),
        promql(rate('file_news_dropped_total'), 'offers not told'),
        promql(rate('files_stored_total', 'result'), 'kept: {{result}}'),
      ],
      thirds({
        unit: 'ops',
        help: 'Limits of files.* that were reached. no_room: files.store_bytes is full.',
      }),
    ),
    timeseries(
      'Packets of alerts',
      [
        promql(rate('packets_kept_total'), 'kept'),
        promql(rate('packets_not_kept_total', 'reason'), 'not kept: {{reason}}'),
      ],
      thirds({
        unit: 'pps',
        help: 'Packets written for alerts. disk and queue: the disk refuses or is slow; budget: more alerts than are written in a while; room: packets.max_bytes.',
      }),
    ),
    timeseries(
      'Packets kept on disk',
      [promql(`sum by (instance) (stanzawatch_packet_spool_bytes{${INSTANCE}})`, '{{instance}}')],
      thirds({
        unit: 'bytes',
        help: 'How far back packets of alerts go: near packets.max_bytes the oldest go first. 0 where packets.keep is off.',
      }),
    ),
    timeseries(
      'Console and API',
      [
        promql(`sum(stanzawatch_api_event_readers{${INSTANCE}})`, 'consoles open'),
        promql(
          `sum by (reason) (rate(stanzawatch_api_refused_total{${INSTANCE}}[$__rate_interval])) * 60`,
          'refused: {{reason}}',
        ),
      ],
      thirds({
        help: 'Refusals a minute by reason. Many unknown tokens: somebody tries; expired ones: a colleague needs a new token.',
      }),
    ),
    timeseries(
      'Packets by the records of the store',
      [
        sqlSeries(`SELECT ${interval('time')} AS time, sensor, max(packets) AS packets, max(dropped) AS dropped
          FROM sensor_stats WHERE ${within('time')} AND ${SENSOR} GROUP BY 1, 2 ORDER BY 1`),
      ],
      thirds({
        width: 24,
        help: 'Since the start of the sensor, from the store: what was captured when the alerts of that day came.',
      }),
    ),
  ],
};
