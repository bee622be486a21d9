/** Every PromQL expression and SQL query of dashboards and rules, for the reference of metrics and the tests. */
import { DASHBOARDS } from './grafana/dashboards.ts';
import { ALERT_RULES, RECORDING_RULES } from './prometheus/rules.ts';

export interface Expression {
  readonly kind: 'promql' | 'sql';
  readonly text: string;
  /** Title of the dashboard, or kind of rule. */
  readonly where: string;
  /** Panel or rule. */
  readonly what: string;
}

export function expressions(): readonly Expression[] {
  return [
    ...DASHBOARDS.flatMap(({ title, panels }) =>
      panels.flatMap((panel) =>
        panel.targets.map(({ kind, text }) => ({
          kind,
          text,
          where: title.replace('Stanzawatch: ', ''),
          what: panel.title,
        })),
      ),
    ),
    ...RECORDING_RULES.map(({ record, expr }) => ({
      kind: 'promql' as const,
      text: expr,
      where: 'recording rules',
      what: record,
    })),
    ...ALERT_RULES.map(({ name, expr }) => ({
      kind: 'promql' as const,
      text: expr,
      where: 'alerts',
      what: name,
    })),
  ];
}
