/** Prometheus' rule files and the file of promtool's unit tests, from the table of rules. */
import { stringify } from 'yaml';
import { RULE_CASES, type RuleCase } from './rule-cases.ts';
import {
  ALERT_RULES,
  RECORDING_RULES,
  annotationsOf,
  type AlertRule,
  type Placeholders,
} from './rules.ts';

const NOTE =
  '# Written by `npm run build:grafana` from rules.ts and rule-cases.ts. Change it there.\n';
const GROUPS = ['detections', 'visibility', 'sensor'] as const satisfies AlertRule['group'][];

const PROMETHEUS: Placeholders = {
  label: (name) => `{{ $labels.${name} }}`,
  value: '{{ $value | humanize }}',
  percent: '{{ $value | humanizePercentage }}',
};

/** YAML without folded lines: an expression stays on its line. */
export function yaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}

export function recordingRulesFile(): string {
  return NOTE + yaml({ groups: [{ name: 'stanzawatch-recording', rules: RECORDING_RULES }] });
}

export function alertingRulesFile(): string {
  const groups = GROUPS.map((group) => ({
    name: `stanzawatch-${group}`,
    rules: ALERT_RULES.filter((rule) => rule.group === group).map((rule) => ({
      alert: rule.name,
      expr: rule.expr,
      ...(rule.holds === '0s' ? {} : { for: rule.holds }),
      labels: { severity: rule.severity },
      annotations: annotationsOf(rule, PROMETHEUS),
    })),
  }));
  return NOTE + yaml({ groups });
}

/** promtool test rules: every alert fires on one course of its series and stays quiet on another. */
export function ruleTestsFile(clock: '1m' | '10m'): string {
  const cases = RULE_CASES.filter((each) => (each.clock ?? '1m') === clock);
  const tests = cases.flatMap((each) => [
    testOf(each, `${each.alert} fires`, each.fires.series, each.fires.at, each.fires.labels),
    testOf(each, `${each.alert} stays quiet`, each.quiet.series, each.quiet.at, []),
  ]);
  return (
    NOTE +
    yaml({
      rule_files: ['recording.rules.yml', 'alerting.rules.yml'],
      evaluation_interval: clock,
      tests,
    })
  );
}

function testOf(
  { alert, filled }: RuleCase,
  name: string,
  series: Readonly<Record<string, string>>,
  at: string,
  labels: readonly Readonly<Record<string, string>>[],
): object {
  const rule = ALERT_RULES.find((each) => each.name === alert);
  if (rule === undefined) throw new Error(`No alert is called ${alert}`);
  return {
    name,
    interval: '1m',
    input_series: Object.entries(series).map(([key, values]) => ({ series: key, values })),
    alert_rule_test: [
      {
        eval_time: at,
        alertname: alert,
        exp_alerts: labels.map((each) => ({
          exp_labels: { ...each, severity: rule.severity },
          exp_annotations: annotationsOf(rule, {
            label: (label) => each[label] ?? '',
            value: filled ?? '',
            percent: filled ?? '',
          }),
        })),
      },
    ],
  };
}
