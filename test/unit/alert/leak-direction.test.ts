import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createAlerter, type AlertRecord } from '../../../sensor/alert/index.ts';
import { Counters, thresholdValues } from '../../../sensor/core/index.ts';
import { Site } from '../../../sensor/correlation/index.ts';
import type { Finding } from '../../../sensor/detect/index.ts';
import {
  LIMITS,
  flowFacts,
  makeFinding,
  makeFlow,
  makeRule,
  makeSession,
  type FindingSpec,
} from './sample.ts';

const SITE = new Site(['10.0.0.0/8'], [], ['corp.example', '*.branch.example', 'münchen.example']);

function alertsOf(findings: readonly Finding[], borders = SITE, flow = makeFlow(1)): AlertRecord[] {
  const alerts: AlertRecord[] = [];
  const alerter = createAlerter({
    sensorName: 'sensor-1',
    hmacKey: new Uint8Array(32),
    flowFacts: flowFacts([flow]),
    origin: () => ({ fileName: '', interfaceName: '', packetNumber: 1 }),
    counters: new Counters(),
    limits: LIMITS,
    thresholds: thresholdValues(),
    borders,
    emit: (record) => {
      if (record.kind === 'alert') alerts.push(record.record);
    },
  });
  for (const finding of findings) alerter.onFinding(finding);
  alerter.settle();
  return alerts;
}

/** Severity and direction of the only alert. */
function weight(spec: FindingSpec, borders?: Site, flow = makeFlow(1)): [number, unknown] {
  const [alert, ...more] = alertsOf([makeFinding({ text: 'a «secret»', ...spec })], borders, flow);
  assert.equal(more.length, 0);
  return [alert?.alert.severity ?? 0, alert?.alert.context['leak_direction']];
}

const INSIDE = 'alice@corp.example/desk';
const OUTSIDE = 'mallory@ext.example/x';

describe('where a leak goes', () => {
  it('weighs in full from inside to outside, one level less inside, next to nothing inwards', () => {
    const s2s = makeSession({ connection: 's2s', domain: '' });
    const at = (from: string, to: string): [number, unknown] => weight({ session: s2s, from, to });
    assert.deepEqual(at(INSIDE, OUTSIDE), [2, 'outbound']);
    assert.deepEqual(at(INSIDE, 'bob@corp.example'), [3, 'internal']);
    assert.deepEqual(at(OUTSIDE, INSIDE), [4, 'inbound']);
    assert.deepEqual(at(OUTSIDE, 'eve@other.example'), [2, undefined]);
  });

  it('counts domains below as inside: rooms, components; in either case, and however they are spelled', () => {
    for (const to of [
      'team@rooms.corp.example',
      'x@CORP.Example.',
      'a@sub.branch.example',
      'a@branch.example',
      'a@xn--mnchen-3ya.example',
    ]) {
      assert.deepEqual(weight({ from: INSIDE, to }), [3, 'internal'], to);
    }
    for (const to of [
      'a@notcorp.example',
      'a@corp.example.evil.example',
      'corp.example@ext.example',
    ]) {
      assert.deepEqual(weight({ from: INSIDE, to }), [2, 'outbound'], to);
    }
  });

  it('takes a stanza without addressee as one for the own server', () => {
    assert.deepEqual(weight({ from: INSIDE, to: '' }), [3, 'internal']);
  });

  it('keeps steps in order: of critical comes high, of info no less', () => {
    const steps = [1, 2, 3, 4].map(
      (severity) => weight({ rule: makeRule('dlp-pan', { severity }), to: 'b@corp.example' })[0],
    );
    assert.deepEqual(steps, [2, 3, 4, 4]);
  });

  it('asks the networks where no address of XMPP is known', () => {
    const about = { session: undefined, from: '', to: '' };
    const flow = (clientIp: string, serverIp: string): ReturnType<typeof makeFlow> =>
      makeFlow(1, { clientIp, serverIp });
    assert.deepEqual(weight(about, SITE, flow('10.1.1.1', '203.0.113.9')), [2, 'outbound']);
    assert.deepEqual(weight(about, SITE, flow('10.1.1.1', '10.2.2.2')), [3, 'internal']);
    assert.deepEqual(weight(about, SITE, flow('203.0.113.9', '10.2.2.2')), [4, 'inbound']);
    // The server sends: the sender is the other end.
    const back = { ...about, direction: 1 as const };
    assert.deepEqual(weight(back, SITE, flow('203.0.113.9', '10.2.2.2')), [2, 'outbound']);
  });

  it('weighs an upload in full as long as nobody is told where it is', () => {
    const about = { session: undefined, from: INSIDE, to: '' };
    const flow = makeFlow(1, { clientIp: '10.1.1.1', serverIp: '10.2.2.2' });
    assert.deepEqual(weight(about, SITE, flow), [2, undefined]);
  });

  it('weighs in full when nothing is configured, or nothing is known, or it is no leak', () => {
    const nothing = new Site(['10.0.0.0/8'], []);
    assert.deepEqual(weight({ from: OUTSIDE, to: INSIDE }, nothing), [2, undefined]);
    const spam = makeRule('spim-url-shape');
    assert.deepEqual(weight({ rule: spam, from: OUTSIDE, to: INSIDE }), [2, undefined]);
    const unknown = makeFlow(1, { clientIp: '', serverIp: '' });
    assert.deepEqual(weight({ session: undefined, from: '', to: '' }, SITE, unknown), [
      2,
      undefined,
    ]);
  });

  it('starts from the severity of a file, where the finding has one', () => {
    const finding = { ...makeFinding({ to: 'bob@corp.example' }), severity: 1 };
    assert.equal(alertsOf([finding])[0]?.alert.severity, 2);
  });

  it('tells an attack that goes on in its direction too', () => {
    const finding = { ...makeFinding({ to: OUTSIDE }), incident: { key: 'a', contributors: [] } };
    const [alert] = alertsOf([finding]);
    assert.equal(alert?.alert.context['leak_direction'], 'outbound');
    assert.equal(alert.alert.severity, 2);
  });
});

describe('copies of a leak', () => {
  const text = 'a «secret»';
  const room = 'team@rooms.corp.example';
  const said = { text, type: 'groupchat', id: 'm1', from: INSIDE, to: room };
  const fromServer = { ...said, direction: 1 as const, from: `${room}/alice` };
  const toColleague = { ...fromServer, to: 'bob@corp.example/x' };
  const toStranger = { ...fromServer, to: OUTSIDE };

  const severities = (specs: readonly FindingSpec[]): number[] =>
    alertsOf(specs.map((spec) => makeFinding(spec))).map(({ alert }) => alert.severity);

  it('are told again only where they are graver: a room passes on to somebody outside', () => {
    assert.deepEqual(severities([said, toColleague]), [3]);
    assert.deepEqual(severities([said, toStranger, toColleague, toStranger]), [3, 2]);
    assert.deepEqual(severities([toStranger, toColleague]), [2]);
  });
});
