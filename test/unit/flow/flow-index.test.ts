import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PacketView } from '../../../sensor/decode/index.ts';
import { FlowIndex } from '../../../sensor/flow/flow-index.ts';
import { CLIENT, PORTS, SERVER, FlowStore } from '../../../sensor/flow/flow-store.ts';
import { seededRandom } from '../../fuzz/targets.ts';

describe('FlowIndex', () => {
  it('finds, inserts and removes as a map does, through growth', () => {
    const random = seededRandom(7);
    const store = new FlowStore(16, 4096);
    // A fixed seed and few distinct keys: long runs of collisions occur.
    const index = new FlowIndex(store, false, 1);
    const expected = new Map<string, number>();
    const view = new PacketView();
    view.ipVersion = 4;
    const key = (): string => `${view.src3}:${view.srcPort}-${view.dst3}:${view.dstPort}`;
    for (let step = 0; step < 40_000; step++) {
      view.src3 = Math.floor(random() * 8);
      view.dst3 = 1000;
      view.srcPort = Math.floor(random() * 300);
      view.dstPort = 5222;
      const flow = index.find(view);
      assert.equal(flow, expected.get(key()) ?? -1);
      if (flow >= 0) {
        assert.equal(index.direction, 0);
        reverse(view);
        assert.equal(index.find(view), flow, 'the way back');
        assert.equal(index.direction, 1);
        reverse(view);
        if (random() < 0.45) {
          index.remove(flow);
          store.give(flow);
          expected.delete(key());
        }
      } else {
        if (store.isFull) {
          store.grow();
          index.grow();
        }
        const fresh = store.take();
        store.setWord(fresh, CLIENT + 3, view.src3);
        store.setWord(fresh, SERVER + 3, view.dst3);
        store.setWord(fresh, PORTS, (view.srcPort << 16) | view.dstPort);
        index.insert(fresh, index.hash);
        expected.set(key(), fresh);
      }
    }
    assert.equal(store.live, expected.size);
    assert.ok(store.capacity > 16, 'the table has grown');
  });
});

function reverse(view: PacketView): void {
  [view.src3, view.dst3] = [view.dst3, view.src3];
  [view.srcPort, view.dstPort] = [view.dstPort, view.srcPort];
}
