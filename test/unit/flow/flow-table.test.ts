import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Counters, defaultLimits, packetTime } from '../../../sensor/core/index.ts';
import { DECODED, PacketView, decodePacket } from '../../../sensor/decode/index.ts';
import { FlowTable, type FlowEndReason } from '../../../sensor/flow/index.ts';
import { FlowHarness } from '../../support/flow-harness.ts';
import { LINK, START_USEC, buildPacket, type PacketSpec } from '../../support/packets.ts';

/** A table fed with packets of many connections; records which flows opened and closed. */
class Crowd {
  readonly counters = new Counters();
  readonly table: FlowTable;
  readonly closed: { port: number; reason: FlowEndReason }[] = [];
  readonly opened: number[] = [];
  nowUsec = START_USEC;
  readonly #view = new PacketView();

  constructor(limits: Partial<ReturnType<typeof defaultLimits>> = {}) {
    const counters = this.counters;
    this.table = new FlowTable({ counters, limits: { ...defaultLimits(), ...limits } });
    this.table.connect({
      onOpen: (flow) => {
        this.opened.push(this.table.clientPort(flow));
      },
      onData: () => undefined,
      onGap: () => undefined,
      onEvent: () => undefined,
      onClose: (flow, reason) => {
        this.closed.push({ port: this.table.clientPort(flow), reason });
      },
    });
  }

  packet(clientPort: number, flags = 'S', spec: PacketSpec = {}): void {
    const bytes = buildPacket({ srcPort: clientPort, flags, seq: 7, ack: 9, ...spec });
    this.nowUsec += 1000;
    const verdict = decodePacket(
      bytes,
      0,
      bytes.length,
      bytes.length,
      packetTime(this.nowUsec),
      LINK.ethernet,
      this.#view,
    );
    assert.equal(verdict, DECODED);
    this.table.process(this.#view);
  }
}

describe('limits of the table', () => {
  it('full: the flow idle longest is evicted, what never began first', () => {
    const crowd = new Crowd({ flowTableFlows: 4 });
    for (const port of [1, 2]) crowd.packet(port, 'PA', { payload: 'x' });
    for (const port of [3, 4]) crowd.packet(port);
    crowd.nowUsec += 2_000_000;
    crowd.packet(3);
    crowd.packet(5);
    assert.deepEqual(crowd.closed, [{ port: 4, reason: 'evicted' }]);
    crowd.packet(6);
    crowd.packet(7);
    crowd.packet(8);
    assert.deepEqual(
      crowd.closed.map(({ port }) => port),
      [4, 3, 5, 6],
    );
    assert.equal(crowd.counters.get('flowsEndEvicted'), 4);
    assert.equal(crowd.counters.get('flowsOpened'), 8);
  });

  it('full: stragglers of ended flows go first and are no loss', () => {
    const crowd = new Crowd({ flowTableFlows: 2 });
    crowd.packet(1, 'PA', { payload: 'x' });
    crowd.packet(1, 'FA', { seq: 8 });
    const back = { src: '198.51.100.5', dst: '192.0.2.10', srcPort: 5222, dstPort: 1 };
    crowd.packet(1, 'FA', { ...back, seq: 9, ack: 9 });
    crowd.packet(2);
    crowd.packet(3);
    assert.deepEqual(crowd.closed, [{ port: 1, reason: 'closed' }]);
    assert.equal(crowd.counters.get('flowsEndEvicted'), 0);
  });

  it('at the memory cap new flows are not followed, and that is counted', () => {
    const crowd = new Crowd({ flowMemcapBytes: 16_000 });
    for (let port = 1; port <= 100; port++) crowd.packet(port);
    assert.ok(crowd.opened.length > 8 && crowd.opened.length < 100, `${crowd.opened.length} flows`);
    assert.deepEqual(crowd.closed, []);
    crowd.table.sweep(crowd.nowUsec);
    assert.ok(crowd.counters.get('flowMemuse') <= 16_000);
    assert.equal(crowd.counters.get('flowsActive'), crowd.opened.length);
  });

  it('grows as flows come and keeps them all', () => {
    const crowd = new Crowd();
    for (let port = 1; port <= 40_000; port++) crowd.packet(port);
    assert.equal(crowd.opened.length, 40_000);
    crowd.packet(1, 'A', { seq: 8 });
    crowd.packet(20_000, 'A', { seq: 8 });
    assert.equal(crowd.counters.get('flowsOpened'), 40_000, 'both were found');
    crowd.table.shutdown();
    assert.equal(crowd.counters.get('flowsEndShutdown'), 40_000);
    assert.equal(crowd.counters.get('flowsActive'), 0);
  });
});

describe('time', () => {
  it('flows end by state: new after 60 s, established after 2 h', () => {
    const crowd = new Crowd();
    crowd.packet(1);
    crowd.packet(2, 'PA', { payload: 'x' });
    crowd.table.sweep(crowd.nowUsec + 59e6);
    assert.deepEqual(crowd.closed, []);
    crowd.table.sweep(crowd.nowUsec + 62e6);
    assert.deepEqual(crowd.closed, [{ port: 1, reason: 'timeout' }]);
    crowd.table.sweep(crowd.nowUsec + 7202e6);
    assert.deepEqual(crowd.closed[1], { port: 2, reason: 'timeout' });
  });

  it('packets of other flows are enough to end what is over, a bounded number at a time', () => {
    const crowd = new Crowd();
    for (let port = 1; port <= 50; port++) crowd.packet(port);
    crowd.nowUsec += 120e6;
    crowd.packet(1000);
    const ended = crowd.closed.length;
    assert.ok(ended > 0 && ended < 50);
    for (let i = 0; i < 50; i++) crowd.packet(1000, 'A', { seq: 8 });
    assert.equal(crowd.closed.length, 50);
  });

  it('a flow that has timed out is not taken up again by a late packet', () => {
    const crowd = new Crowd();
    crowd.packet(1, 'PA', { payload: 'x' });
    crowd.nowUsec += 8000e6;
    crowd.packet(1, 'PA', { seq: 8, payload: 'y' });
    assert.deepEqual(crowd.closed, [{ port: 1, reason: 'timeout' }]);
    assert.deepEqual(crowd.opened, [1, 1]);
  });

  it('a small step back changes nothing, a big one is another capture', () => {
    const crowd = new Crowd();
    crowd.packet(1);
    crowd.nowUsec -= 5e6;
    crowd.packet(2);
    crowd.packet(1, 'A', { seq: 8 });
    assert.deepEqual(crowd.closed, []);
    crowd.nowUsec -= 1e12;
    crowd.packet(3);
    assert.deepEqual(crowd.opened, [1, 2, 3]);
    assert.deepEqual(crowd.closed.map(({ port }) => port).sort(), [1, 2]);
  });
});

describe('picked up in the middle', () => {
  const sides = (clientPort: number, serverPort: number): FlowHarness =>
    new FlowHarness({ clientPort, serverPort });

  it('a port of XMPP is the server, whatever the numbers', () => {
    const harness = sides(80, 5222).send('S', 'PA', 'x').send('C', 'PA', 'y');
    assert.deepEqual(harness.log, ['open', 'S x', 'C y']);
    assert.equal(harness.table.isMidstream(harness.flow), true);
    assert.equal(harness.table.hasGap(harness.flow), true);
    assert.equal(harness.counters.get('flowsMidstream'), 1);
  });

  it('else the lower port is the server', () => {
    assert.deepEqual(sides(50000, 8080).send('S', 'PA', 'x').log, ['open', 'S x']);
    assert.deepEqual(sides(50000, 8080).send('C', 'PA', 'x').log, ['open', 'C x']);
  });

  it('bare ACKs, FINs and resets open nothing', () => {
    const harness = new FlowHarness().send('C', 'A').send('S', 'FA').send('C', 'RA').send('S', 'R');
    assert.deepEqual(harness.log, []);
  });

  it('the first data of the other half corrects a start known from an acknowledgement only', () => {
    const harness = new FlowHarness().send('C', 'PA', 'question', { ack: 500 });
    harness.send('S', 'PA', 'early answer', { at: 488 }).send('S', 'PA', '!', { at: 500 });
    assert.deepEqual(harness.log, ['open', 'C question', 'S early answer', 'S !']);
  });

  it('a forged acknowledgement does not hide the other half', () => {
    const harness = new FlowHarness().send('C', 'PA', 'question', { ack: 1_500_000_000 });
    harness.send('S', 'PA', 'answer', { at: 0 });
    assert.deepEqual(harness.log, ['open', 'C question', 'S answer']);
  });
});

describe('ignored flows', () => {
  it('deliver nothing more, also when ignored from a callback', () => {
    const harness = new FlowHarness().handshake();
    harness.onFirstData = (flow) => {
      harness.table.ignore(flow);
    };
    harness.send('C', 'PA', 'behind', { at: 3 }).send('C', 'PA', 'abc', { at: 0 });
    harness.send('S', 'PA', 'x').send('C', 'PA', 'y', { at: 9 });
    assert.deepEqual(harness.take(), ['open', 'C abc']);
    const info = harness.table.info(harness.flow);
    assert.equal(info.packetsToServer, 5);
    assert.ok(info.bytesToServer > 270);
    harness.table.sweep(harness.nowUsec);
    const empty = new FlowHarness();
    empty.table.sweep(empty.nowUsec);
    assert.equal(
      harness.counters.get('reassemblyMemuse'),
      empty.counters.get('reassemblyMemuse'),
      'held data was freed',
    );
  });

  const ignored = (): FlowHarness => {
    const harness = new FlowHarness().handshake().send('C', 'PA', 'x');
    harness.table.ignore(harness.flow);
    harness.take();
    return harness;
  };

  it('end by FIN, reset and time', () => {
    assert.deepEqual(ignored().send('C', 'FA').send('S', 'FA').log, ['close closed']);
    assert.deepEqual(ignored().send('C', 'RA').wait(11e6).log, ['close reset']);
    assert.deepEqual(ignored().wait(7300e6).log, ['close timeout']);
  });

  it('a SYN begins a flow that is not ignored', () => {
    const harness = ignored().send('C', 'S').send('C', 'S', '', { ownIsn: 5 });
    harness.send('C', 'PA', 'new', { ownIsn: 5, at: 0, ack: 0 });
    assert.deepEqual(harness.log, ['close closed', 'open', 'C new']);
  });
});

describe('what a capture port does to packets', () => {
  it('every packet twice changes nothing', () => {
    const harness = new FlowHarness();
    const twice = (...step: Parameters<FlowHarness['send']>): void => {
      const [who, flags, data = '', rest = {}] = step;
      const at = rest.at ?? (flags.includes('S') ? -1 : 0);
      harness.send(who, flags, data, { ...rest, at }).send(who, flags, data, { ...rest, at });
    };
    twice('C', 'S');
    twice('S', 'SA');
    twice('C', 'PA', 'one');
    twice('C', 'PA', 'two', { at: 3 });
    twice('S', 'PA', 'reply');
    twice('C', 'FA', '', { at: 6 });
    twice('S', 'FA', '', { at: 5 });
    twice('C', 'A', '', { at: 7 });
    assert.deepEqual(harness.log, ['open', 'C one', 'C two', 'S reply', 'close closed']);
    assert.equal(harness.counters.get('tcpOverlapConflicts'), 0);
  });

  it('directions merged out of order are put right', () => {
    const harness = new FlowHarness();
    harness.send('S', 'SA', '', { ack: 0 }).send('C', 'A', '', { at: 0 }).send('C', 'S');
    harness.send('S', 'A', '', { at: 0, ack: 5 }).send('C', 'PA', 'hello', { at: 0 });
    harness.send('C', 'FA', '', { at: 10, ack: 3 }).send('S', 'PA', 'bye', { at: 0 });
    harness.send('S', 'FA', '', { at: 3, ack: 11 }).send('C', 'PA', 'again', { at: 5 });
    assert.deepEqual(harness.log, ['open', 'C hello', 'S bye', 'C again', 'close closed']);
    assert.equal(harness.closed[0]?.seenPercent, 100);
  });

  it('one connection on two VLANs, or tagged in one direction only, is one flow unless told', () => {
    const harness = new FlowHarness();
    harness
      .send('C', 'S', '', { vlans: [10] })
      .send('S', 'SA')
      .send('C', 'PA', 'x', { vlans: [20] });
    assert.deepEqual(harness.log, ['open', 'C x']);
    assert.deepEqual(harness.table.info(harness.flow).vlan, [10]);
    const apart = new FlowHarness({ usesVlan: true });
    apart.send('C', 'PA', 'x', { vlans: [10] }).send('C', 'PA', 'y', { vlans: [20] });
    apart.send('C', 'PA', 'z', { vlans: [10, 20] });
    assert.deepEqual(apart.log, ['open', 'C x', 'open', 'C y', 'open', 'C z']);
  });
});

describe('facts', () => {
  it('names ends, counts, ids and times', () => {
    const harness = new FlowHarness({ firstFlowId: 1000, communityIdSeed: 1 }).handshake();
    harness.send('C', 'PA', 'hello');
    const info = harness.table.info(harness.flow);
    assert.deepEqual(
      { ...info, communityId: info.communityId.slice(0, 2) },
      {
        flowId: 1000,
        clientIp: '192.0.2.10',
        clientPort: 40000,
        serverIp: '198.51.100.5',
        serverPort: 5222,
        ipVersion: 4,
        vlan: [],
        communityId: '1:',
        startUsec: START_USEC + 100,
        lastUsec: START_USEC + 400,
        packetsToServer: 3,
        packetsToClient: 1,
        bytesToServer: 54 + 4 + 54 + 59,
        bytesToClient: 54 + 4,
        isMidstream: false,
        isOneSided: false,
        gapBytes: 0,
        seenPercent: 100,
        state: 'established',
      },
    );
  });

  it('are those of the flow that has the index now, not of the one before', () => {
    const crowd = new Crowd({ flowTableFlows: 1 });
    crowd.packet(1, 'PA', { payload: 'x' });
    const before = crowd.table.info(0);
    assert.equal(crowd.table.info(0).communityId, before.communityId);
    crowd.nowUsec += 2_000_000;
    crowd.packet(2, 'PA', { payload: 'x' });
    assert.deepEqual(crowd.opened, [1, 2], 'one row, the index of another flow');
    const after = crowd.table.info(0);
    assert.deepEqual([before.clientPort, after.clientPort], [1, 2]);
    assert.notEqual(after.communityId, before.communityId);
  });

  it('endpoints are words for rules, undefined for no flow', () => {
    const harness = new FlowHarness().handshake();
    const endpoints = harness.table.endpoints(harness.flow);
    assert.deepEqual(endpoints?.clientWords, Int32Array.of(0, 0, 0xffff, 0xc000020a | 0));
    assert.equal(endpoints.serverPort, 5222);
    assert.equal(harness.table.endpoints(-1), undefined);
    assert.equal(harness.table.endpoints(harness.flow + 1), undefined);
  });

  it('IPv6 flows are found in both directions and shown as such', () => {
    const harness = new FlowHarness();
    const six = { src: '2001:db8::a', dst: '2001:db8::5' };
    harness.send('C', 'S', '', six).send('S', 'SA', '', { src: six.dst, dst: six.src });
    harness.send('C', 'PA', 'x', six);
    assert.deepEqual(harness.log, ['open', 'C x']);
    const info = harness.table.info(harness.flow);
    assert.equal(info.ipVersion, 6);
    assert.equal(info.clientIp, '2001:db8::a');
  });

  it('both ends the same address and port is one flow', () => {
    const harness = new FlowHarness({ clientPort: 7, serverPort: 7 });
    harness.send('C', 'S', '', { src: '192.0.2.1', dst: '192.0.2.1' });
    harness.send('S', 'A', '', { src: '192.0.2.1', dst: '192.0.2.1' });
    assert.deepEqual(harness.log, ['open']);
  });

  it('events are counted by id', () => {
    const harness = new FlowHarness().send('C', 'S', 'x');
    assert.equal(
      harness.counters.events.reduce((sum, count) => sum + count, 0),
      1,
    );
  });
});
