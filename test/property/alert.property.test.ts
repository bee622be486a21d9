import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Counters } from '../../sensor/core/index.ts';
import { AlertBatcher, type SensorRecord } from '../../sensor/alert/index.ts';
import { EvidenceBuilder } from '../../sensor/alert/evidence.ts';
import {
  LIMITS,
  alertOf,
  alertRecord,
  anomalyRecord,
  makeFinding,
  makeRule,
} from '../unit/alert/sample.ts';

type Step =
  | { readonly do: 'alert'; readonly sid: number; readonly flow: number; readonly content: boolean }
  | { readonly do: 'other' | 'flush' | 'acknowledge' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('alert' as const),
      sid: fc.integer({ min: 1, max: 5 }),
      flow: fc.integer({ min: 1, max: 30 }),
      content: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ do: 'other' as const }) },
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

describe('AlertBatcher', () => {
  it('never loses an alert, stays within its limit and its window, and keeps the order', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 400 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 3 }),
        (steps, alertQueue, alertBatchRecords, alertBatchesInFlight) => {
          const counters = new Counters();
          const received = new Map<number, number>();
          const sent = new Map<number, number>();
          let others = 0;
          let othersReceived = 0;
          let outstanding = 0;
          const batcher = new AlertBatcher({
            counters,
            limits: { alertQueue, alertBatchRecords, alertBatchesInFlight },
            send: (batch) => {
              outstanding++;
              assert.ok(outstanding <= alertBatchesInFlight, 'window');
              assert.ok(batch.length > 0 && batch.length <= alertBatchRecords, 'batch size');
              for (const entry of batch) {
                if (entry.kind !== 'alert') othersReceived++;
                else {
                  const { sid, count } = entry.record.alert;
                  received.set(sid, (received.get(sid) ?? 0) + count);
                }
              }
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
            } else if (now.do === 'other') {
              others++;
              batcher.add({ kind: 'anomaly', record: anomalyRecord });
            } else if (now.do === 'flush') batcher.flush();
            else acknowledge();
            // Five signatures: so many alerts may stand beside a smaller limit.
            assert.ok(batcher.queued <= Math.max(alertQueue, 5), `queue ${batcher.queued}`);
          }
          while (!batcher.isDrained) {
            batcher.flush();
            acknowledge();
          }
          assert.deepEqual(
            [...received].sort((a, b) => a[0] - b[0]),
            [...sent].sort((a, b) => a[0] - b[0]),
          );
          assert.equal(othersReceived + counters.get('recordsDropped'), others);
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
