/**
 * Alert rules of Grafana, from the table that Prometheus' rules are written from. Each asks Prometheus the same
 * expression, which returns something only when it fires; a threshold below every value makes that the condition, and
 * no data means that all is well.
 */
import { yaml } from '../prometheus/prometheus-files.ts';
import {
  ALERT_RULES,
  annotationsOf,
  type AlertRule,
  type Placeholders,
} from '../prometheus/rules.ts';

const NOTE =
  '# Written by `npm run build:grafana` from dashboards/prometheus/rules.ts. Change it there.\n' +
  '# Needs the recording rules in Prometheus. Grafana fills in {{ }} itself: annotations are not subject to $ENV.\n';

const FOLDER = 'Stanzawatch';
const DATASOURCE = 'stanzawatch-prometheus';
const GROUPS = ['detections', 'visibility', 'sensor'] as const satisfies AlertRule['group'][];
/** Expressions return no value below 0. */
const BELOW_ALL = -1;

const GRAFANA: Placeholders = {
  label: (name) => `{{ $labels.${name} }}`,
  value: '{{ humanize $values.A.Value }}',
  percent: '{{ humanizePercentage $values.A.Value }}',
};

/** Stable, at most 40 characters: `stanzawatch-critical-alert`. */
export function uidOf(rule: AlertRule): string {
  return rule.name.replace(/(?!^)[A-Z]/g, '-$&').toLowerCase();
}

export function alertRulesFile(): string {
  const groups = GROUPS.map((group) => ({
    orgId: 1,
    name: `stanzawatch-${group}`,
    folder: FOLDER,
    interval: '1m',
    rules: ALERT_RULES.filter((rule) => rule.group === group).map(ruleOf),
  }));
  return NOTE + yaml({ apiVersion: 1, groups });
}

function ruleOf(rule: AlertRule): object {
  return {
    uid: uidOf(rule),
    title: rule.name,
    condition: 'B',
    data: [
      {
        refId: 'A',
        relativeTimeRange: { from: 600, to: 0 },
        datasourceUid: DATASOURCE,
        model: {
          refId: 'A',
          datasource: { type: 'prometheus', uid: DATASOURCE },
          editorMode: 'code',
          expr: rule.expr,
          instant: true,
          range: false,
          intervalMs: 1000,
          maxDataPoints: 43200,
        },
      },
      {
        refId: 'B',
        relativeTimeRange: { from: 0, to: 0 },
        datasourceUid: '__expr__',
        model: {
          refId: 'B',
          type: 'threshold',
          datasource: { type: '__expr__', uid: '__expr__' },
          expression: 'A',
          conditions: [
            {
              type: 'query',
              evaluator: { type: 'gt', params: [BELOW_ALL] },
              operator: { type: 'and' },
              query: { params: ['B'] },
              reducer: { type: 'last', params: [] },
            },
          ],
        },
      },
    ],
    noDataState: 'OK',
    execErrState: 'Error',
    for: rule.holds,
    annotations: annotationsOf(rule, GRAFANA),
    labels: { severity: rule.severity, source: 'stanzawatch' },
    isPaused: false,
  };
}
