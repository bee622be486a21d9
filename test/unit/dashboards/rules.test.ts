import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { FOLDER } from '../../../dashboards/build.ts';
import { expressions } from '../../../dashboards/expressions.ts';
import { uidOf } from '../../../dashboards/grafana/alert-provisioning.ts';
import { DASHBOARDS } from '../../../dashboards/grafana/dashboards.ts';
import { AD_HOC, EXPORTED, usersOf } from '../../../dashboards/metrics-reference.ts';
import { RULE_CASES } from '../../../dashboards/prometheus/rule-cases.ts';
import { ALERT_RULES, RECORDING_RULES } from '../../../dashboards/prometheus/rules.ts';

interface PrometheusRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface GrafanaRule {
  readonly uid: string;
  readonly title: string;
  readonly condition: string;
  readonly data: readonly {
    readonly refId: string;
    readonly datasourceUid: string;
    readonly model: { readonly expr?: string; readonly expression?: string };
  }[];
  readonly for: string;
  readonly noDataState: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

function rulesOf(file: string): readonly unknown[] {
  const { groups } = parse(readFileSync(join(FOLDER, file), 'utf8')) as {
    groups: { rules: unknown[] }[];
  };
  return groups.flatMap(({ rules }) => rules);
}

const prometheus = rulesOf('prometheus/alerting.rules.yml') as readonly PrometheusRule[];
const grafana = rulesOf(
  'grafana/provisioning/alerting/stanzawatch-rules.yaml',
) as readonly GrafanaRule[];

describe('alert rules', () => {
  it('are the same in Prometheus and in Grafana: name, expression, time, severity', () => {
    assert.equal(prometheus.length, ALERT_RULES.length);
    assert.deepEqual(
      grafana.map(({ title, data, for: holds, labels }) => [
        title,
        data[0]?.model.expr,
        holds,
        labels['severity'],
      ]),
      prometheus.map(({ alert, expr, for: holds = '0s', labels }) => [
        alert,
        expr,
        holds,
        labels['severity'],
      ]),
    );
  });

  it('have in Grafana uids of their own, a condition that is there, and nothing it would expand', () => {
    assert.equal(new Set(ALERT_RULES.map(uidOf)).size, ALERT_RULES.length);
    for (const { uid, condition, data, noDataState, labels } of grafana) {
      assert.match(uid, /^stanzawatch-[a-z-]{1,28}$/);
      assert.ok(data.some(({ refId }) => refId === condition));
      assert.equal(noDataState, 'OK');
      // $NAME in queries and labels of provisioning files is taken for an environment variable.
      assert.doesNotMatch(JSON.stringify([data, labels]), /\$/);
    }
  });

  it('each have a case that fires and a near miss', () => {
    const tested = new Set(RULE_CASES.map(({ alert }) => alert));
    assert.deepEqual(
      ALERT_RULES.map(({ name }) => name).filter((name) => !tested.has(name)),
      [],
    );
    for (const { alert, fires, quiet } of RULE_CASES) {
      assert.ok(fires.labels.length > 0, alert);
      assert.notDeepEqual(quiet, fires, alert);
    }
  });

  it('say what to look at and where, in words filled in from bounded labels only', () => {
    const labels = new Set([
      'instance',
      'value',
      'percent',
      ...EXPORTED.flatMap((each) => each.labels),
    ]);
    const dashboards = new Set(DASHBOARDS.map(({ uid }) => uid));
    for (const rule of ALERT_RULES) {
      for (const [, label = ''] of rule.summary.matchAll(/\{([a-z]+)\}/g)) {
        assert.ok(labels.has(label), `${rule.name}: ${label}`);
      }
      assert.ok(rule.meaning.length > 30 && rule.action.length > 30, rule.name);
      assert.match(
        rule.console,
        /^\/(?:inbox|campaigns|files|exposures|sessions|rules|health)(?:\?|$)/,
      );
      assert.ok(dashboards.has(rule.dashboard), rule.name);
    }
    for (const { annotations } of [...prometheus, ...grafana]) {
      assert.deepEqual(Object.keys(annotations), [
        'summary',
        'description',
        'console',
        'dashboard',
      ]);
      assert.doesNotMatch(annotations['description'] ?? '', /\{\{/);
    }
  });
});

describe('metrics', () => {
  it('are each used by a dashboard or a rule, or told to be for use by hand', () => {
    const unused = EXPORTED.filter(({ name }) => usersOf(name).length === 0).map(
      ({ name }) => name,
    );
    assert.deepEqual(unused.sort(), Object.keys(AD_HOC).sort());
  });

  it('that expressions name are exported, recorded, or those of Prometheus itself', () => {
    const known = new Set(
      EXPORTED.flatMap(({ name, type }) =>
        type === 'summary' ? [`${name}_sum`, `${name}_count`] : [name],
      ).map((name) => `stanzawatch_${name}`),
    );
    for (const { record } of RECORDING_RULES) known.add(record);
    for (const { kind, text, what } of expressions()) {
      if (kind !== 'promql') continue;
      const names = text.match(/\bstanzawatch[_:][a-z0-9_:]+/g) ?? [];
      for (const name of names) assert.ok(known.has(name), `${what}: ${name}`);
      assert.ok(names.length > 0 || /\b(?:up|ALERTS)\{/.test(text), what);
    }
  });

  it('ask by labels they have', () => {
    const labelsOf = new Map(
      EXPORTED.map(({ name, labels }) => [`stanzawatch_${name}`, new Set(['instance', ...labels])]),
    );
    for (const { kind, text, what } of expressions()) {
      if (kind !== 'promql') continue;
      for (const [, name = '', inside = ''] of text.matchAll(/\b(stanzawatch_\w+?)\{([^}]*)\}/g)) {
        for (const [, label = ''] of inside.matchAll(/([a-z_]+)(?:=~|!~|!=|=)"/g)) {
          const labels = labelsOf.get(name.replace(/_(?:sum|count)$/, '')) ?? labelsOf.get(name);
          assert.ok(labels?.has(label), `${what}: ${name} has no ${label}`);
        }
      }
    }
  });
});
