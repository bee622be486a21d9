/**
 * HTTP/1.1 and SOCKS5 under hostile bytes: messages put together from pieces that servers stumble over, cut, lost and
 * changed at random, with tiny limits. Properties: nothing throws, every body that was wanted ends once, what is told is
 * never longer than what was sent may unpack to, and pieces of any size are heard alike.
 */
import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { CarriedWire, type Line, type WireOptions } from '../support/carried-wire.ts';

export const name = 'http';

export function fuzz(random: () => number, isOver: () => boolean): { runs: number } {
  let runs = 0;
  for (; !isOver(); runs++) run(random);
  return { runs };
}

const PACKED = gzipSync('packed text, '.repeat(30)).toString('latin1');

const PIECES: readonly string[] = [
  'PUT /a HTTP/1.1\r\n',
  'GET http://a/b HTTP/1.1\r\n',
  'HEAD / HTTP/1.0\n',
  'CONNECT a:1 HTTP/1.1\r\n',
  'POST / HTTP/9\r\n',
  'HTTP/1.1 200 OK\r\n',
  'HTTP/1.1 100 \r\n\r\n',
  'HTTP/1.1 101 x\r\n',
  'HTTP/1.1 204\r\n',
  'Content-Length: 5\r\n',
  'Content-Length: 7\n',
  'Content-Length:\r\n 3\r\n',
  'Content-Length: 99999999999999999\r\n',
  `Content-Length: ${PACKED.length}\r\n`,
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding : chunked\r\n',
  'Transfer-Encoding: gzip, chunked\r\n',
  'Content-Encoding: gzip\r\n',
  'Content-Encoding: deflate, br\r\n',
  'Content-Type: multipart/byteranges\r\n',
  'Expect: 100-continue\r\n',
  'Host: a\r\n',
  ': no name\r\n',
  '\r\n',
  '\n',
  '\r',
  'hello',
  '5\r\nhello\r\n',
  `${PACKED.length.toString(16)}\r\n${PACKED}\r\n`,
  '0\r\n\r\n',
  'fffffffffffff\r\n',
  '1;x\n',
  PACKED,
  '\x05\x01\x00',
  '\x05\x00',
  '\x05\x01\x00\x03\x04name\x00\x00',
  '\x05\x00\x00\x03\x04name\x00\x00',
  '\x05\x02\x00\x02',
  '\x01\x01a\x01b',
  '\x01\x00',
];

function run(random: () => number): void {
  const below = (limit: number): number => Math.floor(random() * limit);
  const lines = dialogue(below);
  const sent = lines.reduce(
    (sum, [, what]) => sum + (typeof what === 'number' ? 0 : what.length),
    0,
  );
  const options = optionsOf(below);
  const whole = new CarriedWire(options).say(lines).close();
  const heard = whole.bodies.flat().reduce((sum, { text }) => sum + text.length, 0);
  assert.ok(heard <= sent * 1100 + 100, `${heard} bytes told of ${sent}`);
  // Losses are told per segment, and where a message may begin again depends on where segments do.
  if (lines.every(([, what]) => typeof what !== 'number') && !isResumed(whole)) {
    const cut = new CarriedWire(options).say(lines, 1 + below(40)).close();
    if (!isResumed(cut)) assert.deepEqual(cut.heard, whole.heard);
  }
}

/** Something was lost on the way: bodies of unknown rest, or answers that nothing asked for. */
function isResumed(wire: CarriedWire): boolean {
  return (
    wire.bodies.flat().some(({ isWhole }) => isWhole !== true) ||
    wire.counters.get('openingsLost') > 0 ||
    wire.isIgnored ||
    wire.carried.some((text) => text.endsWith('[?]'))
  );
}

function dialogue(below: (limit: number) => number): Line[] {
  const lines: Line[] = [];
  for (let turns = 1 + below(8); turns > 0; turns--) {
    const who = below(3) === 0 ? 'S' : 'C';
    if (lines.length > 0 && below(12) === 0) {
      lines.push([who, 1 + below(below(2) === 0 ? 10 : 5000)]);
      continue;
    }
    let text = '';
    for (let pieces = 1 + below(8); pieces > 0; pieces--)
      text += PIECES[below(PIECES.length)] ?? '';
    if (lines.length === 0) text = (PIECES[below(3)] ?? '') + text;
    if (below(5) === 0) text = text.slice(0, below(text.length + 1));
    const bytes = Buffer.from(text, 'latin1');
    if (below(5) === 0 && bytes.length > 0) bytes[below(bytes.length)] = below(256);
    if (bytes.length > 0) lines.push([who, bytes]);
  }
  return lines;
}

function optionsOf(below: (limit: number) => number): WireOptions {
  const request = below(8);
  const isSmall = below(3) === 0;
  return {
    isMidstream: below(10) === 0,
    socks: below(4) !== 0,
    request: ({ number }) => (number % 8 === request ? 'skip' : number % 8 !== request - 1),
    response: ({ number }) => number % 5 !== request,
    limits: isSmall
      ? {
          transportHttpHeadBytes: 20 + below(200),
          transportHttpPipelined: 1 + below(3),
          transportHttpUnpacked: below(2),
          transportHttpUnpackedBytes: below(500),
          transportProbeBytes: 64 + below(100),
        }
      : {},
  };
}
