import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fc } from '../support/property.ts';
import { Counters } from '../../sensor/core/index.ts';
import { AlertBatcher, type SensorRecord } from '../../sensor/alert/index.ts';
import { EvidenceBuilder } from '../../sensor/alert/evidence.ts';
import {
  LIMITS,
  alertOf,
  alertRecord,
  anomalyRecord,
  campaignRecord,
  makeFinding,
  makeRule,
} from '../unit/alert/sample.ts';

type Step =
  | { readonly do: 'alert'; readonly sid: number; readonly flow: number; readonly content: boolean }
  /** One more firing of an attack; `told`: the alert room tells of it now. */
  | { readonly do: 'grow'; readonly sid: number; readonly attack: number; readonly told: boolean }
  | { readonly do: 'other' | 'campaign' | 'flush' | 'acknowledge' };

const sid = fc.integer({ min: 1, max: 5 });

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('alert' as const),
      sid,
      flow: fc.integer({ min: 1, max: 30 }),
      content: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('grow' as const),
      sid,
      attack: fc.integer({ min: 1, max: 4 }),
      told: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ do: 'other' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'campaign' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'flush' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'acknowledge' as const }) },
);

function makeAlert(sid: number, flowId: number, content: boolean): SensorRecord {
  return alertOf({
    flowId,
    detection: content ? 'dlp-pan' : 'pol-plaintext-session',
    evidence: content ? alertRecord.evidence : undefined,
    alert: { ...alertRecord.alert, sid },
  });
}

/** Attacks as alert/ tells of them: their alert, then updates of it with all firings so far. */
class Attacks {
  readonly #firings = new Map<string, number>();

  fire(sid: number, attack: number, told: boolean): SensorRecord | undefined {
    const name = `${sid}:${attack}`;
    const firings = (this.#firings.get(name) ?? 0) + 1;
    this.#firings.set(name, firings);
    if (firings === 1) return this.#record('alert', sid, name, 1);
    return told ? this.#record('alert_update', sid, name, firings) : undefined;
  }

  /** The last word on each. */
  end(): SensorRecord[] {
    return [...this.#firings].map(([name, firings]) =>
      this.#record('alert_update', Number(name.split(':')[0]), name, firings),
    );
  }

  #record(
    kind: 'alert' | 'alert_update',
    sid: number,
    name: string,
    firings: number,
  ): SensorRecord {
    const { record } = alertOf({
      alertId: name,
      flowId: Number(name.split(':')[1]),
      detection: 'auth-bruteforce',
      evidence: undefined,
      alert: { ...alertRecord.alert, sid, count: firings },
    });
    const incident = { name, firings, lastUsec: 0, contributors: [], contributorCount: 0 };
    return { kind, record: { ...record, incident } };
  }
}

/** Firings by signature, of what a supervisor received. */
class Received {
  others = 0;
  readonly #counts = new Map<number, number>();
  /** Of attacks the latest count is the one that stands. */
  readonly #attacks = new Map<string, [sid: number, count: number]>();

  take(entry: SensorRecord): void {
    if (entry.kind !== 'alert' && entry.kind !== 'alert_update') {
      if (entry.kind === 'anomaly') this.others++;
      return;
    }
    const { alertId, alert, incident } = entry.record;
    assert.ok(alert.count > 0);
    if (incident === undefined) {
      this.#counts.set(alert.sid, (this.#counts.get(alert.sid) ?? 0) + alert.count);
      return;
    }
    const before = this.#attacks.get(alertId);
    assert.equal(entry.kind, before === undefined ? 'alert' : 'alert_update', 'one alert, first');
    assert.ok(alert.count >= (before?.[1] ?? 0), 'alerts do not shrink');
    this.#attacks.set(alertId, [alert.sid, alert.count]);
  }

  bySignature(): [number, number][] {
    const sums = new Map(this.#counts);
    for (const [sid, count] of this.#attacks.values()) sums.set(sid, (sums.get(sid) ?? 0) + count);
    return [...sums].sort((a, b) => a[0] - b[0]);
  }
}

describe('AlertBatcher', () => {
  it('never loses a firing, tells each attack once, stays within its limit and its window', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 400, size: 'max' }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 3 }),
        (steps, alertQueue, alertBatchRecords, alertBatchesInFlight) => {
          const counters = new Counters();
          const received = new Received();
          const attacks = new Attacks();
          const sent = new Map<number, number>();
          let others = 0;
          let campaigns = 0;
          let outstanding = 0;
          const batcher = new AlertBatcher({
            counters,
            limits: { alertQueue, alertBatchRecords, alertBatchesInFlight, alertIncidents: 100 },
            send: (batch) => {
              outstanding++;
              assert.ok(outstanding <= alertBatchesInFlight, 'window');
              assert.ok(batch.length > 0 && batch.length <= alertBatchRecords, 'batch size');
              const queuedCampaigns = batch.filter(({ kind }) => kind === 'campaign').length;
              assert.ok(queuedCampaigns <= 1, 'one campaign, once');
              for (const entry of batch) received.take(entry);
            },
          });
          const acknowledge = (): void => {
            if (outstanding === 0) return;
            outstanding--;
            batcher.acknowledge();
          };
          for (const now of steps) {
            if (now.do === 'alert') {
              sent.set(now.sid, (sent.get(now.sid) ?? 0) + 1);
              batcher.add(makeAlert(now.sid, now.flow, now.content));
            } else if (now.do === 'grow') {
              sent.set(now.sid, (sent.get(now.sid) ?? 0) + 1);
              const record = attacks.fire(now.sid, now.attack, now.told);
              if (record !== undefined) batcher.add(record);
            } else if (now.do === 'other') {
              others++;
              batcher.add({ kind: 'anomaly', record: anomalyRecord });
            } else if (now.do === 'campaign') {
              campaigns++;
              batcher.add({ kind: 'campaign', record: campaignRecord });
            } else if (now.do === 'flush') batcher.flush();
            else acknowledge();
            // Five signatures: so many alerts may stand beside a smaller limit.
            assert.ok(batcher.queued <= Math.max(alertQueue, 5), `queue ${batcher.queued}`);
          }
          for (const record of attacks.end()) {
            batcher.add(record);
            assert.ok(batcher.queued <= Math.max(alertQueue, 5), `queue ${batcher.queued}`);
          }
          while (!batcher.isDrained) {
            batcher.flush();
            acknowledge();
          }
          assert.deepEqual(
            received.bySignature(),
            [...sent].sort((a, b) => a[0] - b[0]),
          );
          const lost = others - received.others;
          const dropped = counters.get('recordsDropped');
          assert.ok(dropped >= lost && dropped <= lost + campaigns, 'dropped records are counted');
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('EvidenceBuilder', () => {
  it('lets no secret out, wherever it stands and whatever surrounds it', () => {
    const builder = new EvidenceBuilder(new Uint8Array(32), LIMITS.alertExcerptChars);
    const filler = fc.string({
      unit: fc.constantFrom('a', ' ', 'é', '😀', '.', '\n'),
      maxLength: 700,
    });
    fc.assert(
      fc.property(filler, filler, filler, fc.boolean(), (before, between, after, isSecretRule) => {
        const secret = 'hunter2Zz-Secret9';
        const rule = isSecretRule
          ? makeRule('dlp-password', { isSecret: true })
          : makeRule('spim-lexicon');
        const text = isSecretRule
          ? `${before} «${secret}» ${after}`
          : `${before} «pills» ${between} ${secret} ${after}`;
        const evidence = builder.build(makeFinding({ rule, text, secret }));
        assert.ok(evidence !== undefined);
        assert.ok(evidence.excerpt.length <= LIMITS.alertExcerptChars);
        const json = JSON.stringify(evidence);
        for (let i = 0; i + 6 <= secret.length; i++) {
          assert.ok(!json.includes(secret.slice(i, i + 6)), json);
        }
      }),
      { numRuns: 300 },
    );
  });
});
