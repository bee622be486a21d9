import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FileCopies } from '../../../sensor/alert/index.ts';
import { fileRecord } from './sample.ts';

const SECOND = 1e6;

describe('FileCopies', () => {
  const inBand = { ...fileRecord, road: 'ibb', sid: 's1' } as const;

  it('knows the other leg of a transfer, on whichever flow', () => {
    const copies = new FileCopies({ filesRecent: 16 });
    assert.equal(copies.isCopy(inBand), false);
    const later = { ...inBand, flowId: 99, tsUsec: inBand.tsUsec + 2 * SECOND };
    assert.equal(copies.isCopy(later), true);
    // The clocks of two links need not agree.
    assert.equal(copies.isCopy({ ...later, tsUsec: inBand.tsUsec - SECOND }), true);
  });

  it('takes other bytes, other parties, another transfer and another hour for another file', () => {
    const copies = new FileCopies({ filesRecent: 16 });
    const others = [
      inBand,
      { ...inBand, sha256: 'b'.repeat(64) },
      { ...inBand, to: 'carol@ext.example/phone' },
      { ...inBand, sid: 's2' },
      { ...inBand, tsUsec: inBand.tsUsec + 3600 * SECOND },
      { ...inBand, sid: '' },
      { ...inBand, sid: '' },
    ];
    assert.deepEqual(
      others.map((file) => copies.isCopy(file)),
      others.map(() => false),
    );
  });

  it('forgets what was seen least recently', () => {
    const copies = new FileCopies({ filesRecent: 2 });
    for (const sid of ['s1', 's2', 's3']) copies.isCopy({ ...inBand, sid });
    assert.equal(copies.isCopy({ ...inBand, sid: 's1' }), false);
  });
});
