import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { COUNTER, Counters, EVENTS, eventId } from '../../../sensor/core/index.ts';
import {
  AnomalyRecorder,
  bareJid,
  buildFlowRecord,
  buildSessionRecord,
  buildStatsRecord,
  isFlowOfInterest,
  jidDomain,
  type SensorRecord,
} from '../../../sensor/alert/index.ts';
import { LIMITS, SECOND, T0, flowFacts, makeFlow, makeSession } from './sample.ts';

const origin = { fileName: '01.pcap', interfaceName: 'span0', packetNumber: 17 };

describe('buildSessionRecord()', () => {
  const summary = {
    endUsec: T0 + SECOND,
    endReason: 'closed',
    messages: [1, 2],
    presences: [3, 4],
    iqs: [5, 6],
    nonzas: [7, 8],
    bytes: [900, 1000],
    streamErrors: ['conflict'],
    starttls: 'offered',
    compression: 'absent',
    mechanismsOffered: ['PLAIN'],
    logins: [],
    tokensIssued: 0,
  } as const;

  it('joins session, summary and flow', () => {
    const record = buildSessionRecord('s', makeSession(), summary, makeFlow(3), origin);
    assert.equal(record.tsUsec, summary.endUsec);
    assert.equal(record.flowId, 3);
    assert.equal(record.jid, 'alice@corp.example/desk');
    assert.equal(record.starttls, 'offered');
    assert.deepEqual(record.nonzas, [7, 8]);
    assert.equal(record.flow.clientPort, 40003);
    assert.equal(record.inIface, 'span0');
  });

  it('bounds text and lists from traffic', () => {
    const long = 'x'.repeat(100_000);
    const session = makeSession({ user: long, jid: long, client: long, mechanism: long });
    const streamErrors = Array.from({ length: 1000 }, () => long);
    const wide = { ...summary, streamErrors, mechanismsOffered: streamErrors };
    const record = buildSessionRecord('s', session, wide, makeFlow(3), origin);
    assert.ok(JSON.stringify(record).length < 250_000);
  });
});

describe('flow records', () => {
  it('exist for XMPP on any port and for anything on a port of XMPP', () => {
    assert.equal(isFlowOfInterest(makeFlow(1, { serverPort: 80 }), 'xmpp'), true);
    assert.equal(isFlowOfInterest(makeFlow(1, { serverPort: 443 }), 'tls'), false);
    assert.equal(isFlowOfInterest(makeFlow(1, { serverPort: 80 }), 'failed'), false);
    assert.equal(isFlowOfInterest(makeFlow(1, { serverPort: 5269 }), 'tls'), true);
  });

  it('carry the reason, the protocol and how much was seen', () => {
    const info = makeFlow(1, { gapBytes: 10, seenPercent: 90, isMidstream: true });
    const record = buildFlowRecord('s', info, 'timeout', 'tls', origin);
    assert.equal(record.reason, 'timeout');
    assert.equal(record.appProto, 'tls');
    assert.deepEqual([record.gapBytes, record.seenPercent, record.isMidstream], [10, 90, true]);
  });
});

describe('buildStatsRecord()', () => {
  it('names every counter and the events that occurred', () => {
    const counters = new Counters();
    counters.add('capturePackets', 12);
    counters.events[eventId('xml.dtd')] = 2;
    const record = buildStatsRecord('s', T0, 8, counters);
    assert.deepEqual(Object.keys(record.counters), Object.keys(COUNTER));
    assert.equal(record.counters['capturePackets'], 12);
    assert.deepEqual(record.events, { 'xml.dtd': 2 });
  });
});

describe('AnomalyRecorder', () => {
  function recorder(flows = 4): { anomalies: AnomalyRecorder; out: SensorRecord[] } {
    const out: SensorRecord[] = [];
    const anomalies = new AnomalyRecorder({
      sensorName: 's',
      flowFacts: flowFacts(),
      origin: () => origin,
      limits: { ...LIMITS, flowTableFlows: flows },
      emit: (record) => out.push(record),
    });
    return { anomalies, out };
  }

  it('records the first of each kind in a flow, with the addresses of the packet', () => {
    const { anomalies, out } = recorder();
    const dtd = eventId('xml.dtd');
    anomalies.onEvent(dtd, 2, 1, T0);
    anomalies.onEvent(dtd, 2, 0, T0 + 1);
    assert.equal(out.length, 1);
    assert.deepEqual(out[0]?.record, {
      tsUsec: T0,
      sensor: 's',
      flowId: 2,
      communityId: '1:flow2',
      srcIp: '198.51.100.5',
      srcPort: 5222,
      destIp: '192.0.2.10',
      destPort: 40002,
      ipVersion: 4,
      pcapFilename: '01.pcap',
      pcapCnt: 17,
      layer: 'applayer',
      event: 'xml.dtd',
    });
    anomalies.onEvent(dtd, 3, 0, T0);
    assert.equal(out.length, 2);
  });

  it('tells all events of the catalogue apart in every flow', () => {
    const { anomalies, out } = recorder();
    for (let round = 0; round < 2; round++) {
      for (let flow = 0; flow < 4; flow++) {
        for (let event = 1; event < EVENTS.length; event++) anomalies.onEvent(event, flow, 0, T0);
      }
    }
    assert.equal(out.length, 4 * (EVENTS.length - 1));
  });

  it('starts anew when the flow index is used again', () => {
    const { anomalies, out } = recorder();
    const dtd = eventId('xml.dtd');
    anomalies.onEvent(dtd, 1, 0, T0);
    anomalies.onEvent(dtd, 2, 0, T0);
    anomalies.onFlowClose(1);
    anomalies.onEvent(dtd, 1, 0, T0);
    anomalies.onEvent(dtd, 2, 0, T0);
    assert.equal(out.length, 3);
  });

  it('records events outside a flow once a minute for each kind', () => {
    const { anomalies, out } = recorder();
    const cut = eventId('decoder.tcp.truncated');
    for (const at of [0, 1, 59, 60, 61]) anomalies.onEvent(cut, -1, 0, T0 + at * SECOND);
    anomalies.onEvent(eventId('decoder.ipv4.truncated'), -1, 0, T0);
    assert.deepEqual(
      out.map((entry) => entry.kind === 'anomaly' && entry.record.tsUsec - T0),
      [0, 60 * SECOND, 0],
    );
    const [first] = out;
    assert.ok(first?.kind === 'anomaly' && first.record.srcIp === '');
  });

  it('asks for the facts of a flow only when it records', () => {
    const facts = flowFacts();
    const anomalies = new AnomalyRecorder({
      sensorName: 's',
      flowFacts: facts,
      origin: () => origin,
      limits: { ...LIMITS, flowTableFlows: 4 },
      emit: () => undefined,
    });
    for (let i = 0; i < 1000; i++) anomalies.onEvent(eventId('xml.dtd'), 1, 0, T0 + i);
    assert.equal(facts.infos, 1);
  });
});

describe('parts of a JID', () => {
  it('are cut without judging', () => {
    assert.equal(bareJid('Alice@Corp.Example/Desk/2'), 'alice@corp.example');
    assert.equal(bareJid(''), '');
    assert.equal(bareJid("'><svg/onload=X>"), "'><svg/onload=x>");
    assert.equal(bareJid("'><svg/onload=X>@Corp.example/a"), "'><svg/onload=x>@corp.example/a");
    assert.equal(bareJid('<b>@[2001:db8::1]/a'), '<b>@[2001:db8::1]');
    assert.equal(bareJid('d\u00fcrst.example/a/b'), 'd\u00fcrst.example');
    assert.equal(jidDomain('alice@Corp.example/x@y'), 'corp.example');
    assert.equal(jidDomain('corp.example/res'), 'corp.example');
  });
});
