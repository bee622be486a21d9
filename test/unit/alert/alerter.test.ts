import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Counters, thresholdValues } from '../../../sensor/core/index.ts';
import { createAlerter, type Alerter, type AlertRecord } from '../../../sensor/alert/index.ts';
import {
  LIMITS,
  SECOND,
  T0,
  flowFacts,
  makeFinding,
  makeFlow,
  makeRule,
  makeSession,
  type FindingSpec,
} from './sample.ts';

interface Bench {
  readonly alerter: Alerter;
  readonly alerts: AlertRecord[];
  readonly counters: Counters;
}

function bench(facts = flowFacts()): Bench {
  const alerts: AlertRecord[] = [];
  const counters = new Counters();
  const alerter = createAlerter({
    sensorName: 'sensor-1',
    hmacKey: new Uint8Array(32),
    flowFacts: facts,
    origin: () => ({ fileName: '01.pcap', interfaceName: 'span0', packetNumber: 17 }),
    counters,
    limits: LIMITS,
    thresholds: thresholdValues(),
    emit: (record) => {
      if (record.kind === 'alert') alerts.push(record.record);
    },
  });
  return { alerter, alerts, counters };
}

function alertsOf(specs: readonly FindingSpec[]): AlertRecord[] {
  const { alerter, alerts } = bench();
  for (const spec of specs) alerter.onFinding(makeFinding(spec));
  alerter.settle();
  return alerts;
}

const CARD = 'my card «4111111111111111»';

describe('createAlerter()', () => {
  it('carries the target of the rule along', () => {
    const alerts = alertsOf([
      { text: CARD, rule: makeRule('policy-client', { target: 'dest_ip' }) },
      { text: CARD, rule: makeRule('policy-client', { sid: 2 }) },
    ]);
    assert.deepEqual(
      alerts.map(({ alert }) => alert.target),
      ['dest_ip', undefined],
    );
  });

  it('builds the whole alert', () => {
    const flow = makeFlow(1, { vlan: [100], seenPercent: 97 });
    const { alerter, alerts } = bench(flowFacts([flow]));
    alerter.onFinding(
      makeFinding({ text: CARD, secret: '4111111111111111', id: 'm1', context: { brand: 'visa' } }),
    );
    assert.equal(alerts.length, 0, 'held until the stanza is over');
    alerter.settle();
    const [alert] = alerts;
    assert.ok(alert !== undefined);
    const { alertId, evidence, ...rest } = alert;
    assert.match(alertId, /^[0-9a-f]{32}$/);
    assert.deepEqual(rest, {
      tsUsec: T0,
      sensor: 'sensor-1',
      flowId: 1,
      inIface: 'span0',
      vlan: [100],
      srcIp: '192.0.2.10',
      srcPort: 40001,
      destIp: '198.51.100.5',
      destPort: 5222,
      ipVersion: 4,
      communityId: '1:flow1',
      direction: 'to_server',
      pcapFilename: '01.pcap',
      pcapCnt: 17,
      alert: {
        gid: 1,
        sid: 1560001,
        rev: 2,
        signature: 'STANZAWATCH dlp-pan',
        category: 'Confidential data left in clear',
        classtype: 'data-leak',
        severity: 2,
        metadata: {
          detection: ['dlp-pan'],
          mitre_technique_id: ['T1048.003'],
          confidence: ['high'],
        },
        references: ['url,example.org/pci'],
        count: 1,
        context: {
          brand: 'visa',
          summary:
            'alice@corp.example sent bob@corp.example a chat message that fits the rule "dlp-pan"',
        },
      },
      detection: 'dlp-pan',
      xmpp: {
        connection: 'c2s',
        transport: 'tcp',
        compressed: false,
        tls: 'offered',
        stanza: 'message',
        type: 'chat',
        id: 'm1',
        from: 'alice@corp.example/desk',
        to: 'bob@corp.example',
        ns: [],
        isCopy: false,
        session: {
          user: 'alice',
          domain: 'corp.example',
          mechanism: 'PLAIN',
          client: 'Gajim 1.8',
        },
        seenPercent: 97,
      },
      flow: {
        clientIp: '192.0.2.10',
        clientPort: 40001,
        serverIp: '198.51.100.5',
        serverPort: 5222,
        pktsToServer: 12,
        pktsToClient: 10,
        bytesToServer: 3456,
        bytesToClient: 2345,
        startUsec: T0 - 10 * SECOND,
        lastUsec: T0,
        state: 'established',
      },
    });
    assert.equal(evidence?.excerpt, 'my card 4111********1111');
    assert.equal(evidence.buffer, 'xmpp.body');
  });

  it('takes source and destination from the direction of the packet', () => {
    const [alert] = alertsOf([{ text: CARD, direction: 1 }]);
    assert.deepEqual(
      [alert?.srcIp, alert?.srcPort, alert?.destIp, alert?.destPort, alert?.direction],
      ['198.51.100.5', 5222, '192.0.2.10', 40001, 'to_client'],
    );
  });

  it('lowers the confidence, not the severity, where the flow has a gap', () => {
    const { alerter, alerts } = bench(flowFacts([], [1]));
    alerter.onFinding(makeFinding({ text: CARD }));
    alerter.onFinding(makeFinding({ text: CARD, flow: 2, id: 'm2' }));
    alerter.settle();
    assert.deepEqual(
      alerts.map(({ alert }) => [alert.severity, alert.metadata['confidence']]),
      [
        [2, ['low']],
        [2, ['high']],
      ],
    );
  });

  it('gives findings outside any flow and session an alert of their own', () => {
    const rule = makeRule('pol-sensor-blind', { sid: 1590001 });
    const [alert] = alertsOf([{ rule, session: undefined, flow: -1, serial: 0 }]);
    assert.equal(alert?.srcIp, '');
    assert.equal(alert.ipVersion, 0);
    assert.equal(alert.xmpp, undefined);
    assert.equal(alert.evidence, undefined);
  });

  it('says nothing for pass and noalert rules', () => {
    assert.deepEqual(
      alertsOf([
        { text: CARD, rule: makeRule('dlp-pan', { action: 'pass' }) },
        { text: CARD, rule: makeRule('dlp-pan', { noalert: true }) },
      ]),
      [],
    );
  });

  it('bounds what it takes from traffic', () => {
    const long = 'xyz '.repeat(250_000);
    const [alert] = alertsOf([
      {
        text: `${long} «4111111111111111» ${long}`,
        id: long,
        from: `${long}@a.example`,
        ns: Array.from({ length: 40 }, () => long),
        context: { host: long },
        session: makeSession({ client: long, user: long }),
      },
    ]);
    assert.ok(JSON.stringify(alert).length < 40_000);
    assert.ok((alert?.evidence?.excerpt.length ?? 0) <= 512);
    assert.match(alert?.evidence?.excerpt ?? '', /4111\*{8}1111/);
  });
});

describe('alert ids', () => {
  const specs: FindingSpec[] = [
    { text: CARD, serial: 5 },
    { text: CARD, serial: 6 },
    { text: CARD, serial: 6, direction: 1, from: 'bob@corp.example' },
    { rule: makeRule('stream-reopen', { sid: 1510050 }), serial: 0 },
    { rule: makeRule('stream-reopen', { sid: 1510050 }), serial: 0 },
    { text: CARD, serial: 7, tsUsec: T0 + 1 },
  ];

  it('differ within a run and repeat in the next', () => {
    const first = alertsOf(specs).map(({ alertId }) => alertId);
    assert.equal(first.length, 6);
    assert.equal(new Set(first).size, 6);
    assert.deepEqual(
      alertsOf(specs).map(({ alertId }) => alertId),
      first,
    );
  });
});

describe('one finding, one alert', () => {
  const mild = makeRule('dlp-password', { sid: 1, severity: 3 });
  const severe = makeRule('dlp-password', { sid: 2, severity: 1 });

  it('lets the most severe rule of a detection speak for a stanza', () => {
    const alerts = alertsOf([
      { rule: mild, serial: 9, text: 'pw «hunter22»' },
      { rule: severe, serial: 9, text: 'ftp «u:p@h»' },
      { rule: mild, serial: 9, text: 'pw «hunter33»' },
    ]);
    assert.deepEqual(
      alerts.map(({ alert }) => alert.sid),
      [2],
    );
  });

  it('adds no second one when a worse rule fires after the stanza has spoken', () => {
    const alerts = alertsOf([
      { rule: mild, serial: 9, text: 'pw «hunter22»' },
      { text: CARD, serial: 3, flow: 2 },
      { rule: severe, serial: 9, text: 'ftp «u:p@h»' },
    ]);
    assert.deepEqual(
      alerts.map(({ detection, alert }) => [detection, alert.sid]),
      [
        ['dlp-password', 1],
        ['dlp-pan', 1560001],
      ],
    );
  });

  it('keeps detections of one stanza apart', () => {
    const iban = makeRule('dlp-iban', { sid: 3 });
    const alerts = alertsOf([
      { text: CARD, serial: 4 },
      { rule: iban, text: '«DE89370400440532013000»', serial: 4 },
    ]);
    assert.deepEqual(
      alerts.map(({ detection }) => detection),
      ['dlp-pan', 'dlp-iban'],
    );
  });

  it('counts copies instead of alerting on them', () => {
    const { alerter, alerts, counters } = bench();
    alerter.onFinding(makeFinding({ text: CARD, id: 'm1', flow: 1 }));
    alerter.onFinding(makeFinding({ text: CARD, id: 'm1', flow: 2, direction: 1 }));
    alerter.onFinding(makeFinding({ text: CARD, id: 'm1', flow: 3, direction: 1 }));
    alerter.settle();
    assert.equal(alerts.length, 1);
    assert.equal(counters.get('alertsCopies'), 2);
  });

  it('knows legs of a stanza by the match where servers rewrite the raw bytes', () => {
    const alerts = alertsOf([
      { buffer: 'xmpp.stanza', text: `<message id='m1'>«evil»</message>`, id: 'm1' },
      {
        buffer: 'xmpp.stanza',
        text: `<message id='m1' from='alice@corp.example/desk'>«evil»</message>`,
        id: 'm1',
        flow: 2,
        direction: 1,
      },
    ]);
    assert.equal(alerts.length, 1);
  });

  it('applies to findings on a whole stanza: tiers of one, and its legs, by id and sender', () => {
    const low = makeRule('stanza-oversize', { sid: 1510170, severity: 4 });
    const high = makeRule('stanza-oversize', { sid: 1510172, severity: 2 });
    const leg = { flow: 2, direction: 1, serial: 91 } as const;
    const alerts = alertsOf([
      { rule: low, id: 'big', serial: 90 },
      { rule: high, id: 'big', serial: 90 },
      { rule: low, id: 'big', ...leg },
      { rule: low, id: 'big', ...leg, serial: 92, from: 'carol@corp.example/1' },
    ]);
    assert.deepEqual(
      alerts.map(({ alert }) => alert.sid),
      [1510172, 1510170],
    );
  });

  it('applies to rules of users that look into stanzas, each for itself', () => {
    const term = { kind: 'bsize', buffer: 9, group: 0, negated: false, min: 1, max: 9 } as const;
    const own = makeRule('', { sid: 9000001, terms: [{ ...term, relative: false }] });
    const other = makeRule('', { sid: 9000002, terms: [{ ...term, relative: false }] });
    const leg = { text: 'a «word»', id: 'm1', flow: 2, direction: 1 } as const;
    const alerts = alertsOf([
      { rule: own, text: 'a «word»', id: 'm1', serial: 70 },
      { rule: other, text: 'a «word»', id: 'm1', serial: 70 },
      { rule: own, ...leg, serial: 71 },
      { rule: other, ...leg, serial: 71 },
    ]);
    assert.deepEqual(
      alerts.map(({ alert }) => alert.sid),
      [9000001, 9000002],
    );
    assert.equal(alerts[0]?.detection, '');
  });

  it('does not apply to findings about sessions: each one is handed on', () => {
    const rule = makeRule('sasl-plain-clear', { sid: 1520001 });
    const finding: FindingSpec = { rule, name: 'auth', serial: 2, from: '' };
    assert.equal(alertsOf([finding, finding, { ...finding, flow: 2 }]).length, 3);
  });
});
