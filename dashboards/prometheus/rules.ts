/**
 * The one table of recording and alerting rules. Prometheus' rule files and Grafana's alert rules are both written from
 * it, so their expressions cannot differ. Labels of a result are `instance` and words from fixed sets: nothing from
 * traffic gets into an alert, a notification or a ticket; who did what is in the console.
 */

export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

export interface AlertRule {
  /** Name in Prometheus; Grafana's uid is made of it. */
  readonly name: string;
  readonly group: 'detections' | 'visibility' | 'sensor';
  /** Any value it returns fires: Grafana asks for one above -1, so expressions return none below 0. */
  readonly expr: string;
  /** How long it must hold, as `5m`; `0s` for at once. */
  readonly holds: string;
  readonly severity: 'critical' | 'warning' | 'info';
  /** `{instance}` and other labels of the result, `{value}` and `{percent}` are filled in when it fires. */
  readonly summary: string;
  readonly meaning: string;
  readonly action: string;
  /** Page of the console. */
  readonly console: string;
  /** uid of the Grafana dashboard. */
  readonly dashboard: string;
}

const JOB = 'stanzawatch';

/**
 * Series that grew within `window`, and those that began above 0 in it: an alert raised before the first scrape of a
 * new sensor is no increase to Prometheus.
 */
function grew(series: string, window: string, by: string): string {
  return (
    `sum by (${by}) (increase(${series}[${window}])) > 0` +
    ` or sum by (${by}) (${series} unless ${series} offset ${window}) > 0`
  );
}

/** Divides without ever dividing by 0: of nothing, nothing is lost. */
function share(part: string, whole: string): string {
  return `${part} / clamp_min(${whole}, 1e-9)`;
}

const DROPPED = 'sum by (instance) (rate(stanzawatch_capture_dropped_total[5m]))';
const READ = 'sum by (instance) (rate(stanzawatch_capture_packets_total[5m]))';
const GAPS = 'rate(stanzawatch_tcp_gap_bytes_total[15m])';
const SEEN = 'rate(stanzawatch_tcp_seen_bytes_total[15m])';

export const RECORDING_RULES: readonly RecordingRule[] = [
  {
    record: 'stanzawatch:capture_drop_ratio:rate5m',
    expr: share(DROPPED, `${DROPPED} + ${READ}`),
  },
  {
    record: 'stanzawatch:seen_ratio:rate15m',
    expr: `1 - ${share(GAPS, `${GAPS} + ${SEEN}`)}`,
  },
  {
    record: 'stanzawatch:family_alerts:increase1h',
    expr: 'sum by (instance, family) (increase(stanzawatch_family_alerts_total[1h]))',
  },
  {
    record: 'stanzawatch:scan_seconds:mean5m',
    expr: share(
      'rate(stanzawatch_scan_seconds_sum[5m])',
      'rate(stanzawatch_scan_seconds_count[5m])',
    ),
  },
];

const SOC = 'stanzawatch-soc';
const SPIM = 'stanzawatch-spim';
const LEAK = 'stanzawatch-leak';
const EXPOSURE = 'stanzawatch-exposure';
const HEALTH = 'stanzawatch-health';

const EXPOSED = 'stanzawatch_exposures_total{exposed=~"password|token"}';

const DETECTIONS: readonly Omit<AlertRule, 'group'>[] = [
  {
    name: 'StanzawatchCriticalAlert',
    expr: grew('stanzawatch_family_alerts_total{severity="1"}', '5m', 'instance, family'),
    holds: '0s',
    severity: 'critical',
    summary: 'Critical {family} alert on {instance}',
    meaning: 'A detection of severity 1 fired within the last five minutes.',
    action:
      'Open the inbox, filter by severity critical, read the story and the evidence of the newest alert, then acknowledge or escalate it. The packets of its flow are on its page.',
    console: '/inbox?severity=1',
    dashboard: SOC,
  },
  {
    name: 'StanzawatchHighAlert',
    expr: grew('stanzawatch_family_alerts_total{severity="2"}', '15m', 'instance, family'),
    holds: '0s',
    severity: 'warning',
    summary: 'High {family} alert on {instance}',
    meaning: 'A detection of severity 2 fired within the last fifteen minutes.',
    action:
      'Open the inbox, filter by severity high and go through the groups. What is wanted there is tuned from the alert: suppress or threshold, with a reason.',
    console: '/inbox?severity=2',
    dashboard: SOC,
  },
  {
    name: 'StanzawatchSpimCampaign',
    expr: grew('stanzawatch_campaigns_total', '15m', 'instance, kind'),
    holds: '0s',
    severity: 'warning',
    summary: 'New SPIM campaign held together by {kind} on {instance}',
    meaning:
      'Messages from many accounts carry one text, link or domain: spam is being sent to, or from, the accounts of this network.',
    action:
      'Open the campaign: its senders and their domains are candidates for a block on the server, its recipients for a warning. Own accounts among the senders are likely taken over.',
    console: '/campaigns',
    dashboard: SPIM,
  },
  {
    name: 'StanzawatchDataLeak',
    expr: grew('stanzawatch_family_alerts_total{family="leak",severity=~"1|2"}', '15m', 'instance'),
    holds: '0s',
    severity: 'warning',
    summary: 'Sensitive data went over XMPP in clear, seen by {instance}',
    meaning:
      'A message or file held data that should not be there: cards, accounts, keys, marked documents.',
    action:
      'Open the inbox filtered by dlp-: see who sent what to whom and whether it left the organisation. Keys and passwords that were shown must be changed.',
    console: '/inbox?detection=dlp-',
    dashboard: LEAK,
  },
  {
    name: 'StanzawatchCredentialExposureRise',
    // Where yesterday is not known, everything is a rise.
    expr:
      `sum by (instance) (increase(${EXPOSED}[1h])) > 10 unless ` +
      `sum by (instance) (increase(${EXPOSED}[1h])) <= ` +
      `3 * sum by (instance) (increase(${EXPOSED}[1d] offset 1h)) / 24`,
    holds: '5m',
    severity: 'warning',
    summary: '{value} credentials shown in clear within an hour on {instance}',
    meaning:
      'Passwords or tokens crossed the wire readable, more than ten within the hour and more than three times as many as on average of the day before.',
    action:
      'Open the exposures and sort by last seen: one server or client that is new explains most rises. Require STARTTLS on the server, and have the passwords changed.',
    console: '/exposures',
    dashboard: EXPOSURE,
  },
];

const VISIBILITY: readonly Omit<AlertRule, 'group'>[] = [
  {
    name: 'StanzawatchCaptureDrops',
    expr: 'stanzawatch:capture_drop_ratio:rate5m > 0.01',
    holds: '5m',
    severity: 'warning',
    summary: '{percent} of the packets are lost on {instance}',
    meaning:
      'The kernel, the interface or the sensor under load dropped packets: sessions have holes, detections are missed.',
    action:
      'See which reason drops on the dashboard. kernel: raise capture.ring_bytes or capture.workers; shed: more workers or a BPF filter; interface: the mirror port sends more than the link takes.',
    console: '/health',
    dashboard: HEALTH,
  },
  {
    name: 'StanzawatchSeenRatioLow',
    expr: 'stanzawatch:seen_ratio:rate15m < 0.95',
    holds: '15m',
    severity: 'warning',
    summary: 'Only {percent} of the stream bytes are seen on {instance}',
    meaning:
      'Part of what hosts acknowledge never reaches the sensor: alerts are missing and seen % of sessions falls.',
    action:
      'Compare with the drops. Without drops the mirror port is the cause: oversubscribed, one direction only, or two paths of which one is mirrored. stanzawatch doctor looks at offloads of the interface.',
    console: '/health',
    dashboard: HEALTH,
  },
  {
    name: 'StanzawatchNoTraffic',
    expr: 'sum by (instance, interface) (rate(stanzawatch_capture_packets_total[10m])) == 0',
    holds: '10m',
    severity: 'critical',
    summary: 'No packets on interface {interface} of {instance}',
    meaning: 'Nothing has arrived for ten minutes: the sensor is blind, silence is no good news.',
    action:
      'Check that the mirror session of the switch still runs, that the link is up, and that the BPF filter still fits the addresses.',
    console: '/health',
    dashboard: HEALTH,
  },
  {
    name: 'StanzawatchNoXmpp',
    expr:
      'sum by (instance) (rate(stanzawatch_stanzas_total[1h])) == 0 and ' +
      'sum by (instance) (rate(stanzawatch_capture_packets_total[1h])) > 0',
    holds: '30m',
    severity: 'info',
    summary: 'Packets but no XMPP on {instance}',
    meaning:
      'Packets arrive, but not one stanza was read for an hour: nobody chats in clear, or the mirror shows the wrong network.',
    action:
      'Look at encrypted flows on the dashboard: if they rise, clients moved to TLS, which is good. If there are none either, check what the mirror port mirrors.',
    console: '/sessions',
    dashboard: EXPOSURE,
  },
  {
    name: 'StanzawatchDetectionCutShort',
    expr:
      'sum by (instance) (increase(stanzawatch_limits_reached_total[15m])) + ' +
      'sum by (instance) (increase(stanzawatch_flows_degraded_total[15m])) > 0',
    holds: '15m',
    severity: 'info',
    summary: 'Detection is cut short on {instance}',
    meaning:
      'A bound on work or memory was reached again and again for a quarter of an hour: some stanzas or flows were looked at in part only.',
    action:
      'See which limit on the dashboard. A flood made to exhaust the sensor shows in the inbox too; otherwise raise the limit of that name in the configuration.',
    console: '/health',
    dashboard: HEALTH,
  },
  {
    name: 'StanzawatchFilesNotInspected',
    expr: 'sum by (instance) (increase(stanzawatch_file_inspections_total{result=~"refused|failed|no_memory"}[15m])) > 0',
    holds: '15m',
    severity: 'info',
    summary: 'Files are not looked into on {instance}',
    meaning:
      'Files moved whose content was not searched: too many at once, or no memory for their bytes.',
    action:
      'The files are listed in the console with their names and hashes. If it stays, raise the limits files.*.',
    console: '/files',
    dashboard: LEAK,
  },
];

const SENSOR: readonly Omit<AlertRule, 'group'>[] = [
  {
    name: 'StanzawatchDown',
    expr: `up{job="${JOB}"} == 0 or absent(up{job="${JOB}"})`,
    holds: '2m',
    severity: 'critical',
    summary: 'Sensor {instance} does not answer',
    meaning: 'Prometheus cannot scrape the sensor, or knows none: nothing is watched.',
    action:
      'On its host: systemctl status stanzawatch, then journalctl -u stanzawatch. stanzawatch doctor names what is missing.',
    console: '/health',
    dashboard: HEALTH,
  },
  {
    name: 'StanzawatchWorkerDown',
    expr: 'stanzawatch_worker_up == 0',
    holds: '1m',
    severity: 'critical',
    summary: 'Capture worker {worker} of {instance} does not come back',
    meaning:
      'A capture worker died and could not be started again: its share of the traffic is not seen.',
    action:
      'The log says why it ended (journalctl -u stanzawatch). An interface that is gone must be brought up; memory that ran out needs lower limits.',
    console: '/health',
    dashboard: HEALTH,
  },
  {
    name: 'StanzawatchWorkerRestarts',
    expr: 'increase(stanzawatch_worker_restarts_total[15m]) > 0',
    holds: '0s',
    severity: 'warning',
    summary: 'A capture worker of {instance} was started again',
    meaning:
      'A worker died within the last fifteen minutes. Flows it followed have a hole; another one follows the rest.',
    action:
      'Look for the reason in the log. If it comes back with the same traffic, keep the packets and report it: traffic must never end a worker.',
    console: '/health',
    dashboard: HEALTH,
  },
  {
    name: 'StanzawatchStoreErrors',
    expr: 'increase(stanzawatch_store_write_errors_total[10m]) > 0',
    holds: '2m',
    severity: 'warning',
    summary: 'Writes to the store fail on {instance}',
    meaning:
      'The database is locked, full or damaged. Records wait in memory, alerts are kept longest.',
    action:
      'Free disk space, or find what holds the database open (a backup, a reader in a write transaction). The health page has the text of the error.',
    console: '/health',
    dashboard: HEALTH,
  },
  {
    name: 'StanzawatchStoreQueue',
    expr: 'stanzawatch_store_queue_length > 10000',
    holds: '5m',
    severity: 'warning',
    summary: '{value} records wait for the store of {instance}',
    meaning:
      'The store takes records slower than they come: the disk is slow or another process writes.',
    action:
      'Check the disk (iostat -x 1). At limits store.queue records other than alerts are dropped.',
    console: '/health',
    dashboard: HEALTH,
  },
  {
    name: 'StanzawatchRecordsDropped',
    expr: 'increase(stanzawatch_records_dropped_total[10m]) > 0',
    holds: '0s',
    severity: 'critical',
    summary: 'Records were given up on {instance}',
    meaning: 'A queue was full and records were dropped: the store has gaps from here on.',
    action:
      'Find the cause with StanzawatchStoreErrors or StanzawatchStoreQueue; EVE lines may still have what the store lacks.',
    console: '/health',
    dashboard: HEALTH,
  },
  {
    name: 'StanzawatchSinkDown',
    expr: 'stanzawatch_sink_up == 0',
    holds: '5m',
    severity: 'warning',
    summary: 'Output {sink} of {instance} does not work',
    meaning: 'The store, the EVE file or a webhook has been in trouble for five minutes.',
    action:
      'The health page has the text of the error. Webhooks: is the receiver up, and does it answer 2xx within ten seconds?',
    console: '/health',
    dashboard: HEALTH,
  },
  {
    name: 'StanzawatchWebhookLost',
    expr: 'sum by (instance, webhook) (increase(stanzawatch_webhook_deliveries_total{result=~"refused|expired|overflow"}[15m])) > 0',
    holds: '0s',
    severity: 'warning',
    summary: 'Webhook {webhook} of {instance} lost alerts',
    meaning:
      'Alerts were refused by the receiver or waited too long for it. The store has them all.',
    action:
      'Read the missed alerts in the inbox. A receiver that refuses (HTTP 4xx or a redirect) is set up wrongly: the health page says what it answered.',
    console: '/inbox',
    dashboard: HEALTH,
  },
  {
    name: 'StanzawatchPacketsNotKept',
    expr: 'sum by (instance) (increase(stanzawatch_packets_not_kept_total{reason=~"queue|disk"}[15m])) > 0',
    holds: '0s',
    severity: 'warning',
    summary: 'Packets of alerts are not kept on {instance}',
    meaning:
      'The disk refused packets of flows that raised alerts, or was too slow for them: those alerts have no capture to look into.',
    action:
      'Make the folder packets of the data folder writable, free space, or use a faster disk. packets.keep: false switches it off.',
    console: '/health',
    dashboard: HEALTH,
  },
  {
    name: 'StanzawatchRulesRefused',
    expr: 'stanzawatch_rules_failed > 0',
    holds: '5m',
    severity: 'warning',
    summary: '{value} rules are refused on {instance}',
    meaning: 'Some rules did not load: what they would find is not found.',
    action: 'stanzawatch rules check names file, line and reason of each.',
    console: '/rules',
    dashboard: HEALTH,
  },
  {
    name: 'StanzawatchNoRules',
    expr: 'stanzawatch_rules_loaded == 0',
    holds: '2m',
    severity: 'critical',
    summary: 'No rules are in force on {instance}',
    meaning: 'The sensor follows sessions and detects nothing.',
    action: 'Check rules.files in the configuration, then stanzawatch rules check and reload.',
    console: '/rules',
    dashboard: HEALTH,
  },
  {
    name: 'StanzawatchReloadFailed',
    expr: 'increase(stanzawatch_rules_reload_failures_total[1h]) > 0',
    holds: '0s',
    severity: 'warning',
    summary: 'Rules could not be reloaded on {instance}',
    meaning: 'The rules of before stay in force: what was changed does not work yet.',
    action:
      'The rules page says why. Correct the files, stanzawatch rules check, then reload again.',
    console: '/rules',
    dashboard: HEALTH,
  },
  {
    name: 'StanzawatchLag',
    expr: 'stanzawatch_pipeline_lag_seconds > 5',
    holds: '5m',
    severity: 'warning',
    summary: '{instance} is {value} seconds behind its traffic',
    meaning:
      'Packets wait longer than five seconds: alerts come late, and packets will be shed soon.',
    action:
      'More workers (capture.workers: auto), or a BPF filter that leaves out what needs no watching.',
    console: '/health',
    dashboard: HEALTH,
  },
  {
    name: 'StanzawatchMemoryNearLimit',
    expr: 'stanzawatch_memory_used_bytes / on (instance, pool) (stanzawatch_memory_limit_bytes > 0) > 0.9',
    holds: '10m',
    severity: 'warning',
    summary: 'Memory pool {pool} of {instance} is {percent} full',
    meaning: 'Soon flows are not followed, or reassembly gives up data out of order.',
    action:
      'A flood of connections or segments may want exactly this: see flows and gaps on the dashboard. Otherwise raise the limit of the pool.',
    console: '/health',
    dashboard: HEALTH,
  },
];

function inGroup(
  group: AlertRule['group'],
  rules: readonly Omit<AlertRule, 'group'>[],
): readonly AlertRule[] {
  return rules.map((rule) => ({ ...rule, group }));
}

export const ALERT_RULES: readonly AlertRule[] = [
  ...inGroup('detections', DETECTIONS),
  ...inGroup('visibility', VISIBILITY),
  ...inGroup('sensor', SENSOR),
];

/** How a monitoring system writes what is filled in. */
export interface Placeholders {
  readonly label: (name: string) => string;
  readonly value: string;
  readonly percent: string;
}

/** Annotations of an alert. The description is the runbook: what it means, what to do, where to look. */
export function annotationsOf(rule: AlertRule, fill: Placeholders): Record<string, string> {
  const text = (template: string): string =>
    template.replace(/\{([a-z]+)\}/g, (_, name: string) => {
      if (name === 'value') return fill.value;
      return name === 'percent' ? fill.percent : fill.label(name);
    });
  return {
    summary: text(rule.summary),
    description: `${rule.meaning} What to do: ${rule.action}`,
    console: rule.console,
    dashboard: `/d/${rule.dashboard}`,
  };
}
