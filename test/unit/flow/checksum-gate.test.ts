import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setLogWriter } from '../../../sensor/core/index.ts';
import { FlowHarness } from '../../support/flow-harness.ts';
import { buildPacket } from '../../support/packets.ts';

const BAD = { badChecksum: true } as const;

describe('checksum mode', () => {
  const lines: string[] = [];
  before(() => {
    setLogWriter((line) => lines.push(line));
  });
  after(() => {
    setLogWriter((line) => process.stderr.write(line));
  });

  it('auto: a wrong one from a sender that can do it right is dropped, named once, counted', () => {
    const harness = new FlowHarness().handshake();
    harness.send('C', 'PA', 'EVIL', { ...BAD, at: 0 }).send('C', 'PA', 'EVIL', { ...BAD, at: 0 });
    harness.send('C', 'PA', 'real', { at: 0 });
    assert.deepEqual(harness.log, ['open', 'C !decoder.tcp.bad_checksum', 'C real']);
    assert.equal(harness.counters.get('tcpChecksumErrors'), 2);
  });

  it('auto: a sender that never does it right is offloaded', () => {
    const harness = new FlowHarness().send('C', 'S').send('S', 'SA', '', BAD).send('C', 'A');
    harness.send('S', 'PA', 'welcome', BAD).send('C', 'PA', 'EVIL', { ...BAD, at: 0 });
    assert.deepEqual(harness.log, ['open', 'S welcome', 'C !decoder.tcp.bad_checksum']);
  });

  it('auto: many wrong ones mean offload in all of the capture, and that is said once', () => {
    const harness = new FlowHarness().handshake();
    for (let i = 0; i < 40; i++) harness.send('C', 'PA', String(i % 10), { ...BAD, at: i });
    assert.ok(!harness.log.includes('C [16]'));
    harness.send('S', 'A', '', { ack: 40 }).wait(100_000);
    assert.match(harness.log.join(), /C \[16\],C !reassembly.gap,C 6/);
    assert.equal(lines.length, 1);
  });

  it('auto: the mark of offload is believed on segments larger than a frame, and at first', () => {
    const harness = new FlowHarness().handshake().send('C', 'PA', 'right');
    harness.frame(withOffloadMark(5, 'x'.repeat(3000)));
    assert.equal(harness.log.at(-1)?.length, 3002);
    const small = new FlowHarness().handshake();
    for (let i = 0; i < 400; i++) small.send('C', 'PA', '.', { at: i });
    small.take();
    for (let i = 0; i < 20; i++) small.frame(withOffloadMark(400 + i, 'm'));
    assert.equal(small.log.filter((line) => line === 'C m').length, 16);
    assert.equal(small.log.at(-1), 'C !decoder.tcp.bad_checksum');
    small.frame(withOffloadMark(416, 'M'.repeat(1461)));
    assert.equal(small.log.at(-1)?.length, 1463);
  });

  it('auto: a wrong IPv4 header checksum counts as well', () => {
    const harness = new FlowHarness().handshake();
    const bytes = buildPacket({ seq: 1001, ack: 900_001, flags: 'PA', payload: 'x' });
    bytes[24] = (bytes[24] ?? 0) ^ 0xff;
    harness.frame(bytes);
    assert.deepEqual(harness.log, ['open', 'C !decoder.tcp.bad_checksum']);
  });

  it('all: every wrong one is dropped', () => {
    const harness = new FlowHarness({ checksums: 'all' }).send('C', 'S', '', BAD);
    assert.deepEqual(harness.log, []);
    harness.handshake();
    for (let i = 0; i < 40; i++) harness.send('S', 'PA', 'x', { ...BAD, at: i });
    assert.deepEqual(harness.log, ['open', 'S !decoder.tcp.bad_checksum']);
  });

  it('none: nothing is looked at', () => {
    const harness = new FlowHarness({ checksums: 'none' }).handshake();
    harness.send('C', 'PA', 'x', BAD);
    assert.deepEqual(harness.log, ['open', 'C x']);
    assert.equal(harness.counters.get('tcpChecksumErrors'), 0);
  });

  it('a segment cut by the snap length cannot be wrong', () => {
    const harness = new FlowHarness({ checksums: 'all' }).handshake();
    harness.send('C', 'PA', 'cut off', { ...BAD, caplen: 54 + 3 });
    assert.deepEqual(harness.log.slice(0, 2), ['open', 'C cut']);
  });

  it('a new capture is judged anew', () => {
    const harness = new FlowHarness().handshake();
    for (let i = 0; i < 40; i++) harness.send('C', 'PA', 'x', { ...BAD, at: i });
    harness.table.newCapture();
    harness.take();
    harness.send('C', 'PA', 'y', { ...BAD, at: 40 });
    assert.deepEqual(harness.log, []);
  });
});

/**
 * A client's segment whose checksum field holds the sum of the pseudo header, as Linux leaves it.
 */
function withOffloadMark(at: number, payload: string): Uint8Array {
  const bytes = buildPacket({ seq: 1001 + at, ack: 900_001, flags: 'PA', payload });
  const view = new DataView(bytes.buffer);
  let sum = 6 + 20 + payload.length;
  for (const offset of [26, 28, 30, 32]) sum += view.getUint16(offset);
  sum = (sum & 0xffff) + (sum >>> 16);
  view.setUint16(50, (sum & 0xffff) + (sum >>> 16));
  return bytes;
}
