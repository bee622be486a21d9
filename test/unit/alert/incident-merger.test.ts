import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { thresholdValues } from '../../../sensor/core/index.ts';
import {
  IncidentMerger,
  type AlertRecord,
  type SensorRecord,
} from '../../../sensor/alert/index.ts';
import { LIMITS, SECOND, T0, alertOf, alertRecord, anomalyRecord } from './sample.ts';

type Entry = Extract<SensorRecord, { readonly kind: 'alert' | 'alert_update' }>;

interface Spec {
  readonly worker: string;
  readonly firings: number;
  readonly who?: readonly string[];
  readonly name?: string;
  readonly at?: number;
  readonly lastAt?: number;
  readonly severity?: AlertRecord['alert']['severity'];
}

function told({
  worker,
  firings,
  who = [],
  name = 'n',
  at = 0,
  lastAt = at,
  severity = 3,
}: Spec): Entry {
  const { alert } = alertRecord;
  return {
    kind: firings === 1 ? 'alert' : 'alert_update',
    record: {
      ...alertRecord,
      alertId: worker,
      tsUsec: T0 + at * SECOND,
      alert: { ...alert, severity, count: firings, context: { summary: `${worker} ${firings}` } },
      incident: {
        name,
        firings,
        lastUsec: T0 + lastAt * SECOND,
        contributors: who,
        contributorCount: who.length,
      },
    },
  };
}

function merger(): (spec: Spec) => Entry {
  const incidents = new IncidentMerger({ limits: LIMITS, thresholds: thresholdValues() });
  return (spec) => {
    const entry = incidents.merge(told(spec));
    assert.ok(entry.kind === 'alert' || entry.kind === 'alert_update');
    return entry;
  };
}

describe('IncidentMerger', () => {
  it('makes one alert of what two workers see of one attack', () => {
    const merge = merger();
    assert.deepEqual(merge({ worker: 'a', firings: 1 }), told({ worker: 'a', firings: 1 }));
    merge({ worker: 'a', firings: 4, who: ['x', 'y'] });
    const joined = merge({ worker: 'b', firings: 1, who: ['y', 'z'], at: 9, severity: 2 });
    assert.equal(joined.kind, 'alert_update');
    const { alertId, alert, incident, tsUsec } = joined.record;
    assert.deepEqual([alertId, alert.count, alert.severity, tsUsec], ['a', 5, 2, T0]);
    assert.deepEqual(incident, {
      name: 'n',
      firings: 5,
      lastUsec: T0 + 9 * SECOND,
      contributors: ['x', 'y', 'z'],
      contributorCount: 3,
    });
    const grown = merge({ worker: 'a', firings: 6, who: ['x', 'y'] }).record;
    assert.deepEqual([grown.alertId, grown.alert.count, grown.alert.severity], ['a', 7, 2]);
    assert.equal(grown.alert.context['summary'], 'a 6', 'the latest words');
    assert.equal(merge({ worker: 'b', firings: 3, who: ['y', 'z'] }).record.alert.count, 9);
  });

  it('keeps attacks apart: another name, after a pause, after a day', () => {
    const merge = merger();
    merge({ worker: 'a', firings: 1 });
    assert.equal(merge({ worker: 'b', firings: 1, name: 'other' }).record.alertId, 'b');
    assert.equal(merge({ worker: 'c', firings: 1, at: 3601 }).record.alertId, 'c');
    merge({ worker: 'c', firings: 9, at: 3601, lastAt: 3601 + 86000 });
    assert.equal(merge({ worker: 'd', firings: 1, at: 3601 + 86500 }).record.alertId, 'd');
    assert.equal(merge({ worker: 'c', firings: 10, at: 3601 }).record.alertId, 'c', 'goes on');
  });

  it('lets everything else through as it is', () => {
    const incidents = new IncidentMerger({ limits: LIMITS, thresholds: thresholdValues() });
    const others: SensorRecord[] = [alertOf({}), { kind: 'anomaly', record: anomalyRecord }];
    for (const entry of others) assert.equal(incidents.merge(entry), entry);
  });
});
