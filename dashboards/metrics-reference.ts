/** METRICS.md: every exported metric with its meaning and where it is used, from the sensor's own table. */
import { METRICS, PREFIX, SCAN_SECONDS, type MetricInfo } from '../sensor/output/index.ts';
import { expressions } from './expressions.ts';

/** Metrics that no panel and no rule asks for, and when one does by hand. */
export const AD_HOC: Readonly<Record<string, string>> = {
  files_retold_total:
    'why there are fewer files than transfers: the second sight of one told before',
};

interface Row extends Pick<MetricInfo, 'name' | 'type' | 'help' | 'labels'> {
  readonly type: 'counter' | 'gauge';
}

/** Every series name that /metrics has, without the prefix. */
export const EXPORTED: readonly (Row | (Omit<Row, 'type'> & { readonly type: 'summary' }))[] = [
  ...Object.values<MetricInfo>(METRICS),
  { name: SCAN_SECONDS.name, type: 'summary', help: SCAN_SECONDS.help, labels: [] },
];

/** Dashboards and rules whose expressions name the metric. */
export function usersOf(name: string): readonly string[] {
  const pattern = new RegExp(`\\b${PREFIX}${name}(?:_sum|_count)?\\b`);
  const users = expressions().filter(({ text }) => pattern.test(text));
  return [...new Set(users.map(({ where }) => where))];
}

export function metricsReference(): string {
  const rows = EXPORTED.map(({ name, type, labels, help }) => {
    const users = usersOf(name);
    const use = users.length > 0 ? users.join(', ') : `ad hoc: ${AD_HOC[name] ?? ''}`;
    const label = labels.length === 0 ? '' : `{${labels.join(',')}}`;
    return `| \`${name}${label}\` | ${type} | ${help} | ${use} |`;
  });
  return `# Metrics

\`/metrics\` in Prometheus' text format, prefix \`${PREFIX}\`. Labels take values from fixed sets: no address, JID, room, URL
or text. Series of known sets are there from the start with 0. This file is written by \`npm run build:grafana\`.

\`scan_seconds\` has \`_sum\` and \`_count\`. \`category\` is the long text of a rule's classtype, \`family\` what the alert is about:
xml, auth, abuse, federation, spim, leak, malware, policy, evasion, or other for rules outside the shipped sid blocks
whose detection tells nothing. \`sid\` of \`alerts_suppressed_total\` is bounded by the rule set. \`webhook\` counts the entries of
\`output.webhooks\` from 1.

| Metric | Type | Meaning | Used by |
|---|---|---|---|
${rows.join('\n')}
`;
}
