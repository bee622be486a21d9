import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counters, defaultLimits, thresholdValues } from '../../../sensor/core/index.ts';
import { Correlation, Site } from '../../../sensor/correlation/index.ts';
import { FlowQueue } from '../../../sensor/correlation/flow-queue.ts';
import { CorrelationLab, logIn } from '../../support/correlation-lab.ts';

const SMALL = { flowTableFlows: 256, xmlSlots: 4 };
const SECOND = 1_000_000;
const HEADER =
  "<stream:stream to='corp.example' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";

function held(lab: CorrelationLab): number {
  return lab.of('service.held_logins').length;
}

test('held logins: each one beyond the threshold is a firing of one incident', () => {
  const lab = new CorrelationLab({ limits: SMALL });
  const flows = Array.from({ length: 25 }, () => lab.flow({ client: '203.0.113.7' }).c(HEADER));
  lab.wait(61);
  flows[0]?.close();
  const told = lab.of('service.held_logins');
  assert.equal(told.length, 6);
  assert.deepEqual([...new Set(told.map(({ incident }) => incident?.key))], ['203.0.113.7']);
  assert.equal(told.at(-1)?.context['open'], 25);
});

test('held logins: who logs in within the minute is not held', () => {
  const lab = new CorrelationLab({ limits: SMALL });
  for (let i = 0; i < 100; i++) logIn(lab.flow({ client: '203.0.113.7' }), `user${i}`);
  lab.wait(200);
  lab.flow().close();
  assert.equal(held(lab), 0);
});

test('held logins: what goes to TLS is not held', () => {
  const lab = new CorrelationLab({ limits: SMALL });
  for (let i = 0; i < 30; i++) {
    lab
      .flow({ client: '203.0.113.7' })
      .c(HEADER)
      .s(
        `${HEADER.replace(' to=', " id='1' from=")}<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>`,
      )
      .c("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
      .s("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
  }
  lab.wait(200);
  lab.flow().close();
  assert.equal(held(lab), 0);
});

test('held logins: those that end make room', () => {
  const lab = new CorrelationLab({ limits: SMALL });
  for (let round = 0; round < 4; round++) {
    const flows = Array.from({ length: 15 }, () => lab.flow({ client: '203.0.113.7' }));
    lab.wait(70);
    for (const flow of flows) flow.close();
  }
  assert.equal(held(lab), 0);
});

test('held logins: sessions picked up in their middle are not held', () => {
  const lab = new CorrelationLab({ limits: SMALL });
  for (let i = 0; i < 30; i++) lab.flow({ client: '203.0.113.7', midstream: true });
  lab.wait(200);
  lab.flow().close();
  assert.equal(held(lab), 0);
});

test('held logins: a clock that steps back begins anew, one that leaps forward is survived', () => {
  const lab = new CorrelationLab({ limits: SMALL });
  for (let i = 0; i < 30; i++) lab.flow({ client: '203.0.113.7' });
  lab.wait(-1e8);
  lab.flow({ client: '203.0.113.9' }).close();
  assert.equal(held(lab), 0);
  lab.wait(30);
  lab.flow({ client: '203.0.113.9' }).close();
  assert.equal(held(lab), 0);
  lab.wait(31);
  lab.flow({ client: '203.0.113.9' }).close();
  assert.equal(held(lab), 11);
  lab.wait(1e9);
  lab.flow({ client: '203.0.113.9' }).close();
});

test('held logins: a hundred thousand at once, of one source and of as many', () => {
  for (const areMany of [false, true]) {
    let told = 0;
    const counters = new Counters();
    const limits = { ...defaultLimits(), correlationHeldLoginEntries: 1024 };
    const room = new Correlation({
      ...{ counters, limits, thresholds: thresholdValues(), botAllow: [], serverFeatures: [] },
      site: new Site([], []),
      facts: { onCampaign: () => undefined, onServerFeatures: () => undefined },
      endpointsOf: (flow) => ({
        flowId: flow,
        clientWords: Int32Array.of(0, 0, 0xffff, areMany ? flow : 7),
        clientPort: 1,
        serverWords: Int32Array.of(0, 0, 0xffff, 9),
        serverPort: 5222,
      }),
      raise: () => undefined,
      raiseOnFlow: () => told++,
    });
    for (let flow = 0; flow < 100_000; flow++) room.onConnect(flow, flow);
    room.onTick(100 * SECOND);
    assert.equal(told, areMany ? 0 : 100_000 - 19);
    const [table] = room.report().filter(({ name }) => name === 'held_logins');
    assert.equal(table?.count, areMany ? 1024 : 1);
    assert.equal(table.evictions, areMany ? 100_000 - 1024 : 0);
    for (let flow = 0; flow < 100_000; flow++) room.onDisconnect(flow, 101 * SECOND);
    told = 0;
    for (let flow = 0; flow < 19; flow++) room.onConnect(flow, 4000 * SECOND);
    room.onTick(4070 * SECOND);
    assert.equal(told, 0, 'all of them were given back');
  }
});

test('the queue of flows keeps order, forgets who leaves, and takes an index again', () => {
  const queue = new FlowQueue(10);
  for (const flow of [5, 3, 2000, 7]) queue.add(flow, flow);
  queue.add(3, 9);
  queue.remove(2000);
  queue.remove(99_999);
  assert.equal(queue.takeDue(5), -1);
  assert.equal(queue.takeDue(20 * SECOND), 5);
  queue.add(5, 20 * SECOND);
  assert.deepEqual([queue.takeDue(20 * SECOND), queue.takeDue(20 * SECOND)], [3, 7]);
  assert.equal(queue.takeDue(20 * SECOND), -1);
  assert.equal(queue.takeDue(30 * SECOND), 5);
  assert.equal(queue.takeDue(30 * SECOND), -1);
});
