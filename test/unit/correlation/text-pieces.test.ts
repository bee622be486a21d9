import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { COUNTER, Counters } from '../../../sensor/core/index.ts';
import { StateMemory } from '../../../sensor/correlation/state-memory.ts';
import { EDGE, TextEdges } from '../../../sensor/correlation/text-edges.ts';
import { TextPieces } from '../../../sensor/correlation/text-pieces.ts';

const SECOND = 1e6;

function ring(
  entries: number,
  bytes: number,
): {
  pieces: TextPieces;
  counters: Counters;
  add: (text: string, at?: number, previous?: number) => number;
  read: (number: number) => string;
} {
  const counters = new Counters();
  const pieces = new TextPieces(new StateMemory(counters), 'x', { entries, bytes, seconds: 60 });
  return {
    pieces,
    counters,
    add: (text, at = 0, previous = -1) =>
      pieces.add(Buffer.from(`##${text}`), 2, Buffer.byteLength(text), previous, at * SECOND),
    read: (number) => {
      const to = new Uint8Array(pieces.lengthOf(number));
      pieces.copy(number, to, 0);
      return Buffer.from(to).toString();
    },
  };
}

describe('TextPieces', () => {
  it('gives back what it was given, with what came before', () => {
    const { pieces, add, read } = ring(8, 64);
    const first = add('one');
    const second = add('two', 3, first);
    assert.equal(read(first) + read(second), 'onetwo');
    assert.equal(pieces.previousOf(second), first);
    assert.equal(pieces.timeOf(second), 3 * SECOND);
  });

  it('forgets the oldest for room: of entries, of bytes', () => {
    for (const [entries, bytes] of [
      [3, 1000],
      [100, 12],
    ] as const) {
      const { pieces, counters, add, read } = ring(entries, bytes);
      const numbers = ['aaaa', 'bbbb', 'cccc', 'dddd'].map((text) => add(text));
      assert.deepEqual(
        numbers.map((number) => pieces.has(number, 0)),
        [false, true, true, true],
      );
      assert.equal(numbers.slice(1).map(read).join(), 'bbbb,cccc,dddd');
      assert.equal(counters.values[COUNTER.stateEvictions], 1);
    }
  });

  it('holds no byte of what is over, and no text longer than itself', () => {
    const { pieces, add } = ring(8, 16);
    const first = add('secret');
    assert.equal(pieces.has(first, 59 * SECOND), true);
    pieces.expire(61 * SECOND);
    assert.equal(pieces.count, 0);
    const probe = new Uint8Array(6);
    pieces.copy(first, probe, 0);
    assert.deepEqual([...probe], [0, 0, 0, 0, 0, 0]);
    assert.equal(add('a text longer than the whole ring'), -1);
  });

  it('keeps texts whole at the end of the ring, through many turns', () => {
    const { pieces, add, read } = ring(5, 50);
    for (let i = 0; i < 2000; i++) {
      const text = `${i}-${'x'.repeat(i % 23)}`;
      const number = add(text, i / 100);
      assert.equal(read(number), text);
      assert.ok(pieces.count <= 5 && pieces.bytes === pieces.limitBytes);
    }
  });

  it('follows a clock that steps back by more than its time', () => {
    const { pieces, add } = ring(8, 64);
    const first = add('later', 1000);
    const second = add('earlier', 10);
    assert.deepEqual(
      [pieces.has(first, 10 * SECOND), pieces.has(second, 10 * SECOND)],
      [false, true],
    );
  });
});

describe('TextEdges', () => {
  const edges = new TextEdges();
  const signs = (text: string): number => {
    const bytes = Buffer.from(`xx${text}yy`);
    return edges.read(bytes, 2, bytes.length - 4);
  };

  it('sees where a text may go on, or goes on', () => {
    const both = EDGE.open | EDGE.continued;
    for (const text of ['4111', '4111 1111', 'ghp_9aB3', 'AKIA', 'MIIBOgIBAAJBAKj3', ' 1111\n']) {
      assert.equal(signs(text), both, text);
    }
    assert.equal(signs('the card is 4111'), EDGE.open);
    assert.equal(signs('root password:'), EDGE.open);
    assert.equal(signs('key ='), EDGE.open);
    assert.equal(signs('1111 exp'), EDGE.continued);
    assert.equal(signs('-----BEGIN X-----'), both);
  });

  it('sees nothing in ordinary words', () => {
    for (const text of [
      '',
      '   ',
      'hello',
      'Hello there',
      'ok.',
      'well, no!',
      ':-)',
      'привет',
      'I am',
      'a',
      'OK',
      'lol',
      'x'.repeat(500),
    ]) {
      assert.equal(signs(text), 0, text);
    }
  });

  it('leaves blanks out, and reads no byte beside the text', () => {
    signs('  4111\t\n');
    const bytes = Buffer.from('  4111\t\n');
    edges.read(bytes, 0, bytes.length);
    assert.equal(bytes.toString('latin1', edges.start, edges.end), '4111');
    const alone = Buffer.from('77 a 77');
    assert.equal(edges.read(alone, 3, 1), 0);
  });
});
