/**
 * Every metric of the sensor (INTERFACE.md section 5): name, type, labels, meaning, and where its values come from.
 * Labels take values from fixed sets only: no address, JID, room, URL or text ever gets here.
 */
import { EVENTS, type CounterName, type LimitName } from '../../core/index.ts';
import type { SensorRecord } from '../../alert/index.ts';
import { DUTY_METRICS } from './duty-metrics.ts';
import { FILE_METRICS } from './file-metrics.ts';
import { counter, gauge, type CounterSamples, type MetricInfo } from './metric-info.ts';
import { RECORD_METRICS, alertsIn, newSeverities } from './record-metrics.ts';

export const PREFIX = 'stanzawatch_';

export const METRICS = {
  buildInfo: gauge('build_info', 'Always 1; says which version runs', 'version'),
  up: gauge('up', 'Always 1 while the sensor answers'),
  capturePackets: counter('capture_packets_total', 'Packets received', 'interface'),
  captureBytes: counter('capture_bytes_total', 'Bytes of the packets received'),
  captureDropped: counter(
    'capture_dropped_total',
    'Packets lost before they were read: by the kernel (ring full), the interface, or shed under overload',
    'interface',
    'reason',
  ),
  decodeErrors: counter('decode_errors_total', 'Packets that could not be decoded', 'layer'),
  flowsActive: gauge('flows_active', 'Flows in the table'),
  flows: counter('flows_total', 'Flows ended', 'end'),
  gapBytes: counter('tcp_gap_bytes_total', 'Stream bytes that were never seen'),
  overlapConflicts: counter(
    'tcp_overlap_conflicts_total',
    'Segments that claimed bytes already seen with other content',
  ),
  unseenAck: counter('tcp_unseen_ack_total', 'Acknowledgements of bytes that were never seen'),
  checksumErrors: counter('tcp_checksum_errors_total', 'Segments with a wrong checksum'),
  sessionsActive: gauge('sessions_active', 'XMPP sessions open', 'connection'),
  stanzas: counter('stanzas_total', 'First-level elements read', 'kind', 'direction'),
  xmlErrors: counter('xml_errors_total', 'XML and UTF-8 events raised', 'error'),
  encryptedFlows: counter('encrypted_flows_total', 'Flows that became unreadable', 'how'),
  alerts: counter(
    'alerts_total',
    'Alerts, repeats folded under load counted; an attack that goes on is one',
    'category',
    'severity',
  ),
  incidentFirings: counter(
    'alert_firings_folded_total',
    'Findings that made the alert of an attack grow instead of raising another',
  ),
  incidentsOpen: gauge('alert_incidents_open', 'Attacks that go on: their alerts may grow'),
  incidentsEvicted: counter(
    'alert_incidents_evicted_total',
    'Attacks closed because too many others were open',
  ),
  alertsSuppressed: counter(
    'alerts_suppressed_total',
    'Findings that a threshold or suppression of their rule held back',
    'sid',
  ),
  alertCopies: counter(
    'alert_copies_total',
    'Findings on copies of a stanza that was alerted on already',
  ),
  rulesLoaded: gauge('rules_loaded', 'Rules in force'),
  rulesFailed: gauge('rules_failed', 'Rules refused at the latest load'),
  rulesGeneration: gauge(
    'rules_generation',
    'Counts the rule sets that were in force: one more for each good reload',
  ),
  reloadSuccess: gauge(
    'rules_reload_success_timestamp_seconds',
    'When rules were last loaded successfully',
  ),
  reloadFailures: counter('rules_reload_failures_total', 'Reloads that failed; the old rules stay'),
  ...RECORD_METRICS,
  ...FILE_METRICS,
  ...DUTY_METRICS,
  pipelineLag: gauge(
    'pipeline_lag_seconds',
    'Delay between the time of a packet and its turn, worst of the workers',
  ),
  storeWriteErrors: counter('store_write_errors_total', 'Writes to the store that failed'),
  storeRows: gauge('store_rows', 'Rows of the tables that grow'),
  storeBytes: gauge('store_bytes', 'Size of the store on disk'),
  storeQueue: gauge('store_queue_length', 'Records waiting to be stored'),
  recordsDropped: counter('records_dropped_total', 'Records given up before a sink took them'),
  memoryUsed: gauge('memory_used_bytes', 'Memory in use', 'pool'),
  memoryLimit: gauge('memory_limit_bytes', 'Limit of a memory pool', 'pool'),
  stateEntries: gauge(
    'state_entries',
    'Entries in a table of stateful detection, expired ones included',
    'table',
  ),
  stateEvictions: counter(
    'state_evictions_total',
    'Entries forgotten because a table of stateful detection was full',
    'table',
  ),
  workerUp: gauge('worker_up', 'Is the capture worker running?', 'worker'),
  workerRestarts: counter('worker_restarts_total', 'Capture workers started again'),
  seenRatio: gauge('seen_ratio', 'Stream bytes seen divided by those known to exist'),
} as const satisfies Readonly<Record<string, MetricInfo>>;

export type MetricKey = keyof typeof METRICS;

/** `scan_seconds` is a summary without quantiles: `_sum` and `_count`. */
export const SCAN_SECONDS = {
  name: 'scan_seconds',
  help: 'Time spent matching stanzas against the rules; one observation for each stanza',
} as const;

/** Counters that go up and down: a worker that is gone counts nothing. */
export const GAUGES: ReadonlySet<CounterName> = new Set<CounterName>([
  'flowsActive',
  'flowMemuse',
  'reassemblyMemuse',
  'sessionsC2s',
  'sessionsS2s',
  'sessionsComponent',
  'sessionsServerless',
  'incidentsOpen',
  'filesOpen',
  'packetSpoolBytes',
]);

export const FLOW_ENDS: CounterSamples = [
  [{ end: 'closed' }, 'flowsEndClosed'],
  [{ end: 'reset' }, 'flowsEndReset'],
  [{ end: 'timeout' }, 'flowsEndTimeout'],
  [{ end: 'evicted' }, 'flowsEndEvicted'],
  [{ end: 'shutdown' }, 'flowsEndShutdown'],
];

export const CONNECTIONS: CounterSamples = [
  [{ connection: 'c2s' }, 'sessionsC2s'],
  [{ connection: 's2s' }, 'sessionsS2s'],
  [{ connection: 'component' }, 'sessionsComponent'],
  [{ connection: 'serverless' }, 'sessionsServerless'],
];

export const STANZA_KINDS: CounterSamples = [
  [{ kind: 'message', direction: 'to_server' }, 'stanzasMessageToServer'],
  [{ kind: 'message', direction: 'to_client' }, 'stanzasMessageToClient'],
  [{ kind: 'presence', direction: 'to_server' }, 'stanzasPresenceToServer'],
  [{ kind: 'presence', direction: 'to_client' }, 'stanzasPresenceToClient'],
  [{ kind: 'iq', direction: 'to_server' }, 'stanzasIqToServer'],
  [{ kind: 'iq', direction: 'to_client' }, 'stanzasIqToClient'],
  [{ kind: 'other', direction: 'to_server' }, 'stanzasOtherToServer'],
  [{ kind: 'other', direction: 'to_client' }, 'stanzasOtherToClient'],
];

export const ENCRYPTED: CounterSamples = [
  [{ how: 'starttls' }, 'encryptedStarttls'],
  [{ how: 'direct' }, 'encryptedDirect'],
  [{ how: 'compressed' }, 'encryptedCompressed'],
];

/** Memory pool -> the limit that bounds it. */
export const POOL_LIMITS: readonly (readonly [pool: string, limit: LimitName])[] = [
  ['flow', 'flowMemcapBytes'],
  ['reassembly', 'reassemblyMemcapBytes'],
  ['packets', 'packetsRingBytes'],
];

/** Event ids by the label value they count under. */
export type EventGroups = ReadonlyMap<string, readonly number[]>;

/** `decoder.tcp.truncated` counts as layer tcp; `decoder.payload_truncated` belongs to none and is `payload`. */
export const DECODE_LAYERS: EventGroups = groupEvents((name) => {
  const [room, layer, what] = name.split('.');
  if (room !== 'decoder' || layer === undefined) return undefined;
  return what === undefined ? 'payload' : layer;
});

/** Every event of the tokenizer by its own name. */
export const XML_ERRORS: EventGroups = groupEvents((name) =>
  /^(?:xml|utf8)\./.test(name) ? name : undefined,
);

function groupEvents(labelOf: (name: string) => string | undefined): EventGroups {
  const groups = new Map<string, number[]>();
  EVENTS.forEach(({ name }, id) => {
    const label = labelOf(name);
    if (label === undefined) return;
    const ids = groups.get(label) ?? [];
    ids.push(id);
    groups.set(label, ids);
  });
  return groups;
}

/** Adds the alerts among `records` to totals by category and severity. */
export function addAlerts(
  totals: Map<string, Map<string, number>>,
  records: readonly SensorRecord[],
): void {
  for (const entry of records) {
    if (entry.kind !== 'alert') continue;
    const { category, severity } = entry.record.alert;
    const bySeverity = totals.get(category) ?? newSeverities();
    totals.set(category, bySeverity);
    const label = String(severity);
    bySeverity.set(label, (bySeverity.get(label) ?? 0) + alertsIn(entry.record));
  }
}
