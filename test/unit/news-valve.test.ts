import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OfferNews } from '../../sensor/files/index.ts';
import { NewsValve } from '../../sensor/news-valve.ts';

function news(id: string): OfferNews {
  const offer: OfferNews['offer'] = {
    ...{ from: '', to: '', tsUsec: 0, flow: 1, sid: '', name: '', size: -1 },
    ...{ protocol: '', mime: '', description: '', sha256: '', md5: '' },
  };
  return { id, offer, tsUsec: 0, recipients: [], countedBytes: -1, names: [], puts: [], gets: [] };
}

describe('news for a worker', () => {
  it('are left out and counted while the channel is full, and come again when it has room', () => {
    const sent: string[] = [];
    const waiting: (() => void)[] = [];
    let room = 3;
    const valve = new NewsValve(({ id }, onSent) => {
      sent.push(id);
      waiting.push(onSent);
      return --room > 0;
    });
    for (let i = 0; i < 1000; i++) valve.tell(news(`a${i}`));
    assert.deepEqual(sent, ['a0', 'a1', 'a2']);
    assert.equal(valve.dropped, 997);
    // Two of three were taken: what filled the channel waits still.
    waiting.shift()?.();
    waiting.shift()?.();
    valve.tell(news('b'));
    assert.deepEqual([sent.length, valve.dropped], [3, 998]);
    waiting.shift()?.();
    room = 3;
    for (const id of ['c', 'd', 'e', 'f']) valve.tell(news(id));
    assert.deepEqual(sent, ['a0', 'a1', 'a2', 'c', 'd', 'e']);
    assert.equal(valve.dropped, 999);
  });
});
