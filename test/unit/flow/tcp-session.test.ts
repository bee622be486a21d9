import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FlowHarness } from '../../support/flow-harness.ts';

/** A connection in which each side has said something. */
function established(options: ConstructorParameters<typeof FlowHarness>[0] = {}): FlowHarness {
  const harness = new FlowHarness(options).handshake().send('C', 'PA', 'hello');
  harness.send('S', 'PA', 'world').send('C', 'A');
  harness.take();
  return harness;
}

describe('closing', () => {
  it('both FINs end the flow at once', () => {
    const harness = established().send('C', 'FA').send('S', 'FA');
    assert.deepEqual(harness.take(), ['close closed']);
    harness.send('C', 'A');
    assert.deepEqual(harness.log, []);
  });

  it('a FIN waits for the data before it', () => {
    const harness = established().send('S', 'FA');
    harness.send('C', 'FA', '', { at: 8 }).send('C', 'PA', 'end', { at: 5 });
    assert.deepEqual(harness.log, ['C end', 'close closed']);
  });

  it('a FIN may carry data', () => {
    const harness = established().send('C', 'PFA', 'bye').send('S', 'PFA', 'bye');
    assert.deepEqual(harness.log, ['C bye', 'S bye', 'close closed']);
  });

  it('one FIN and silence end the flow by time', () => {
    const harness = established().send('C', 'FA').wait(9_000_000);
    assert.deepEqual(harness.log, []);
    harness.wait(2_000_000);
    assert.deepEqual(harness.log, ['close closed']);
  });

  it('after one FIN the other side may go on', () => {
    const harness = established().send('C', 'FA').wait(9_000_000).send('S', 'PA', 'more');
    harness.wait(9_000_000).send('S', 'FA');
    assert.deepEqual(harness.log, ['S more', 'close closed']);
  });

  it('data behind its own FIN is named and read: the FIN was forged', () => {
    const harness = established().send('C', 'FA').send('C', 'PA', ' again', { at: 5 });
    assert.deepEqual(harness.take(), ['C !flow.data_after_fin', 'C  again']);
    harness.wait(60_000_000).send('C', 'PA', ' and on', { at: 11 });
    assert.deepEqual(harness.log, ['C  and on']);
  });

  it('a repeated FIN or repeated data after the end is nothing', () => {
    const harness = established().send('C', 'FA').send('S', 'FA');
    harness.take();
    harness.send('S', 'FA', '', { at: 5 }).send('C', 'PA', 'hello', { at: 0 });
    assert.deepEqual(harness.log, []);
  });

  it('new data after both FINs is a new flow that names it, in the same direction', () => {
    const harness = established({ clientPort: 100, serverPort: 9999 });
    harness.send('C', 'FA').send('S', 'FA').send('C', 'PA', 'still here', { at: 6 });
    assert.deepEqual(harness.log, [
      'close closed',
      'open',
      'C still here',
      'C !flow.data_after_fin',
    ]);
    assert.equal(harness.table.isMidstream(harness.flow), true);
    assert.equal(harness.table.clientPort(harness.flow), 100);
  });

  it('delivers what is held, and the loss, when the flow ends', () => {
    const harness = established().send('C', 'PA', 'tail', { at: 9 });
    harness.table.shutdown();
    assert.deepEqual(harness.log, ['C [4]', 'C !reassembly.gap', 'C tail', 'close shutdown']);
    assert.equal(harness.counters.get('degradedFlows'), 1);
  });
});

describe('reset', () => {
  it('at the expected byte ends the flow, after a time in which it may prove forged', () => {
    const harness = established().send('C', 'RA');
    assert.deepEqual(harness.log, []);
    assert.equal(harness.table.info(harness.flow).state, 'closed');
    harness.wait(10_000_000);
    assert.deepEqual(harness.log, ['close reset']);
    assert.equal(harness.counters.get('flowsEndReset'), 1);
  });

  it('ends as reset also when the capture ends first', () => {
    const harness = established().send('S', 'RA');
    harness.table.shutdown();
    assert.deepEqual(harness.log, ['close reset']);
  });

  it('out of the window is ignored and named', () => {
    const harness = established();
    harness.send('C', 'R', '', { at: 5 + 1_000_000 }).send('C', 'R', '', { at: -5000 });
    assert.deepEqual(harness.take(), ['C !flow.rst_out_of_window', 'C !flow.rst_out_of_window']);
    harness.wait(60_000_000).send('C', 'PA', ' more', { at: 5 });
    assert.deepEqual(harness.log, ['C  more']);
  });

  it('with data names it and reads none of it', () => {
    const harness = established().send('C', 'RA', 'why not');
    assert.deepEqual(harness.log, ['C !flow.rst_with_data']);
  });

  it('followed by data of its sender was forged: the flow goes on, a cut stanza stays whole', () => {
    const harness = established();
    harness.send('C', 'PA', '<mes').send('C', 'R').send('C', 'PA', 'sage').send('C', 'R');
    harness.send('C', 'PA', '/>').send('C', 'R');
    assert.deepEqual(harness.log, [
      'C <mes',
      'C !flow.data_after_rst',
      'C sage',
      'C !flow.data_after_rst',
      'C />',
    ]);
  });

  it('does not stop data in flight from the other side', () => {
    const harness = established().send('C', 'RA').send('S', 'PA', 'too late');
    assert.deepEqual(harness.log, ['S too late']);
  });

  it('answers a SYN only when it acknowledges it', () => {
    const refused = new FlowHarness().send('C', 'S').send('S', 'RA', '', { at: -1, ack: 0 });
    refused.wait(11_000_000);
    assert.deepEqual(refused.log, ['open', 'close reset']);
    const forged = new FlowHarness().send('C', 'S').send('S', 'RA', '', { at: -1, ack: -1 });
    forged.send('S', 'R', '', { at: -1 }).send('S', 'SA').send('C', 'PA', 'x');
    assert.deepEqual(forged.log, [
      'open',
      'S !flow.rst_out_of_window',
      'S !flow.rst_out_of_window',
      'C x',
    ]);
  });

  it('before the SYN-ACK was forged when the SYN-ACK comes', () => {
    const harness = new FlowHarness()
      .send('C', 'S')
      .send('S', 'RA', '', { ownIsn: -1, at: 0, ack: 0 });
    harness.send('S', 'FA', '', { ownIsn: -1, at: 0, ack: 0 }).send('C', 'R', '', { at: 0 });
    harness.send('S', 'SA', '', { at: -1, ack: 0 }).send('C', 'A', '', { ack: 0 });
    harness.send('C', 'PA', 'request', { at: 0, ack: 0 }).send('S', 'PA', 'answer', { at: 0 });
    assert.deepEqual(harness.log, ['open', 'C request', 'S answer']);
  });

  it('for no known flow opens none', () => {
    assert.deepEqual(new FlowHarness().send('C', 'R').log, []);
  });
});

describe('loss', () => {
  it('is declared when the peer has acknowledged what never came and a grace period is over', () => {
    const harness = established().send('C', 'PA', 'behind', { at: 8 });
    harness.send('S', 'A', '', { ack: 14 });
    assert.deepEqual(harness.take(), []);
    harness.wait(49_000);
    assert.deepEqual(harness.take(), []);
    harness.wait(2_000);
    assert.deepEqual(harness.take(), [
      'C !flow.ack_unseen_data',
      'C [3]',
      'C !reassembly.gap',
      'C behind',
    ]);
    assert.equal(harness.counters.get('tcpGapBytes'), 3);
    assert.equal(harness.counters.get('tcpUnseenAck'), 1);
    assert.equal(harness.table.hasGap(harness.flow), true);
    assert.equal(harness.table.info(harness.flow).seenPercent, 84.21);
  });

  it('is not declared when an acknowledgement merely overtook its data', () => {
    const harness = established().send('C', 'PA', 'behind', { at: 8 });
    harness.send('S', 'A', '', { ack: 14 }).send('C', 'PA', 'new', { at: 5 });
    harness.wait(1_000_000);
    assert.deepEqual(harness.log, ['C new', 'C behind']);
    assert.equal(harness.table.hasGap(harness.flow), false);
  });

  it('without an acknowledgement waits for the retransmission', () => {
    const harness = established().send('C', 'PA', 'behind', { at: 8 }).wait(2_000_000);
    harness.send('C', 'PA', 'new', { at: 5 });
    assert.deepEqual(harness.log, ['C new', 'C behind']);
  });

  it('at the end of what was sent is told at once as an event, and counted at the end', () => {
    const harness = established().send('S', 'A', '', { ack: 25 }).wait(60_000);
    assert.deepEqual(harness.take(), ['C !flow.ack_unseen_data']);
    assert.equal(harness.table.info(harness.flow).seenPercent, 33.33);
    harness.table.shutdown();
    assert.deepEqual(harness.log, ['C [20]', 'C !reassembly.gap', 'close shutdown']);
  });

  it('an acknowledged FIN that was seen is no loss, and one that was not seen neither', () => {
    const seen = established().send('C', 'FA').send('S', 'A').send('S', 'FA');
    assert.deepEqual(seen.log, ['close closed']);
    const unseen = established().send('S', 'A', '', { ack: 6 }).wait(60_000);
    unseen.table.shutdown();
    assert.deepEqual(unseen.log, ['close shutdown']);
    assert.equal(unseen.closed[0]?.seenPercent, 100);
  });

  it('is not believed of what the peer cannot have: it never offered to take so much', () => {
    const harness = established().send('S', 'A', '', { ack: 900_000_000 }).wait(60_000);
    harness.send('C', 'PA', ' more', { at: 5 });
    assert.deepEqual(harness.take(), ['C  more']);
    harness.table.shutdown();
    assert.equal(harness.closed[0]?.seenPercent, 100);
  });

  it('several holes are given up as far as the acknowledgement goes', () => {
    const harness = established().send('C', 'PA', 'b', { at: 6 }).send('C', 'PA', 'd', { at: 8 });
    harness.send('C', 'PA', 'f', { at: 10 }).send('S', 'A', '', { ack: 9 }).wait(60_000);
    assert.deepEqual(
      harness.log.filter((line) => !line.includes('!')),
      ['C [1]', 'C b', 'C [1]', 'C d'],
    );
  });

  it('of bytes the snap length cut is told with its length', () => {
    const harness = established().send('C', 'PA', 'seen, not seen', { at: 5, caplen: 54 + 4 });
    harness.send('C', 'PA', 'after', { at: 19 });
    assert.deepEqual(harness.log, ['C seen', 'C [10]', 'C !reassembly.gap', 'C after']);
  });

  it('of bytes the snap length cut is made good by a full copy in time', () => {
    const harness = established().send('C', 'PA', 'xyz', { at: 8 });
    harness.send('C', 'PA', 'abcxyz', { at: 5, caplen: 54 + 1 });
    assert.deepEqual(harness.log, ['C a', 'C [2]', 'C !reassembly.gap', 'C xyz']);
  });
});

describe('one direction only', () => {
  it('client only: data flows, the unseen half is counted as missed, nothing stalls', () => {
    const harness = new FlowHarness().send('C', 'S').send('C', 'A', '', { ack: 0 });
    harness.send('C', 'PA', 'a', { ack: 0 }).send('C', 'PA', 'b', { ack: 50 }).wait(60_000);
    harness.send('C', 'PA', 'c', { ack: 98 }).send('C', 'FA', '', { ack: 98 }).wait(11_000_000);
    assert.deepEqual(harness.log, ['open', 'C a', 'C b', 'C c', 'close closed']);
    const [info] = harness.closed;
    assert.ok(info !== undefined && info.isOneSided && !info.isMidstream);
    assert.equal(info.seenPercent, 2.97);
    assert.equal(harness.counters.get('tcpGapBytes'), 98);
  });

  it('server only: its SYN-ACK tells the start and the direction', () => {
    const harness = new FlowHarness({ clientPort: 99, serverPort: 60000 });
    harness.send('S', 'SA', '', { ack: 0 }).send('S', 'PA', 'banner', { ack: 0 });
    assert.deepEqual(harness.log, ['open', 'S banner']);
    assert.equal(harness.table.serverPort(harness.flow), 60000);
  });

  it('a hole is given up when too much waits behind it', () => {
    const limits = { reassemblyHalfBytes: 4096 };
    const harness = new FlowHarness({ limits }).send('C', 'S').send('C', 'PA', 'a', { ack: 0 });
    for (let i = 0; i < 4; i++)
      harness.send('C', 'PA', new Uint8Array(1400), { at: 5 + i * 1400, ack: 0 });
    assert.deepEqual(harness.log.slice(0, 4), ['open', 'C a', 'C [4]', 'C !reassembly.gap']);
  });

  it('a hole is given up when nobody fills it, one after the other', () => {
    const harness = new FlowHarness().send('C', 'S').send('C', 'PA', 'a', { ack: 0 });
    harness.send('C', 'PA', 'c', { at: 2, ack: 0 }).send('C', 'PA', 'e', { at: 4, ack: 0 });
    harness.take();
    assert.deepEqual(harness.wait(9_000_000).take(), []);
    assert.deepEqual(harness.wait(2_000_000).take(), ['C [1]', 'C !reassembly.gap', 'C c']);
    harness.wait(5_000_000).send('C', 'PA', 'd', { at: 3, ack: 0 });
    assert.deepEqual(harness.take(), ['C d', 'C e']);
    harness.send('C', 'PA', 'g', { at: 6, ack: 0 }).wait(8_000_000);
    assert.deepEqual(harness.take(), [], 'the wait began anew with the new hole');
  });

  it('data far ahead is believed when it persists', () => {
    const harness = new FlowHarness().send('C', 'S').send('C', 'PA', 'a', { ack: 0 });
    for (let i = 0; i < 9; i++) harness.send('C', 'PA', 'x', { at: 50_000_000 + i, ack: 0 });
    assert.deepEqual(harness.log, [
      'open',
      'C a',
      'C !flow.data_out_of_window',
      'C [50000006]',
      'C !reassembly.gap',
      'C x',
      'C x',
    ]);
  });
});

describe('window', () => {
  it('data far outside is ignored and named once', () => {
    const harness = established();
    harness.send('C', 'PA', 'bogus', { at: 400_000 }).send('C', 'PA', 'bogus', { at: 400_005 });
    harness.send('C', 'PA', 'real', { at: 5 });
    assert.deepEqual(harness.log, ['C !flow.data_out_of_window', 'C real']);
  });

  it('is scaled when both sides say so', () => {
    const harness = new FlowHarness();
    harness.send('C', 'S', '', { windowScale: 7 }).send('S', 'SA', '', { windowScale: 7 });
    harness.send('C', 'A').send('S', 'A').send('C', 'PA', 'ahead', { at: 400_000 });
    harness.send('C', 'PA', 'too far', { at: 40_000_000 });
    assert.deepEqual(harness.take(), ['open', 'C !flow.data_out_of_window']);
    harness.table.shutdown();
    assert.deepEqual(harness.log.slice(0, 1), ['C [400000]']);
  });

  it('of a SYN-ACK is never scaled', () => {
    const harness = new FlowHarness().send('C', 'S', '', { windowScale: 14 });
    harness.send('S', 'SA', '', { windowScale: 14, window: 1000 }).send('C', 'A');
    harness.send('C', 'PA', 'too far', { at: 400_000 });
    assert.deepEqual(harness.log, ['open', 'C !flow.data_out_of_window']);
  });

  it('far data that the peer acknowledges was real: the sensor lost its place', () => {
    const harness = established();
    harness.send('C', 'PA', 'bogus?', { at: 3_000_000 }).send('S', 'A', '', { ack: 3_000_006 });
    harness.send('C', 'PA', 'onward', { at: 3_000_006 });
    assert.deepEqual(harness.log, [
      'C !flow.data_out_of_window',
      'C [3000001]',
      'C !reassembly.gap',
      'C onward',
    ]);
  });

  it('when both halves go on elsewhere, a connection was missed: it is picked up', () => {
    const harness = established();
    const elsewhere = { ownIsn: -2_000_000_000, peerIsn: -1_500_000_000 };
    const reverse = { ownIsn: -1_500_000_000, peerIsn: -2_000_000_000 };
    harness.send('C', 'PA', 'lost', { ...elsewhere, at: 0, ack: 0 });
    harness.send('S', 'A', '', { ...reverse, at: 0, ack: 4 });
    harness.send('C', 'PA', 'found', { ...elsewhere, at: 4, ack: 0 });
    assert.equal(harness.log.at(-1), 'C found');
    assert.equal(harness.table.isMidstream(harness.flow), true);
  });

  it('keep-alives and probes of a closed window do no harm', () => {
    const harness = established().send('S', 'A');
    harness.send('C', 'A', '\0', { at: 4 }).send('S', 'A').send('C', 'A', '', { at: 4 });
    harness.send('S', 'A', '', { window: 0 }).send('C', 'A', '!', { at: 5 });
    harness.send('C', 'A', '!', { at: 5 }).send('S', 'A').send('C', 'PA', ' on', { at: 6 });
    assert.deepEqual(harness.log, ['C !', 'C  on']);
  });
});

describe('anomalies', () => {
  it('data without the ACK flag is ignored and named', () => {
    const harness = established();
    harness.send('C', 'P', 'bogus', { at: 5 }).send('C', '', 'bogus', { at: 5 });
    harness.send('C', 'FPU', 'bogus', { at: 5 }).send('C', 'PA', 'real!', { at: 5 });
    assert.deepEqual(harness.log, [
      'C !flow.data_without_ack',
      'C !flow.data_without_ack',
      'C !flow.data_without_ack',
      'C real!',
    ]);
  });

  it('urgent data is named once and read in line', () => {
    const harness = established();
    harness
      .send('C', 'PAU', 'ab', { urgentPointer: 1 })
      .send('C', 'PAU', 'cd', { urgentPointer: 1 });
    assert.deepEqual(harness.log, ['C !flow.urgent_data', 'C ab', 'C cd']);
  });

  it('a TTL that drops far on a data segment is named once, a small change is not', () => {
    const harness = established().send('C', 'PA', 'a', { ttl: 60 });
    assert.deepEqual(harness.take(), ['C a']);
    harness.send('C', 'A', '', { ttl: 3 }).send('C', 'R', '', { at: 900_000, ttl: 255 });
    assert.deepEqual(harness.take(), ['C !flow.rst_out_of_window']);
    assert.deepEqual(harness.take(), []);
    harness.send('C', 'PA', 'b', { at: 6, ttl: 3 }).send('C', 'PA', 'c', { at: 7, ttl: 3 });
    assert.deepEqual(harness.log, ['C !flow.ttl_changed', 'C b', 'C c']);
  });

  it('insertion by low TTL: the copy with other bytes is named', () => {
    const harness = established().send('C', 'PA', 'INNOCENT', { ttl: 2 });
    harness.send('C', 'PA', 'ATTACK!!', { at: 5 });
    assert.deepEqual(harness.log, [
      'C !flow.ttl_changed',
      'C INNOCENT',
      'C !reassembly.overlap_diff_data',
    ]);
    assert.equal(harness.counters.get('tcpOverlapConflicts'), 1);
  });
});
