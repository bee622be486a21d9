import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FlowHarness } from '../../support/flow-harness.ts';

describe('handshake', () => {
  it('three-way: both directions are followed from their first byte', () => {
    const harness = new FlowHarness().handshake();
    harness.send('C', 'PA', 'hello').send('S', 'PA', 'world');
    assert.deepEqual(harness.log, ['open', 'C hello', 'S world']);
    const info = harness.table.info(harness.flow);
    assert.equal(info.isMidstream, false);
    assert.equal(info.state, 'established');
    assert.equal(info.clientPort, 40000);
    assert.equal(info.serverPort, 5222);
  });

  it('a flow is new until both ends have spoken', () => {
    const harness = new FlowHarness().send('C', 'S');
    assert.equal(harness.table.info(harness.flow).state, 'new');
    harness.send('S', 'SA');
    assert.equal(harness.table.info(harness.flow).state, 'new');
    harness.send('C', 'A');
    assert.equal(harness.table.info(harness.flow).state, 'established');
  });

  it('a SYN-ACK that overtook its SYN tells the direction', () => {
    const harness = new FlowHarness({ clientPort: 80, serverPort: 50000 });
    harness.send('S', 'SA', '', { ack: 0 }).send('C', 'S').send('C', 'A');
    harness.send('C', 'PA', 'hello');
    assert.deepEqual(harness.log, ['open', 'C hello']);
    assert.equal(harness.table.info(harness.flow).isMidstream, false);
    assert.equal(harness.table.clientPort(harness.flow), 80);
  });

  it('data that overtook the SYN of its own half is no conflict', () => {
    const harness = new FlowHarness();
    harness.send('C', 'S').send('C', 'A', '', { ack: 0 }).send('S', 'PA', 'hi', { at: 0 });
    harness.send('S', 'SA', '', { at: -1 }).send('S', 'PA', ' you', { at: 2 });
    assert.deepEqual(harness.log, ['open', 'S hi', 'S  you']);
  });

  it('split in four: the second plain SYN is named, data flows', () => {
    const harness = new FlowHarness();
    harness.send('C', 'S').send('S', 'S').send('C', 'SA').send('S', 'A').send('C', 'PA', 'data');
    assert.deepEqual(harness.log, ['open', 'S !flow.split_handshake', 'C data']);
    assert.equal(harness.table.clientPort(harness.flow), 40000);
  });

  it('split in five: an ACK first, then the plain SYN', () => {
    const harness = new FlowHarness();
    harness.send('C', 'S').send('S', 'A', '', { at: -1, ack: 0 }).send('S', 'S');
    harness.send('C', 'SA').send('S', 'A').send('C', 'PA', 'data').send('S', 'PA', 'answer');
    assert.deepEqual(harness.log, ['open', 'S !flow.split_handshake', 'C data', 'S answer']);
  });

  it('a repeated SYN is nothing', () => {
    const harness = new FlowHarness().send('C', 'S').send('C', 'S').send('S', 'SA').send('S', 'SA');
    harness.send('C', 'A').send('C', 'PA', 'x');
    assert.deepEqual(harness.log, ['open', 'C x']);
  });

  it('a SYN with another number is named, and the SYN-ACK says which one counts', () => {
    const harness = new FlowHarness().send('C', 'S');
    harness.send('C', 'S', '', { ownIsn: 777_000 });
    harness.send('S', 'SA', '', { ack: 0 }).send('C', 'A').send('C', 'PA', 'real');
    assert.deepEqual(harness.log, ['open', 'C !flow.syn_isn_changed', 'C real']);
  });

  it('the other way round: the SYN-ACK may take up the later SYN', () => {
    const harness = new FlowHarness().send('C', 'S', '', { ownIsn: 777_000 }).send('C', 'S');
    harness.send('S', 'SA', '', { ack: 0 }).send('C', 'A').send('C', 'PA', 'real');
    assert.deepEqual(harness.log, ['open', 'C !flow.syn_isn_changed', 'C real']);
  });

  it('two SYN-ACKs: the ACK of the client says which one counts', () => {
    const harness = new FlowHarness().send('C', 'S').send('S', 'SA');
    harness.send('S', 'SA', '', { ownIsn: 555_000, ack: 0, at: -1 });
    harness.send('C', 'A').send('S', 'PA', 'welcome');
    assert.deepEqual(harness.log, ['open', 'S !flow.syn_isn_changed', 'S welcome']);
  });

  it('a SYN-ACK for another SYN than the one seen corrects the start of the client', () => {
    const harness = new FlowHarness().send('C', 'S', '', { ownIsn: 123_456 });
    harness.send('S', 'SA', '', { ack: 0 }).send('C', 'A').send('C', 'PA', 'real');
    assert.deepEqual(harness.log, ['open', 'C real']);
  });

  it('SYN with FIN opens nothing and ends nothing', () => {
    assert.deepEqual(new FlowHarness().send('C', 'SF').log, []);
    const harness = new FlowHarness().handshake();
    harness.send('C', 'SF', '', { at: 0 }).send('C', 'PA', 'x', { at: 0 });
    assert.deepEqual(harness.log, ['open', 'C x']);
  });
});

describe('data on the SYN', () => {
  it('is delivered once the SYN-ACK takes it (TCP fast open)', () => {
    const harness = new FlowHarness().send('C', 'S', 'early');
    assert.deepEqual(harness.take(), ['open', 'C !flow.syn_with_data']);
    harness.send('S', 'SA', '', { ack: 5 });
    assert.deepEqual(harness.take(), ['C early']);
    harness.send('C', 'PA', ' late', { at: 5 });
    assert.deepEqual(harness.take(), ['C  late']);
  });

  it('is forgotten when the SYN-ACK refuses it', () => {
    const harness = new FlowHarness().send('C', 'S', 'BOGUS').send('S', 'SA', '', { ack: 0 });
    harness.send('C', 'PA', 'early', { at: 0 });
    assert.deepEqual(harness.log, ['open', 'C !flow.syn_with_data', 'C early']);
  });

  it('without a SYN-ACK seen, the place where the client goes on tells', () => {
    const taken = new FlowHarness()
      .send('C', 'S', 'early')
      .send('C', 'PA', ' late', { at: 5, ack: 0 });
    assert.deepEqual(taken.log.slice(2), ['C early', 'C  late']);
    const refused = new FlowHarness()
      .send('C', 'S', 'early')
      .send('C', 'PA', 'EARLY', { at: 0, ack: 0 });
    assert.deepEqual(refused.log.slice(2), ['C EARLY']);
  });

  it('of a SYN-ACK is delivered at once', () => {
    const harness = new FlowHarness().send('C', 'S').send('S', 'SA', 'banner');
    harness.send('C', 'A').send('S', 'PA', '!', { at: 6 });
    assert.deepEqual(harness.log, ['open', 'S !flow.syn_with_data', 'S banner', 'S !']);
  });
});

describe('another connection on the same addresses and ports', () => {
  it('a SYN after both FINs opens it', () => {
    const harness = new FlowHarness().handshake().send('C', 'PA', 'one');
    harness.send('C', 'FA').send('S', 'FA').send('C', 'A');
    harness.send('C', 'S', '', { ownIsn: 50_000 });
    harness.send('S', 'SA', '', { peerIsn: 50_000, ack: 0, at: -1, ownIsn: 60_000 });
    harness.send('C', 'PA', 'two', { ownIsn: 50_000, peerIsn: 60_000, at: 0, ack: 0 });
    assert.deepEqual(harness.log, ['open', 'C one', 'close closed', 'open', 'C two']);
  });

  it('a stray SYN on a running connection is named and changes nothing', () => {
    const harness = new FlowHarness().handshake().send('C', 'PA', 'one');
    harness.send('C', 'S', '', { ownIsn: 50_000 });
    harness.send('C', 'PA', ' two', { at: 3 });
    assert.deepEqual(harness.log, ['open', 'C one', 'C !flow.syn_isn_changed', 'C  two']);
  });

  it('a SYN-ACK that takes up the new SYN proves a new connection', () => {
    const harness = new FlowHarness().handshake().send('C', 'PA', 'one');
    harness.send('C', 'S', '', { ownIsn: 50_000 });
    harness.send('S', 'SA', '', { peerIsn: 50_000, ack: 0, at: -1, ownIsn: 60_000 });
    harness.send('C', 'PA', 'two', { ownIsn: 50_000, peerIsn: 60_000, at: 0, ack: 0 });
    assert.deepEqual(harness.take(), [
      'open',
      'C one',
      'C !flow.syn_isn_changed',
      'close closed',
      'open',
      'C two',
    ]);
    assert.equal(harness.table.info(harness.flow).flowId, 2);
    assert.equal(harness.table.info(harness.flow).packetsToClient, 1);
  });

  it('of which only the client is captured: its first data proves it', () => {
    const harness = new FlowHarness();
    harness.send('C', 'S').send('C', 'PA', 'one', { ack: 0 });
    harness.send('C', 'S', '', { ownIsn: 90_000_000 });
    harness.send('C', 'PA', 'two', { ownIsn: 90_000_000, at: 0, ack: 0 });
    assert.deepEqual(harness.log.slice(1), [
      'C one',
      'C !flow.syn_isn_changed',
      'close closed',
      'open',
      'C two',
    ]);
  });
});
