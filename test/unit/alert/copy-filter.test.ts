import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Counters, thresholdValues } from '../../../sensor/core/index.ts';
import { CopyFilter, createAlerter, type AlertRecord } from '../../../sensor/alert/index.ts';
import { LIMITS, flowFacts, makeFinding, makeRule, type FindingSpec } from './sample.ts';

/** The alert a worker of its own makes of a finding. */
function alertOfWorker(spec: FindingSpec): AlertRecord {
  const alerts: AlertRecord[] = [];
  const alerter = createAlerter({
    sensorName: 's',
    hmacKey: new Uint8Array(32),
    flowFacts: flowFacts(),
    origin: () => ({ fileName: '', interfaceName: '', packetNumber: 1 }),
    counters: new Counters(),
    limits: LIMITS,
    thresholds: thresholdValues(),
    emit: (record) => {
      if (record.kind === 'alert') alerts.push(record.record);
    },
  });
  alerter.onFinding(makeFinding(spec));
  alerter.settle();
  const [alert] = alerts;
  assert.ok(alert !== undefined && alerts.length === 1);
  return alert;
}

/** The same, after it was weighed by where it goes. */
function leak(spec: FindingSpec, direction: string, severity: 2 | 3): AlertRecord {
  const record = alertOfWorker(spec);
  const context = { ...record.alert.context, leak_direction: direction };
  return { ...record, alert: { ...record.alert, severity, context } };
}

function verdicts(specs: readonly FindingSpec[]): boolean[] {
  const filter = new CopyFilter(LIMITS);
  return specs.map((spec) => filter.isCopy(alertOfWorker(spec)));
}

const SENT = { flow: 1, direction: 0, text: 'my card «4111111111111111»' } as const;
const DELIVERED = { ...SENT, flow: 2, direction: 1 } as const;

describe('CopyFilter.isCopy()', () => {
  it('recognises legs, carbons and reflections that other workers alerted on', () => {
    const room = { type: 'groupchat', from: 'room@muc.example/al', to: 'bob@a.example/x' };
    assert.deepEqual(
      verdicts([
        { ...SENT, id: 'm1' },
        { ...DELIVERED, id: 'm1' },
        { ...DELIVERED, flow: 3, id: 'carbon-9', isCopy: true, from: 'bob@corp.example' },
        { ...SENT, id: 'g1', type: 'groupchat', to: 'room@muc.example' },
        { ...DELIVERED, id: 'g1', ...room },
      ]),
      [false, true, true, false, true],
    );
  });

  it('lets a leak through that goes further out than what was told', () => {
    const filter = new CopyFilter(LIMITS);
    const room = { type: 'groupchat', id: 'g1', from: 'room@muc.example/al' };
    const records = [
      leak({ ...SENT, id: 'g1', type: 'groupchat', to: 'room@muc.example' }, 'internal', 3),
      leak({ ...DELIVERED, ...room, to: 'bob@corp.example/x' }, 'internal', 3),
      leak({ ...DELIVERED, flow: 3, ...room, to: 'eve@ext.example/x' }, 'outbound', 2),
      leak({ ...DELIVERED, flow: 4, ...room, to: 'kim@ext.example/x' }, 'outbound', 2),
    ];
    assert.deepEqual(
      records.map((record) => filter.isCopy(record)),
      [false, true, false, true],
    );
  });

  it('lets other stanzas, texts and senders through', () => {
    assert.deepEqual(
      verdicts([
        { ...SENT, id: 'm1' },
        { ...SENT, id: 'm2' },
        { ...DELIVERED, id: 'm1', text: 'my card «5555555555554444»' },
        { ...DELIVERED, id: 'm1', from: 'carol@corp.example/1' },
      ]),
      [false, false, false, false],
    );
  });

  it('compares the match where servers rewrite the raw bytes', () => {
    const raw = { buffer: 'xmpp.stanza', rule: makeRule('spim-lexicon'), id: 'm1' } as const;
    assert.deepEqual(
      verdicts([
        { ...SENT, ...raw, text: '<message>«pills»</message>' },
        { ...DELIVERED, ...raw, text: '<message from="a">«pills»</message>' },
      ]),
      [false, true],
    );
  });

  it('leaves alerts on sessions alone', () => {
    const rule = makeRule('sasl-plain-clear');
    const login: FindingSpec = { rule, name: 'auth', id: '', from: '' };
    assert.deepEqual(verdicts([login, { ...login, flow: 2 }]), [false, false]);
  });
});
