import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OverlapPolicy } from '../../../sensor/reassembly/index.ts';
import { ReassemblyHarness, type HarnessOptions } from '../../support/reassembly-model.ts';

const DIFF = '!reassembly.overlap_diff_data';

interface Case {
  readonly name: string;
  readonly segments: readonly (readonly [at: number, data: string])[];
  /** Deliveries before the half ends, then those of its end. */
  readonly log: readonly string[];
  readonly atEnd?: readonly string[];
  readonly options?: HarnessOptions;
}

const CASES: readonly Case[] = [
  {
    name: 'data in order is delivered at once, segment by segment',
    segments: [
      [0, 'abc'],
      [3, 'def'],
    ],
    log: ['abc', 'def'],
  },
  {
    name: 'a swapped pair comes out in order',
    segments: [
      [3, 'def'],
      [0, 'abc'],
    ],
    log: ['abc', 'def'],
  },
  {
    name: 'segments in reverse order wait for the first',
    segments: [
      [9, 'jkl'],
      [6, 'ghi'],
      [3, 'def'],
      [0, 'abc'],
    ],
    log: ['abc', 'def', 'ghi', 'jkl'],
  },
  {
    name: 'queued neighbours share a page and leave as one',
    segments: [
      [3, 'd'],
      [4, 'e'],
      [5, 'f'],
      [0, 'abc'],
    ],
    log: ['abc', 'def'],
  },
  {
    name: 'an equal retransmission of delivered data is dropped in silence',
    segments: [
      [0, 'abc'],
      [0, 'abc'],
      [3, 'def'],
      [0, 'abcdef'],
    ],
    log: ['abc', 'def'],
  },
  {
    name: 'a retransmission that also brings new data delivers only the new part',
    segments: [
      [0, 'abc'],
      [0, 'abcdef'],
      [4, 'efgh'],
    ],
    log: ['abc', 'def', 'gh'],
  },
  {
    name: 'another copy of delivered data of exactly the same length is a conflict',
    segments: [
      [0, 'abc'],
      [0, 'aXc'],
      [3, 'def'],
    ],
    log: ['abc', DIFF, 'def'],
  },
  {
    name: 'delivered data cut otherwise is compared all the same',
    segments: [
      [0, 'abc'],
      [3, 'def'],
      [6, 'ghi'],
      [2, 'cdefg'],
      [1, 'bcdXfgh'],
    ],
    log: ['abc', 'def', 'ghi', DIFF],
  },
  {
    name: 'the conflicting part of a segment that also brings new data is named before the new data',
    segments: [
      [0, 'abc'],
      [1, 'bXdef'],
    ],
    log: ['abc', DIFF, 'def'],
  },
  {
    name: 'a hole stays until the half ends, then is skipped with its length',
    segments: [
      [0, 'abc'],
      [6, 'ghi'],
      [12, 'mno'],
    ],
    log: ['abc'],
    atEnd: ['[3]', 'ghi', '[3]', 'mno'],
  },
  {
    name: 'a hole at the start counts too',
    segments: [[4, 'efg']],
    log: [],
    atEnd: ['[4]', 'efg'],
  },
  {
    name: 'a segment over several queued ones fills the holes between them',
    segments: [
      [2, 'c'],
      [6, 'g'],
      [0, 'abcdefgh'],
    ],
    log: ['ab', 'cdef', 'gh'],
  },
  {
    name: 'a segment that fits the hole exactly is delivered where it lies',
    segments: [
      [3, 'def'],
      [0, 'ab'],
      [2, 'c'],
    ],
    log: ['ab', 'c', 'def'],
  },
  {
    name: 'the sequence space wraps inside a segment',
    segments: [
      [0, 'abcdef'],
      [9, 'jkl'],
      [6, 'ghi'],
    ],
    options: { firstSeq: 0xffff_fffe },
    log: ['abcdef', 'ghi', 'jkl'],
  },
  {
    name: 'the sign of the sequence number changes inside the queue',
    segments: [
      [8, 'ij'],
      [4, 'efgh'],
      [0, 'abcd'],
    ],
    options: { firstSeq: 0x7fff_fffd },
    log: ['abcd', 'efgh', 'ij'],
  },
  {
    name: 'an empty segment is nothing',
    segments: [
      [0, ''],
      [5, ''],
      [0, 'abc'],
    ],
    log: ['abc'],
  },
  {
    name: 'more holes than allowed: the oldest is given up and named',
    segments: [
      [0, 'a'],
      [2, 'c'],
      [4, 'e'],
      [6, 'g'],
    ],
    options: { limits: { reassemblyHalfHoles: 2 } },
    log: ['a', '!reassembly.too_many_holes', '[1]', 'c'],
    atEnd: ['[1]', 'e', '[1]', 'g'],
  },
  {
    name: 'holes are closed from any side and are then not counted',
    segments: [
      [2, 'c'],
      [6, 'g'],
      [3, 'd'],
      [4, 'e'],
      [5, 'f'],
      [8, 'i'],
      [0, 'ab'],
    ],
    options: { limits: { reassemblyHalfHoles: 2 } },
    log: ['ab', 'cdef', 'g'],
    atEnd: ['[1]', 'i'],
  },
];

describe('Reassembler', () => {
  for (const { name, segments, log, atEnd, options } of CASES) {
    it(name, () => {
      const harness = new ReassemblyHarness(options);
      for (const [at, data] of segments) harness.send(at, data);
      assert.deepEqual(harness.log, log);
      harness.log.length = 0;
      harness.flush();
      assert.deepEqual(harness.log, atEnd ?? []);
    });
  }

  it('counts seen, given up and repeated bytes', () => {
    const harness = new ReassemblyHarness();
    harness.send(0, 'abc');
    harness.send(0, 'abcd');
    harness.send(8, 'ij');
    harness.send(8, 'ij');
    harness.flush();
    assert.equal(harness.counters.get('tcpSeenBytes'), 6);
    assert.equal(harness.counters.get('tcpGapBytes'), 4);
    assert.equal(harness.counters.get('tcpRetransmittedBytes'), 5);
    assert.equal(harness.counters.get('tcpOverlapConflicts'), 0);
  });

  it('stops at once when the handler closes the half', () => {
    const harness = new ReassemblyHarness();
    harness.send(3, 'def');
    harness.send(9, 'jkl');
    harness.onBytes = () => {
      harness.reassembler.close(harness.half);
    };
    harness.send(0, 'abc');
    harness.flush();
    assert.deepEqual(harness.log, ['abc']);
    assert.equal(harness.reassembler.isOpen(harness.half), false);
    assert.equal(harness.reassembler.nextSeq(harness.half), harness.seq(3));
  });

  it('skips bytes that are known to be lost', () => {
    const harness = new ReassemblyHarness();
    harness.send(0, 'abc');
    harness.reassembler.skip(harness.half, 2);
    harness.send(5, 'fg');
    assert.deepEqual(harness.log, ['abc', '[2]', 'fg']);
  });

  it('ignores data that lies more than 2^30 bytes ahead', () => {
    const harness = new ReassemblyHarness();
    harness.send(2 ** 30 + 1, 'far');
    harness.send(2 ** 31 - 5, 'far');
    harness.flush();
    assert.deepEqual(harness.log, []);
  });
});

describe('held data', () => {
  const held = (): ReassemblyHarness => {
    const harness = new ReassemblyHarness();
    harness.reassembler.hold(harness.half);
    harness.send(0, 'syn data');
    assert.deepEqual(harness.log, []);
    return harness;
  };

  it('is delivered when the receiver takes it', () => {
    const harness = held();
    harness.reassembler.release(harness.half);
    harness.send(8, ' and more');
    assert.deepEqual(harness.log, ['syn data', ' and more']);
  });

  it('is forgotten when the receiver refuses it', () => {
    const harness = held();
    harness.reassembler.discard(harness.half);
    harness.send(0, 'sent anew');
    assert.deepEqual(harness.log, ['sent anew']);
  });

  it('is delivered when the half ends', () => {
    const harness = held();
    harness.flush();
    assert.deepEqual(harness.log, ['syn data']);
  });
});

describe('limits', () => {
  it('gives up the oldest hole when a half holds more than its share', () => {
    const limits = { reassemblyHalfBytes: 8 * 2048 };
    const harness = new ReassemblyHarness({ limits });
    const page = new Uint8Array(2048).fill(0x61);
    for (let i = 0; i < 8; i++) harness.send(1 + i * 2048, page);
    assert.deepEqual(harness.log, []);
    harness.send(1 + 8 * 2048, page);
    assert.equal(harness.log[0], '[1]');
    assert.equal(harness.stream.length, 1 + 9 * 2048);
    assert.deepEqual(harness.events, []);
  });

  it('drops what goes beyond the memory cap, names it, and goes on', () => {
    const limits = { reassemblyMemcapBytes: 2 * 2048, reassemblyHistoryBytes: 0 };
    const harness = new ReassemblyHarness({ limits });
    harness.send(10, 'kk');
    harness.send(20, 'uu');
    harness.send(30, 'EE');
    assert.deepEqual(harness.log, ['!reassembly.memcap']);
    assert.equal(harness.reassembler.memoryBytes, 2 * 2048);
    harness.flush();
    assert.deepEqual(harness.log.slice(1), ['[10]', 'kk', '[8]', 'uu']);
    assert.equal(harness.reassembler.memoryBytes, 0);
  });

  it('delivers data that is in order although no page is free', () => {
    const limits = { reassemblyMemcapBytes: 2048, reassemblyHistoryBytes: 0 };
    const harness = new ReassemblyHarness({ limits });
    harness.send(4, 'EF');
    harness.send(0, 'abcdefghij');
    assert.deepEqual(
      harness.log.filter((line) => !line.startsWith('!')),
      ['abcd', 'EF', 'ghij'],
    );
  });

  it('compares with what was delivered only as far as the history reaches', () => {
    const limits = { reassemblyHistoryBytes: 65536 };
    const harness = new ReassemblyHarness({ limits });
    harness.send(0, 'abc');
    const filler = new Uint8Array(32768).fill(0x78);
    harness.send(3, filler);
    harness.send(0, 'aXc');
    assert.deepEqual(harness.events, ['reassembly.overlap_diff_data']);
    harness.send(3 + 32768, filler);
    harness.send(0, 'aXc');
    assert.equal(harness.events.length, 1, 'the ring has moved on');
    harness.send(3 + 32768, 'yyy');
    assert.equal(harness.events.length, 2, 'newer bytes are still compared');
  });

  it('compares with pieces that lie between those of other halves', () => {
    const harness = new ReassemblyHarness();
    const other = harness.half - 1;
    harness.reassembler.open(other, 0);
    for (let i = 0; i < 20; i++) {
      harness.send(i * 3, 'abc');
      harness.reassembler.segment(other, i, Buffer.from('x'), 0, 1);
    }
    harness.send(0, 'abc'.repeat(20));
    harness.send(4, 'bcabca');
    assert.deepEqual(harness.events, []);
    harness.send(7, 'Xc');
    harness.send(0, `Xbc${'abc'.repeat(19)}`);
    assert.equal(harness.events.length, 2);
  });

  it('keeps no history when the limit is 0', () => {
    const harness = new ReassemblyHarness({ limits: { reassemblyHistoryBytes: 0 } });
    harness.send(0, 'abc');
    harness.send(0, 'aXc');
    assert.deepEqual(harness.log, ['abc']);
  });

  it('compares a segment longer than one record of the history', () => {
    const harness = new ReassemblyHarness();
    const long = new Uint8Array(69_000);
    for (let i = 0; i < long.length; i++) long[i] = i % 251;
    harness.send(0, long);
    harness.send(0, long);
    assert.deepEqual(harness.events, []);
    long[68_999] = 255;
    harness.send(0, long);
    assert.deepEqual(harness.events, ['reassembly.overlap_diff_data']);
  });
});

/** Old and new segment behind a hole at 0; what is delivered once it is filled, by policy. */
interface OverlapCase {
  readonly name: string;
  readonly old: readonly [at: number, data: string];
  readonly later: readonly [at: number, data: string];
  readonly stream: Readonly<Record<OverlapPolicy, string>>;
}

const OVERLAPS: readonly OverlapCase[] = [
  {
    name: 'the same bytes claimed anew',
    old: [1, 'AAAA'],
    later: [1, 'bbbb'],
    stream: { first: 'AAAA', last: 'bbbb', bsd: 'AAAA', linux: 'AAAA', windows: 'AAAA' },
  },
  {
    name: 'the new segment begins earlier and ends inside',
    old: [3, 'AAAA'],
    later: [1, 'bbbb'],
    stream: { first: 'bbAAAA', last: 'bbbbAA', bsd: 'bbbbAA', linux: 'bbbbAA', windows: 'bbAAAA' },
  },
  {
    name: 'the new segment begins earlier and ends later',
    old: [3, 'AA'],
    later: [1, 'bbbbbb'],
    stream: { first: 'bbAAbb', last: 'bbbbbb', bsd: 'bbbbbb', linux: 'bbbbbb', windows: 'bbbbbb' },
  },
  {
    name: 'the new segment begins inside and ends later',
    old: [1, 'AAAA'],
    later: [3, 'bbbb'],
    stream: { first: 'AAAAbb', last: 'AAbbbb', bsd: 'AAAAbb', linux: 'AAAAbb', windows: 'AAAAbb' },
  },
  {
    name: 'the new segment lies inside',
    old: [1, 'AAAAAA'],
    later: [3, 'bb'],
    stream: { first: 'AAAAAA', last: 'AAbbAA', bsd: 'AAAAAA', linux: 'AAAAAA', windows: 'AAAAAA' },
  },
  {
    name: 'the new segment begins at the same byte and ends later',
    old: [1, 'AA'],
    later: [1, 'bbbb'],
    stream: { first: 'AAbb', last: 'bbbb', bsd: 'AAbb', linux: 'bbbb', windows: 'AAbb' },
  },
];

describe('overlap policy', () => {
  for (const { name, old, later, stream } of OVERLAPS) {
    for (const policy of ['first', 'last', 'bsd', 'linux', 'windows'] as const) {
      it(`${policy}: ${name}`, () => {
        const harness = new ReassemblyHarness({ policy });
        harness.send(...old);
        harness.send(...later);
        harness.send(0, '.');
        assert.equal(Buffer.from(harness.stream).toString('latin1'), `.${stream[policy]}`);
        assert.deepEqual(harness.events, ['reassembly.overlap_diff_data']);
        assert.equal(harness.counters.get('tcpOverlapConflicts'), 1);
      });
    }
  }

  it('delivered bytes stay, whatever the policy', () => {
    for (const policy of ['first', 'last', 'bsd', 'linux', 'windows'] as const) {
      const harness = new ReassemblyHarness({ policy });
      harness.send(1, 'bcd');
      harness.send(0, 'aXc');
      harness.send(0, 'yyyyz');
      const kept = policy === 'first' || policy === 'windows' ? 'abcdz' : 'aXcdz';
      assert.equal(Buffer.from(harness.stream).toString('latin1'), kept, policy);
      assert.equal(harness.events.length, 2, policy);
    }
  });
});
