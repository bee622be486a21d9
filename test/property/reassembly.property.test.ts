import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fc } from '../support/property.ts';
import { OVERLAP_POLICIES } from '../../sensor/reassembly/index.ts';
import { ReassemblyHarness, ReassemblyModel, type Segment } from '../support/reassembly-model.ts';

const RUNS = { numRuns: 300, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: false };

/** A stream, cut into segments that may overlap and repeat, in any order, each byte covered. */
const coveredStream = fc
  .record({
    stream: fc.uint8Array({ minLength: 1, maxLength: 200 }),
    cuts: fc.array(fc.nat(200), { maxLength: 20 }),
    extras: fc.array(fc.tuple(fc.nat(200), fc.nat(60)), { maxLength: 20 }),
    seed: fc.infiniteStream(fc.nat()),
    firstSeq: fc.integer(),
  })
  .map(({ stream, cuts, extras, seed, firstSeq }) => {
    const edges = [...new Set([0, ...cuts.filter((cut) => cut < stream.length), stream.length])];
    edges.sort((a, b) => a - b);
    const segments: Segment[] = [];
    for (let i = 0; i + 1 < edges.length; i++) {
      segments.push({ at: edges[i] ?? 0, bytes: stream.slice(edges[i], edges[i + 1]) });
    }
    for (const [at, length] of extras) {
      const start = at % stream.length;
      const bytes = stream.slice(start, start + length);
      if (bytes.length > 0) segments.push({ at: start, bytes });
    }
    const shuffled = segments
      .map((segment) => ({ segment, rank: Number(seed.next().value) }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ segment }) => segment);
    return { stream, segments: shuffled, firstSeq };
  });

/** Segments whose overlaps need not agree. */
const anySegments = fc.array(
  fc.record({
    at: fc.nat(60),
    bytes: fc
      .array(fc.constantFrom(1, 2), { minLength: 1, maxLength: 24 })
      .map((values) => Uint8Array.from(values)),
  }),
  { minLength: 1, maxLength: 24 },
);

describe('reassembly', () => {
  it('gives the same bytes for every segmentation, order and duplication', () => {
    fc.assert(
      fc.property(coveredStream, fc.constantFrom(...OVERLAP_POLICIES), (input, policy) => {
        const harness = new ReassemblyHarness({ policy, firstSeq: input.firstSeq });
        for (const { at, bytes } of input.segments) harness.send(at, bytes);
        assert.deepEqual(harness.stream, [...input.stream]);
        assert.deepEqual(harness.events, []);
        assert.equal(harness.reassembler.hasQueue(harness.half), false);
      }),
      RUNS,
    );
  });

  it('delivers with losses every byte that came, in place, and gaps for the rest', () => {
    fc.assert(
      fc.property(coveredStream, fc.infiniteStream(fc.boolean()), (input, drop) => {
        const harness = new ReassemblyHarness({ firstSeq: input.firstSeq });
        const came = new Set<number>();
        for (const { at, bytes } of input.segments) {
          if (drop.next().value === true) continue;
          harness.send(at, bytes);
          for (let i = 0; i < bytes.length; i++) came.add(at + i);
        }
        harness.flush();
        const end = came.size === 0 ? 0 : Math.max(...came) + 1;
        const expected = [...input.stream.slice(0, end)].map((value, i) =>
          came.has(i) ? value : -1,
        );
        assert.deepEqual(harness.stream, expected);
        assert.equal(harness.counters.get('tcpSeenBytes'), came.size);
        assert.equal(harness.counters.get('tcpGapBytes'), end - came.size);
      }),
      RUNS,
    );
  });

  it('settles overlaps and names conflicts as the naive model does, for every policy', () => {
    fc.assert(
      fc.property(
        anySegments,
        fc.constantFrom(...OVERLAP_POLICIES),
        fc.integer(),
        (segments, policy, firstSeq) => {
          const harness = new ReassemblyHarness({ policy, firstSeq });
          const model = new ReassemblyModel(policy);
          for (const segment of segments) {
            harness.send(segment.at, segment.bytes);
            model.send(segment);
            assert.deepEqual(harness.stream, model.stream);
          }
          harness.flush();
          model.flush();
          assert.deepEqual(harness.stream, model.stream);
          assert.equal(harness.events.length > 0, model.conflicts > 0);
        },
      ),
      { ...RUNS, numRuns: 1500 },
    );
  });

  it('never holds more than its limits, and gaps and bytes sum up to the stream', () => {
    fc.assert(
      fc.property(anySegments, fc.nat(4), fc.nat(6), (segments, pages, holes) => {
        const limits = {
          reassemblyHalfBytes: pages * 2048,
          reassemblyMemcapBytes: 3 * 2048,
          reassemblyHalfHoles: holes,
          reassemblyHistoryBytes: 0,
        };
        const harness = new ReassemblyHarness({ limits });
        for (const { at, bytes } of segments) {
          harness.send(at, bytes);
          assert.ok(harness.reassembler.memoryBytes <= 3 * 2048);
        }
        harness.flush();
        const delivered = harness.reassembler.nextSeq(harness.half) - harness.seq(0);
        assert.equal(harness.stream.length, delivered);
        assert.equal(
          harness.counters.get('tcpSeenBytes') + harness.counters.get('tcpGapBytes'),
          delivered,
        );
        assert.equal(harness.reassembler.memoryBytes, 0);
      }),
      RUNS,
    );
  });
});
