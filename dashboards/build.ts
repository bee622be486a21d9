/**
 * Writes everything under dashboards/ that is made from code: dashboards, rules, the reference of metrics. The same
 * sources give the same bytes; a test compares them with what is committed.
 *
 *   npm run build:grafana
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { alertRulesFile } from './grafana/alert-provisioning.ts';
import { dashboardJson } from './grafana/builder.ts';
import { DASHBOARDS } from './grafana/dashboards.ts';
import { metricsReference } from './metrics-reference.ts';
import {
  alertingRulesFile,
  recordingRulesFile,
  ruleTestsFile,
} from './prometheus/prometheus-files.ts';

/** Path from dashboards/ -> content. */
export function builtFiles(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const dashboard of DASHBOARDS) {
    const json = JSON.stringify(dashboardJson(dashboard), null, 2);
    files.set(`grafana/dashboards/${dashboard.uid}.json`, `${json}\n`);
  }
  files.set('grafana/provisioning/alerting/stanzawatch-rules.yaml', alertRulesFile());
  files.set('prometheus/recording.rules.yml', recordingRulesFile());
  files.set('prometheus/alerting.rules.yml', alertingRulesFile());
  files.set('prometheus/alerting.test.yml', ruleTestsFile('1m'));
  files.set('prometheus/alerting-day.test.yml', ruleTestsFile('10m'));
  files.set('METRICS.md', metricsReference());
  return files;
}

/** dashboards/ of the project, seen from build/dashboards/. */
export const FOLDER = fileURLToPath(new URL('../../dashboards', import.meta.url));

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, content] of builtFiles()) {
    const path = join(FOLDER, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
}
