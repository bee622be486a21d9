import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { packetTime } from '../../../sensor/core/index.ts';
import { NO_PLACE, PacketRing } from '../../../sensor/packets/packet-ring.ts';

const HEADER = 40;

/** A ring with the chains of a few flows. */
class Flows {
  readonly ring: PacketRing;
  readonly heads = new Float64Array(8).fill(NO_PLACE);
  readonly #id = new Float64Array(1);

  constructor(bytes: number) {
    this.ring = new PacketRing(bytes);
  }

  write(flow: number, text: string, tsUsec = 0): void {
    this.#id[0] = flow;
    const bytes = Buffer.from(`..${text}..`);
    const time = packetTime(tsUsec);
    this.ring.write(this.heads, flow, this.#id, bytes, 2, text.length, 1000, time, 3);
  }

  read(flow: number, until = NO_PLACE): string[] {
    const head = this.heads[flow] as number;
    return [...this.ring.back(head, until, flow)].map(({ bytes }) => Buffer.from(bytes).toString());
  }
}

describe('packet ring', () => {
  it('gives the packets of a flow back, newest first, with all that belongs to them', () => {
    const flows = new Flows(4096);
    flows.write(1, 'one', 1_700_000_000_000_001);
    flows.write(2, 'other');
    flows.write(1, 'two', 1_700_000_000_000_002);
    assert.deepEqual(flows.read(1), ['two', 'one']);
    assert.deepEqual(flows.read(2), ['other']);
    assert.deepEqual(flows.read(3), []);
    const [packet] = flows.ring.back(flows.heads[1] as number, NO_PLACE, 1);
    assert.equal(packet?.tsUsec, 1_700_000_000_000_002);
    assert.equal(packet.wirelen, 1000);
    assert.equal(packet.interfaceId, 3);
  });

  it('copies short and long packets alike', () => {
    const flows = new Flows(64 * 1024);
    for (const length of [0, 1, 7, 8, 159, 160, 161, 1500, 9000]) {
      const text = 'x'.repeat(length);
      flows.write(1, text);
      assert.equal(flows.read(1)[0], text);
    }
  });

  it('forgets the oldest when it is full, and nothing else', () => {
    // Room for exactly four packets of eight bytes.
    const flows = new Flows(4 * (HEADER + 8));
    for (let i = 0; i < 10; i++) {
      flows.write(1, `packet ${i}`);
      const expected = [i, i - 1, i - 2, i - 3].filter((n) => n >= 0).map((n) => `packet ${n}`);
      assert.deepEqual(flows.read(1), expected);
    }
  });

  it('cuts chains where a packet was written over', () => {
    const flows = new Flows(4 * (HEADER + 8));
    flows.write(1, 'mine 000');
    for (let i = 0; i < 3; i++) flows.write(2, `their ${i}0`);
    flows.write(1, 'mine 001');
    assert.deepEqual(flows.read(1), ['mine 001']);
    assert.deepEqual(flows.read(2), ['their 20', 'their 10', 'their 00']);
  });

  it('leaves the end of a lap empty when a packet does not fit there', () => {
    const flows = new Flows(3 * (HEADER + 8));
    flows.write(1, 'aaaaaaaa');
    flows.write(1, 'bbbbbbbb');
    flows.write(1, 'c'.repeat(80));
    // The large one lies over both.
    assert.deepEqual(flows.read(1), ['c'.repeat(80)]);
    flows.write(1, 'dddddddd');
    assert.deepEqual(flows.read(1), ['dddddddd']);
  });

  it('does not keep what is larger than itself', () => {
    const flows = new Flows(256);
    flows.write(1, 'small');
    flows.write(1, 'x'.repeat(1000));
    assert.deepEqual(flows.read(1), ['small']);
  });

  it('stops at what was taken before', () => {
    const flows = new Flows(4096);
    flows.write(1, 'old');
    const mark = flows.heads[1] as number;
    flows.write(1, 'new');
    assert.deepEqual(flows.read(1, mark), ['new']);
  });

  it('never gives packets of another flow, whatever a chain says', () => {
    const flows = new Flows(4096);
    flows.write(2, 'theirs');
    flows.heads[1] = flows.heads[2] as number;
    assert.deepEqual(flows.read(1), []);
  });
});
