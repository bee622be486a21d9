import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Counters, thresholdValues, type LimitValues } from '../../../sensor/core/index.ts';
import { createAlerter, type Alerter, type SensorRecord } from '../../../sensor/alert/index.ts';
import {
  LIMITS,
  SECOND,
  T0,
  flowFacts,
  makeFinding,
  makeRule,
  type FindingSpec,
} from './sample.ts';

const RULE = makeRule('auth-bruteforce', { sid: 1520200, severity: 2, isSecret: false });

interface Bench {
  readonly alerter: Alerter;
  readonly records: SensorRecord[];
  readonly counters: Counters;
  /** Fires once. `seconds` after T0. */
  fire(key: string, contributors: readonly string[], seconds: number, spec?: FindingSpec): void;
  /** [kind, count] of what was told since the last call. */
  told(): [string, number][];
}

function bench(limits: Partial<LimitValues> = {}, gaps: readonly number[] = []): Bench {
  const records: SensorRecord[] = [];
  const counters = new Counters();
  const alerter = createAlerter({
    sensorName: 'sensor-1',
    hmacKey: new Uint8Array(32),
    flowFacts: flowFacts([], gaps),
    origin: () => ({ fileName: '01.pcap', interfaceName: '', packetNumber: 17 }),
    counters,
    limits: { ...LIMITS, ...limits },
    thresholds: thresholdValues(),
    emit: (record) => {
      records.push(record);
    },
  });
  let told = 0;
  return {
    alerter,
    records,
    counters,
    fire(key, contributors, seconds, spec = {}) {
      const finding = makeFinding({ rule: RULE, tsUsec: T0 + seconds * SECOND, ...spec });
      alerter.onFinding({ ...finding, incident: { key, contributors } });
    },
    told() {
      const news = records.slice(told).map((entry): [string, number] => {
        assert.ok(entry.kind === 'alert' || entry.kind === 'alert_update');
        return [entry.kind, entry.record.alert.count];
      });
      told = records.length;
      return news;
    },
  };
}

function last({ records }: Bench): Extract<SensorRecord, { kind: 'alert' }>['record'] {
  const entry = records.at(-1);
  assert.ok(entry?.kind === 'alert' || entry?.kind === 'alert_update');
  return entry.record;
}

describe('an attack that goes on', () => {
  it('is one alert at once, and grows under its id', () => {
    const attack = bench();
    attack.fire('192.0.2.7', ['a@corp.example'], 0);
    assert.deepEqual(attack.told(), [['alert', 1]]);
    attack.fire('192.0.2.7', ['b@corp.example'], 1);
    attack.fire('192.0.2.7', ['a@corp.example', 'c@corp.example'], 2);
    attack.fire('192.0.2.7', ['c@corp.example'], 3);
    assert.deepEqual(attack.told(), [
      ['alert_update', 2],
      ['alert_update', 4],
    ]);
    const { alert, incident, alertId, tsUsec } = last(attack);
    assert.equal(alert.count, 4);
    assert.equal(tsUsec, T0, 'the time of an alert is that of its first firing');
    assert.equal(incident?.lastUsec, T0 + 3 * SECOND);
    assert.deepEqual(incident.contributors, ['a@corp.example', 'b@corp.example', 'c@corp.example']);
    assert.equal(incident.contributorCount, 3);
    assert.ok(
      attack.records.every(
        (entry) => 'alertId' in entry.record && entry.record.alertId === alertId,
      ),
    );
    assert.equal(attack.counters.get('incidentFirings'), 3);
  });

  it('is apart from another key and from another rule', () => {
    const attack = bench();
    attack.fire('192.0.2.7', [], 0);
    attack.fire('192.0.2.8', [], 0);
    attack.fire('192.0.2.7', [], 0, { rule: makeRule('auth-spray', { sid: 1520201 }) });
    assert.deepEqual(attack.told(), [
      ['alert', 1],
      ['alert', 1],
      ['alert', 1],
    ]);
    assert.equal(
      new Set(attack.records.map(({ record }) => 'alertId' in record && record.alertId)).size,
      3,
    );
  });

  it('tells growth between two doublings after ten seconds, by a firing or by the clock', () => {
    const attack = bench();
    for (const seconds of [0, 1, 2, 3, 4, 9, 13]) attack.fire('k', [], seconds);
    assert.deepEqual(attack.told().slice(1), [
      ['alert_update', 2],
      ['alert_update', 4],
    ]);
    attack.alerter.sweep(T0 + 13.9 * SECOND);
    assert.deepEqual(attack.told(), []);
    attack.alerter.sweep(T0 + 14 * SECOND);
    assert.deepEqual(attack.told(), [['alert_update', 7]]);
    attack.alerter.sweep(T0 + 60 * SECOND);
    assert.deepEqual(attack.told(), [], 'nothing new, nothing told');
  });

  it('ends when it was quiet for an hour, told to the last firing, and begins anew', () => {
    const attack = bench();
    for (const seconds of [0, 1, 2]) attack.fire('k', ['x'], seconds);
    attack.told();
    attack.alerter.sweep(T0 + 3603 * SECOND);
    assert.deepEqual(attack.told(), [['alert_update', 3]]);
    assert.equal(attack.counters.get('incidentsOpen'), 0);
    const first = last(attack).alertId;
    attack.fire('k', ['y'], 3604);
    assert.deepEqual(attack.told(), [['alert', 1]]);
    assert.notEqual(last(attack).alertId, first);
    assert.deepEqual(last(attack).incident?.contributors, ['y']);
  });

  it('is told anew after a day, though it never pauses', () => {
    const attack = bench();
    for (let hour = 0; hour <= 48; hour++) attack.fire('k', [], hour * 3600);
    const alerts = attack.told().filter(([kind]) => kind === 'alert');
    assert.equal(alerts.length, 2);
  });

  it('names 32 contributors and counts all', () => {
    const attack = bench();
    for (let i = 0; i < 1000; i++) attack.fire('k', [`user${i}@corp.example`], 0);
    attack.alerter.shutdown();
    const { incident, alert } = last(attack);
    assert.equal(incident?.contributors.length, 32);
    assert.equal(incident.contributorCount, 1000);
    assert.equal(alert.count, 1000);
    assert.ok(attack.records.length < 14, 'told at doublings');
  });

  it('remembers no more contributors than its limit', () => {
    const attack = bench({ alertIncidentContributors: 5 });
    for (let i = 0; i < 20; i++) attack.fire('k', [`user${i}`, `more${i}`], 0);
    attack.fire('other', ['z'], 0);
    assert.equal(last(attack).incident?.contributorCount, 0);
    attack.alerter.sweep(T0 + 4000 * SECOND);
    attack.fire('third', ['z'], 4001);
    assert.equal(last(attack).incident?.contributorCount, 1, 'room again when attacks are over');
  });

  it('gives way to newer ones at the limit', () => {
    const attack = bench({ alertIncidents: 3 });
    for (const key of ['a', 'b', 'c', 'a', 'a', 'd']) attack.fire(key, [], 0);
    attack.told();
    assert.equal(attack.counters.get('incidentsEvicted'), 1);
    assert.equal(attack.counters.get('incidentsOpen'), 3);
    attack.fire('b', [], 1);
    assert.deepEqual(attack.told(), [['alert', 1]], 'b was the one quiet for longest');
    attack.fire('a', [], 1);
    assert.deepEqual(attack.told().at(-1), ['alert_update', 4]);
  });

  it('survives clocks that jump', () => {
    const attack = bench();
    const years = 365 * 86400;
    for (const seconds of [0, 1, 3 * years, 2, 3, -5 * years, 4]) attack.fire('k', [], seconds);
    attack.alerter.shutdown();
    const sum = new Map<string, number>();
    for (const { kind, record } of attack.records) {
      assert.ok(kind === 'alert' || kind === 'alert_update');
      sum.set(record.alertId, record.alert.count);
    }
    assert.equal(
      [...sum.values()].reduce((a, b) => a + b),
      7,
    );
  });

  it('tells all that is untold at the end', () => {
    const attack = bench();
    for (let i = 0; i < 7; i++) attack.fire('k', [], i);
    attack.told();
    attack.alerter.shutdown();
    assert.deepEqual(attack.told(), [['alert_update', 7]]);
    attack.alerter.shutdown();
    assert.deepEqual(attack.told(), []);
  });

  it('is not taken for a copy where one text goes to many', () => {
    const attack = bench();
    const rule = makeRule('spim-fanout', { sid: 1550201, isSecret: false });
    for (let i = 0; i < 8; i++) {
      attack.fire('spammer', [`victim${i}@corp.example`], i, {
        rule,
        text: 'buy «pills»',
        id: 'm1',
        direction: 1,
        to: `victim${i}@corp.example`,
        flow: i + 1,
      });
    }
    assert.equal(last(attack).alert.count, 8);
    assert.equal(attack.counters.get('alertsCopies'), 0);
  });

  it('speaks of the latest firing in its context, redacted', () => {
    const attack = bench();
    for (const n of [1, 2]) {
      attack.fire('k', [], n, {
        context: { summary: `${n} logins failed, password: hunter2Zz9x`, logins: n },
      });
    }
    const { context } = last(attack).alert;
    assert.equal(context['logins'], 2);
    assert.match(String(context['summary']), /^2 logins failed/);
    assert.doesNotMatch(String(context['summary']), /hunter2/);
  });

  it('is less severe and less sure where bytes were missing, until a firing is whole', () => {
    const attack = bench({}, [1]);
    attack.fire('k', [], 0);
    assert.equal(last(attack).alert.severity, 3);
    assert.deepEqual(last(attack).alert.metadata['confidence'], ['low']);
    attack.fire('k', [], 1, { flow: 2 });
    assert.equal(last(attack).alert.severity, 2);
    assert.deepEqual(last(attack).alert.metadata['confidence'], ['high']);
    attack.fire('k', [], 2, { flow: 1 });
    attack.alerter.shutdown();
    assert.equal(last(attack).alert.severity, 2, 'what was sure once stays so');
  });

  it('keeps info at info where bytes were missing', () => {
    const attack = bench({}, [1]);
    attack.fire('k', [], 0, { rule: makeRule('pol-x', { severity: 4, isSecret: false }) });
    assert.equal(last(attack).alert.severity, 4);
  });
});
