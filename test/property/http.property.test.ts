/** HTTP/1.1: any messages, cut at any places, give the bodies that were sent; with losses, never a whole one that is not. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { fc } from '../support/property.ts';
import { CarriedWire } from '../support/carried-wire.ts';

const RUNS = { numRuns: 250, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: false };

interface Message {
  readonly content: Uint8Array;
  /** The same in its content coding: what servers store of a request. */
  readonly packed: Uint8Array;
  readonly bytes: Uint8Array;
}

const CODERS: readonly (readonly [name: string, code: (bytes: Uint8Array) => Uint8Array])[] = [
  ['', (bytes) => bytes],
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  ['deflate', deflateRawSync],
];

const content = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  fc
    .tuple(
      fc.constantFrom('PUT / HTTP/1.1\r\n', 'HTTP/1.1 200 OK\r\n', '0\r\n\r\n', 'ab'),
      fc.nat(50),
    )
    .map(([text, times]) => Uint8Array.from(Buffer.from(text.repeat(times), 'latin1'))),
);

/** A message behind its first line; `canClose`: its end may be that of the connection. */
const message = fc
  .record({
    content,
    coder: fc.nat(CODERS.length - 1),
    chunks: fc.option(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 20 })),
    extension: fc.constantFrom('', ';a', ';a="b"'),
    trailer: fc.constantFrom('', 'X: y\r\n'),
  })
  .map((spec): Message => {
    const [name, code] = CODERS[spec.coder] ?? ['', (bytes: Uint8Array) => bytes];
    const packed = code(spec.content);
    const fields = name === '' ? [] : [`Content-Encoding: ${name}`];
    const parts: Uint8Array[] = [];
    if (spec.chunks === null) {
      fields.push(`Content-Length: ${packed.length}`);
      parts.push(packed);
    } else {
      fields.push('transfer-encoding: chunked');
      for (let at = 0, i = 0; at < packed.length; i++) {
        const size = spec.chunks[i % spec.chunks.length] ?? 1;
        const data = packed.subarray(at, at + size);
        const line = `${data.length.toString(16)}${spec.extension}\r\n`;
        parts.push(Buffer.from(line), data, Buffer.from('\r\n'));
        at += size;
      }
      parts.push(Buffer.from(`0\r\n${spec.trailer}\r\n`));
    }
    const head = Buffer.from(`${fields.join('\r\n')}\r\n\r\n`);
    return { content: spec.content, packed, bytes: Buffer.concat([head, ...parts]) };
  });

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

/** Cuts bytes at places chosen by numbers. */
function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

const sizes = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 12 });

describe('HTTP/1.1', () => {
  it('gives the bodies that were sent, wherever the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(message, message), { minLength: 1, maxLength: 5 }),
        sizes,
        (exchanges, segments) => {
          const wire = new CarriedWire();
          const requests = exchanges.map(([{ bytes }]) =>
            Buffer.concat([Buffer.from('PUT /a HTTP/1.1\r\n'), bytes]),
          );
          const responses = exchanges.map(([, { bytes }]) =>
            Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\n'), bytes]),
          );
          for (const piece of cut(Buffer.concat(requests), segments)) wire.segment(0, piece);
          for (const piece of cut(Buffer.concat(responses), segments)) wire.segment(1, piece);
          wire.close();
          assert.deepEqual(
            wire.bodies[0],
            exchanges.map(([{ packed }]) => ({ text: latin1(packed), isWhole: true })),
          );
          assert.deepEqual(
            wire.bodies[1],
            exchanges.map(([, sent]) => ({ text: latin1(sent.content), isWhole: true })),
          );
          assert.deepEqual(wire.events, []);
        },
      ),
      RUNS,
    );
  });

  it('never takes a body for whole of which a part was lost', () => {
    fc.assert(
      fc.property(
        fc.array(message, { minLength: 1, maxLength: 4 }),
        sizes,
        fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }),
        (messages, segments, losses) => {
          const all = messages.map(({ bytes }) =>
            Buffer.concat([Buffer.from('PUT /a HTTP/1.1\r\n'), bytes]),
          );
          const wire = new CarriedWire();
          let lost = 0;
          cut(Buffer.concat(all), segments).forEach((piece, i) => {
            if (losses[i % losses.length] === true && i > 0) {
              lost += piece.length;
              wire.gap(0, piece.length);
            } else {
              wire.segment(0, piece);
            }
          });
          wire.close();
          const sent = messages.map((each) => latin1(each.packed));
          const whole = wire.bodies[0].filter(({ isWhole }) => isWhole);
          // A file may hold what looks like a message: where the framing was lost it is taken for one.
          if (sent.some((text) => text.includes('HTTP/1.1'))) return;
          if (lost > 0) assert.ok(whole.length < messages.length || sent.includes(''));
          for (const { text } of whole) assert.ok(sent.includes(text));
        },
      ),
      RUNS,
    );
  });
});
