import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fc } from '../support/property.ts';
import { FlowHarness, type Who } from '../support/flow-harness.ts';

const RUNS = { numRuns: 150, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: false };

interface Packet {
  readonly who: Who;
  readonly flags: string;
  readonly at: number;
  readonly ack: number;
  readonly data: Uint8Array;
}

interface Conversation {
  readonly packets: readonly Packet[];
  readonly streams: Readonly<Record<Who, string>>;
}

/** Letters: they cannot be taken for the marks of the log. */
function letters(maxLength: number): fc.Arbitrary<Uint8Array> {
  return fc
    .array(fc.integer({ min: 0x61, max: 0x7a }), { minLength: 1, maxLength })
    .map((codes) => Uint8Array.from(codes));
}

/**
 * A conversation after its handshake, cut into segments, each turn acknowledged, closed by both
 * sides.
 */
const conversation = fc
  .record({
    turns: fc.array(
      fc.record({
        who: fc.constantFrom<Who>('C', 'S'),
        data: letters(60),
      }),
      { minLength: 1, maxLength: 8 },
    ),
    segmentSize: fc.integer({ min: 1, max: 30 }),
  })
  .map(({ turns, segmentSize }): Conversation => {
    const packets: Packet[] = [];
    const streams = { C: '', S: '' };
    const none = new Uint8Array(0);
    const send = (who: Who, flags: string, data: Uint8Array): void => {
      const ack = streams[who === 'C' ? 'S' : 'C'].length;
      packets.push({ who, flags, at: streams[who].length, ack, data });
      streams[who] += Buffer.from(data).toString('latin1');
    };
    for (const { who, data } of turns) {
      for (let at = 0; at < data.length; at += segmentSize) {
        send(who, 'PA', data.slice(at, at + segmentSize));
      }
      send(who === 'C' ? 'S' : 'C', 'A', none);
    }
    send('C', 'FA', none);
    send('S', 'FA', none);
    return { packets, streams };
  });

/** What the handler heard: bytes of each side, '[n]' where n bytes were given up. */
function heard(log: readonly string[], who: Who): string {
  return log
    .filter((line) => line.startsWith(`${who} `) && !line.startsWith(`${who} !`))
    .map((line) => line.slice(2))
    .join('');
}

function play(harness: FlowHarness, packets: Iterable<Packet>): void {
  for (const { who, flags, data, at, ack } of packets) harness.send(who, flags, data, { at, ack });
}

/** Moves every packet back by up to `distance` places. */
function jostle(packets: readonly Packet[], moves: readonly number[], distance: number): Packet[] {
  return packets
    .map((packet, i) => ({ packet, place: i + ((moves[i] ?? 0) % (distance + 1)) }))
    .sort((a, b) => a.place - b.place)
    .map(({ packet }) => packet);
}

const moves = fc.array(fc.nat(100), { maxLength: 100 });

describe('flow', () => {
  it('delivers both streams whole, whatever a capture port repeats and reorders', () => {
    fc.assert(
      fc.property(conversation, moves, fc.array(fc.boolean()), (talk, shifts, repeats) => {
        const harness = new FlowHarness().handshake();
        const doubled = talk.packets.flatMap((packet, i) =>
          repeats[i] === true ? [packet, packet] : [packet],
        );
        play(harness, jostle(doubled, shifts, 6));
        harness.table.shutdown();
        assert.equal(heard(harness.log, 'C'), talk.streams.C);
        assert.equal(heard(harness.log, 'S'), talk.streams.S);
        assert.equal(harness.counters.get('tcpGapBytes'), 0);
        assert.equal(harness.counters.get('tcpOverlapConflicts'), 0);
        assert.equal(harness.log.at(-1), 'close closed');
        assert.deepEqual(
          harness.log.filter((line) => line.includes('!')),
          [],
        );
      }),
      RUNS,
    );
  });

  it('with losses puts every byte in its place and tells what is missing', () => {
    fc.assert(
      fc.property(conversation, fc.array(fc.boolean()), fc.boolean(), (talk, lost, isSlow) => {
        const harness = new FlowHarness().handshake();
        const came = talk.packets.filter((_, i) => lost[i] !== true);
        for (const packet of came) {
          play(harness, [packet]);
          if (isSlow) harness.wait(60_000);
        }
        harness.table.shutdown();
        for (const who of ['C', 'S'] as const) {
          const expected = Array.from(talk.streams[who], (char, i) =>
            came.some((packet) => packet.who === who && isIn(packet, i)) ? char : undefined,
          );
          const got = [...pieces(harness.log, who)];
          assert.deepEqual(got, expected.slice(0, got.length), who);
          // Nothing is left out at the end but what nobody acknowledged.
          assert.ok(expected.slice(got.length).every((char) => char === undefined));
        }
        const { seenPercent } = harness.closed[0] ?? { seenPercent: 0 };
        assert.equal(seenPercent === 100, harness.counters.get('tcpGapBytes') === 0);
      }),
      RUNS,
    );
  });

  it('of which only one direction is captured delivers that direction whole', () => {
    fc.assert(
      fc.property(conversation, fc.constantFrom<Who>('C', 'S'), moves, (talk, who, shifts) => {
        const harness = new FlowHarness();
        if (who === 'C') harness.send('C', 'S');
        else harness.send('S', 'SA', '', { ack: 0 });
        const half = talk.packets.filter((packet) => packet.who === who);
        play(harness, jostle(half, shifts, 4));
        harness.table.shutdown();
        assert.equal(heard(harness.log, who), talk.streams[who]);
        assert.equal(heard(harness.log, who === 'C' ? 'S' : 'C'), '');
      }),
      RUNS,
    );
  });

  it('is judged the same for every cut of the same bytes', () => {
    fc.assert(
      fc.property(letters(80), moves, (bytes, cuts) => {
        const harness = new FlowHarness().handshake();
        let at = 0;
        for (const cut of cuts) {
          const length = Math.min(1 + (cut % 9), bytes.length - at);
          harness.send('C', 'PA', bytes.slice(at, at + length), { at });
          at += length;
          if (at === bytes.length) break;
        }
        harness.send('C', 'PA', bytes.slice(at), { at });
        assert.equal(heard(harness.log, 'C'), Buffer.from(bytes).toString('latin1'));
      }),
      RUNS,
    );
  });
});

function isIn(packet: Packet, position: number): boolean {
  return position >= packet.at && position < packet.at + packet.data.length;
}

/** Characters delivered in order, undefined for each byte given up. */
function* pieces(log: readonly string[], who: Who): Generator<string | undefined> {
  for (const line of log) {
    if (!line.startsWith(`${who} `) || line.startsWith(`${who} !`)) continue;
    const gap = /^. \[(\d+)\]$/.exec(line);
    if (gap === null) yield* Array.from(line.slice(2));
    else for (let i = 0; i < Number(gap[1]); i++) yield undefined;
  }
}
