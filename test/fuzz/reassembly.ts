/**
 * Reassembly under random segments: against the naive model within generous limits, and under tiny
 * limits with hostile sequence numbers for the properties that must hold always.
 */
import assert from 'node:assert/strict';
import { OVERLAP_POLICIES, type OverlapPolicy } from '../../sensor/reassembly/index.ts';
import { ReassemblyHarness, ReassemblyModel } from '../support/reassembly-model.ts';

export const name = 'reassembly';

export function fuzz(random: () => number, isOver: () => boolean): { runs: number } {
  let runs = 0;
  for (; !isOver(); runs++) {
    const policy = OVERLAP_POLICIES[below(random, OVERLAP_POLICIES.length)] as OverlapPolicy;
    if (random() < 0.7) compareWithModel(random, policy);
    else keepLimits(random, policy);
  }
  return { runs };
}

function compareWithModel(random: () => number, policy: OverlapPolicy): void {
  const harness = new ReassemblyHarness({ policy, firstSeq: below(random, 2 ** 32) });
  const model = new ReassemblyModel(policy);
  // Now and then long enough to need several pages per segment.
  const span = random() < 0.1 ? 9000 : 80;
  const longest = span / 2;
  for (let left = 1 + below(random, 30); left > 0; left--) {
    const segment = {
      at: below(random, span),
      bytes: randomBytes(random, 1 + below(random, longest)),
    };
    harness.send(segment.at, segment.bytes);
    model.send(segment);
  }
  harness.flush();
  model.flush();
  assert.deepEqual(harness.stream, model.stream);
  assert.equal(harness.events.length, model.conflicts);
}

function keepLimits(random: () => number, policy: OverlapPolicy): void {
  const memcap = below(random, 6) * 2048;
  const harness = new ReassemblyHarness({
    policy,
    firstSeq: below(random, 2 ** 32),
    limits: {
      reassemblyMemcapBytes: memcap,
      reassemblyHalfBytes: below(random, 6) * 2048,
      reassemblyHalfHoles: below(random, 5),
      reassemblyHistoryBytes: 0,
    },
  });
  for (let left = below(random, 60); left > 0; left--) {
    const hostile = random() < 0.2;
    // A far segment may be accepted, and the bytes before it then given up: log lengths, not bytes.
    const at = hostile ? below(random, 100_000) : below(random, 5000);
    harness.send(at, randomBytes(random, below(random, 3000)));
    assert.ok(harness.reassembler.memoryBytes <= memcap, 'memory cap');
  }
  harness.send(2 ** 30 + below(random, 2 ** 30) + 1, randomBytes(random, 10));
  harness.flush();
  assert.equal(harness.reassembler.memoryBytes, 0, 'all pages given back');
  const delivered = harness.reassembler.nextSeq(harness.half) - harness.seq(0);
  assert.equal(harness.stream.length, delivered | 0);
}

function randomBytes(random: () => number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = 1 + below(random, 2);
  return bytes;
}

function below(random: () => number, limit: number): number {
  return Math.floor(random() * limit);
}
