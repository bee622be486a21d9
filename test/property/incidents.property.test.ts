import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fc } from '../support/property.ts';
import { Counters, thresholdValues } from '../../sensor/core/index.ts';
import { createAlerter, type AlertRecord, type SensorRecord } from '../../sensor/alert/index.ts';
import { LIMITS, SECOND, T0, flowFacts, makeFinding, makeRule } from '../unit/alert/sample.ts';

const RULES = [1, 2, 3].map((sid) => makeRule('auth-bruteforce', { sid, isSecret: false }));

interface Firing {
  readonly rule: number;
  readonly key: number;
  /** Seconds since the firing before; clocks jump. */
  readonly after: number;
  readonly who: readonly number[];
  /** Time passes without a finding before it. */
  readonly swept: boolean;
}

const firing: fc.Arbitrary<Firing> = fc.record({
  rule: fc.nat({ max: 2 }),
  key: fc.nat({ max: 5 }),
  after: fc.oneof(
    { weight: 20, arbitrary: fc.nat({ max: 20 }) },
    { weight: 2, arbitrary: fc.integer({ min: 1000, max: 90_000 }) },
    { weight: 1, arbitrary: fc.constantFrom(-50_000, 3e8, -3e8) },
  ),
  who: fc.array(fc.nat({ max: 60 }), { maxLength: 4 }),
  swept: fc.boolean(),
});

describe('incidents', () => {
  it('count every firing once, under one alert told first, and name who took part', () => {
    fc.assert(
      fc.property(
        fc.array(firing, { maxLength: 300, size: 'max' }),
        fc.integer({ min: 1, max: 20 }),
        (firings, alertIncidents) => {
          const records: SensorRecord[] = [];
          const counters = new Counters();
          const alerter = createAlerter({
            sensorName: 's',
            hmacKey: new Uint8Array(32),
            flowFacts: flowFacts(),
            origin: () => ({ fileName: '', interfaceName: '', packetNumber: 0 }),
            counters,
            limits: { ...LIMITS, alertIncidents },
            thresholds: thresholdValues(),
            emit: (record) => {
              records.push(record);
            },
          });
          let tsUsec = T0;
          /** What each alert must say in the end. */
          const expected = new Map<string, { firings: number; who: string[] }>();
          const openAlerts = new Map<string, string>();
          for (const { rule, key, after, who, swept } of firings) {
            tsUsec += after * SECOND;
            if (swept) alerter.sweep(tsUsec);
            const told = records.length;
            const contributors = who.map((name) => `user${name}@corp.example`);
            const finding = makeFinding({ rule: RULES[rule] ?? makeRule('x'), tsUsec });
            alerter.onFinding({ ...finding, incident: { key: String(key), contributors } });
            const name = `${rule} ${key}`;
            const raised = records.slice(told).find(({ kind }) => kind === 'alert');
            if (raised?.kind === 'alert') openAlerts.set(name, raised.record.alertId);
            const alert = openAlerts.get(name);
            assert.ok(alert !== undefined, 'the first firing is told at once');
            const sum = expected.get(alert) ?? { firings: 0, who: [] };
            sum.firings++;
            for (const one of contributors) if (!sum.who.includes(one)) sum.who.push(one);
            expected.set(alert, sum);
            assert.ok(counters.get('incidentsOpen') <= alertIncidents);
          }
          alerter.shutdown();
          assert.equal(counters.get('incidentsOpen'), 0);

          const latest = new Map<string, AlertRecord>();
          for (const { kind, record } of records) {
            assert.ok(kind === 'alert' || kind === 'alert_update');
            const before = latest.get(record.alertId);
            assert.equal(kind, before === undefined ? 'alert' : 'alert_update');
            assert.ok(record.alert.count > (before?.alert.count ?? 0), 'every record says more');
            latest.set(record.alertId, record);
          }
          assert.equal(latest.size, expected.size);
          for (const [alertId, { firings: count, who }] of expected) {
            const record = latest.get(alertId);
            assert.equal(record?.alert.count, count);
            assert.deepEqual(record.incident?.contributors, who.slice(0, 32));
            assert.equal(record.incident.contributorCount, who.length);
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});
