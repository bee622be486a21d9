/** HTTP/1.1 on any port: bodies are the same at every segmentation, whatever their framing and coding. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import type { LimitValues } from '../../../sensor/core/index.ts';
import { CarriedWire, type Line, type WireOptions } from '../../support/carried-wire.ts';

const HOST = 'Host: Upload.Example.org:5280';
const CREATED = 'HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n';

function put(body: string, ...fields: string[]): string {
  const head = ['PUT /upload/slot/a.txt HTTP/1.1', HOST, ...fields].join('\r\n');
  return `${head}\r\n\r\n${body}`;
}

const GET = `GET /upload/slot/a.txt HTTP/1.1\r\n${HOST}\r\n\r\n`;

function answer(body: Uint8Array | string, ...fields: string[]): string {
  const lines = ['HTTP/1.1 200 OK', `Content-Length: ${body.length}`, ...fields];
  return `${lines.join('\r\n')}\r\n\r\n${typeof body === 'string' ? body : latin1(body)}`;
}

/** Of an answer in gzip, whose body follows. */
function headOf({ length }: Uint8Array): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\nContent-Encoding: gzip\r\n\r\n`;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

/** Says the lines in one go, and proves that every other segmentation is heard alike. */
function hear(lines: readonly Line[], options: WireOptions = {}): CarriedWire {
  const whole = new CarriedWire(options).say(lines).close();
  const sizes = [1, 2, 3, 4, 5, 7, 11, 16, 33, 64, 100, 1000];
  for (const size of sizes) {
    const cut = new CarriedWire(options).say(lines, size).close();
    assert.deepEqual(cut.heard, whole.heard, `segments of ${size}`);
  }
  return whole;
}

function bodies(wire: CarriedWire): string[] {
  return wire.bodies
    .flat()
    .map(({ text, isWhole }) => `${text}${isWhole === true ? '' : ' (not whole)'}`);
}

describe('a request', () => {
  it('tells what its head says', () => {
    const wire = hear([
      [
        'C',
        put(
          'hello',
          'content-type:  text/plain; charset=utf-8 ',
          'CONTENT-LENGTH: 5',
          'Content-Range: bytes 10-14/100',
          'Content-Encoding: identity',
        ),
      ],
    ]);
    assert.deepEqual(wire.requests, [
      {
        number: 1,
        method: 'PUT',
        target: '/upload/slot/a.txt',
        host: 'upload.example.org:5280',
        contentType: 'text/plain; charset=utf-8',
        contentLength: 5,
        contentRange: { first: 10, last: 14, total: 100 },
        contentEncoding: 'identity',
      },
    ]);
    assert.deepEqual(wire.bodies[0], [{ text: 'hello', isWhole: true }]);
    assert.equal(wire.closed, 'failed');
  });

  it('names its host by the target where that is a whole URL, and a port in any case', () => {
    const wire = hear([
      ['C', 'GET http://user@Files.Example:8080/x?y HTTP/1.1\r\nHost: other\r\n\r\n'],
      ['S', CREATED],
      ['C', 'GET http://files.example HTTP/1.1\r\nHost: other\r\n\r\n'],
      ['C', 'GET /x HTTP/1.0\r\nHost: [2001:DB8::1]\r\n\r\n'],
      ['C', 'GET /x HTTP/1.1\r\n\r\n'],
    ]);
    assert.deepEqual(
      wire.requests.map(({ host, target }) => `${host} ${target}`),
      ['files.example:8080 /x?y', 'files.example:80 /', '[2001:db8::1]:80 /x', ' /x'],
    );
  });

  it('that is refused is the last one read', () => {
    const wire = hear(
      [
        ['C', put('hello', 'Content-Length: 5')],
        ['S', CREATED],
        ['C', put('again', 'Content-Length: 5')],
      ],
      { request: () => false },
    );
    assert.ok(wire.isIgnored);
    assert.equal(wire.requests.length, 1);
    assert.deepEqual(wire.bodies, [[], []]);
    assert.equal(wire.counters.get('notXmppFlows'), 1);
    assert.equal(wire.counters.get('openingsLost'), 0);
  });

  it('may be skipped, and what comes behind it read', () => {
    const wire = hear(
      [
        ['C', `${put('hello', 'Content-Length: 5')}${put('again', 'Content-Length: 5')}`],
        ['S', `${CREATED}${CREATED}`],
      ],
      { request: ({ number }) => (number === 1 ? 'skip' : true) },
    );
    assert.deepEqual(bodies(wire), ['again', '']);
    assert.deepEqual(
      wire.responses.map(({ number }) => number),
      [2],
    );
  });

  it('may begin with empty lines, and be of any method', () => {
    const upload = put('hello', 'Content-Length: 5');
    for (const before of [
      '\r\n',
      '\n\n',
      '\r\r\n',
      '\r',
      `PROPFIND / HTTP/1.1\r\n${HOST}\r\n\r\n`,
      `BREW /pot HTTP/1.1\r\n${HOST}\r\nContent-Length: 3\r\n\r\nnow`,
    ]) {
      const wire = hear([['C', `${before}${upload}`]], {
        request: ({ method }) => (method === 'PUT' ? true : 'skip'),
      });
      assert.deepEqual(bodies(wire), ['hello'], before);
      assert.equal(wire.counters.get('openingsLost'), 0);
    }
  });

  it('of which a later one is refused keeps its connection', () => {
    const put3 = [1, 2, 3].map((n) => put(`body${n}`, 'Content-Length: 5')).join('');
    const wire = hear([['C', put3]], { request: ({ number }) => number !== 2 });
    assert.deepEqual(bodies(wire), ['body1', 'body3']);
  });

  it('is not one when its first line is not of HTTP/1, or its head never ends', () => {
    for (const [text, options] of [
      ['PUT the kettle on\r\n\r\n', {}],
      ['GET / HTTP/2.0\r\n\r\n', {}],
      ['GET  \tHTTP/1.1\r\n\r\n', {}],
      [`GET / HTTP/1.1\r\nX: ${'y'.repeat(600)}`, { limits: { transportHttpHeadBytes: 500 } }],
      [
        `GET / HTTP/1.1\r\nX: ${'y'.repeat(600)}\r\n\r\n`,
        { limits: { transportHttpHeadBytes: 500 } },
      ],
    ] as const satisfies readonly (readonly [string, { limits?: Partial<LimitValues> }])[]) {
      const wire = hear([['C', text]], options);
      assert.equal(wire.requests.length, 0);
      assert.ok(wire.isIgnored, text.slice(0, 20));
      assert.equal(wire.counters.get('openingsLost'), 1);
    }
  });

  it('on a port of streams is alien', () => {
    const wire = new CarriedWire({ serverPort: 5222 });
    wire
      .say([
        ['C', put('hello', 'Content-Length: 5')],
        ['S', CREATED],
      ])
      .close();
    assert.equal(wire.requests.length, 0);
    assert.deepEqual(wire.events, ['transport.not_xmpp_on_xmpp_port']);
  });

  it('is read in a connection picked up in its middle', () => {
    const wire = new CarriedWire({ isMidstream: true });
    wire
      .say([
        ['C', put('hello', 'Content-Length: 5')],
        ['S', CREATED],
      ])
      .close();
    assert.deepEqual(bodies(wire), ['hello', '']);
  });

  it('alone, without its response, is told', () => {
    const wire = hear([
      ['C', put('hello', 'Content-Length: 5')],
      ['C', put('again', 'Content-Length: 5')],
    ]);
    assert.deepEqual(bodies(wire), ['hello', 'again']);
  });
});

describe('the end of a body', () => {
  it('is found by length, by chunks, or with the connection', () => {
    const wire = hear([
      ['C', put('hello', 'Content-Length: 5')],
      ['S', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
      ['S', '3;a="b;"\r\nabc\r\n00A\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n'],
      ['C', 'GET / HTTP/1.1\r\n\r\n'],
      ['S', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'],
      ['C', put('5\r\nhello\r\n0\r\n\r\n', 'Transfer-Encoding: chunked')],
      ['S', 'HTTP/1.0 200 OK\r\n\r\nuntil the end'],
    ]);
    assert.deepEqual(
      wire.bodies[0].map(({ text }) => text),
      ['hello', '', 'hello'],
    );
    assert.deepEqual(
      wire.bodies[1].map(({ text }) => text),
      ['abc0123456789', 'ok', 'until the end'],
    );
    assert.ok(wire.bodies.flat().every(({ isWhole }) => isWhole));
    assert.deepEqual(
      wire.responses.map(({ number }) => number),
      [1, 2, 3],
    );
  });

  it('with the connection is whole only when both sides closed it', () => {
    for (const reason of ['reset', 'timeout', 'evicted', 'shutdown'] as const) {
      const wire = new CarriedWire();
      wire.say([
        ['C', 'GET / HTTP/1.1\r\n\r\n'],
        ['S', 'HTTP/1.1 200 OK\r\n\r\nuntil'],
      ]);
      assert.deepEqual(bodies(wire.close(reason)), ['', 'until (not whole)']);
    }
  });

  it('before its length or last chunk is not whole', () => {
    const short = hear([['C', put('hel', 'Content-Length: 5')]]);
    assert.deepEqual(bodies(short), ['hel (not whole)']);
    const chunks = hear([['C', put('5\r\nhello\r\n', 'Transfer-Encoding: chunked')]]);
    assert.deepEqual(bodies(chunks), ['hello (not whole)']);
  });

  it('comes at once for answers that have none', () => {
    const wire = hear([
      ['C', 'HEAD /a HTTP/1.1\r\n\r\n'],
      ['S', 'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n'],
      ['C', 'GET /a HTTP/1.1\r\n\r\n'],
      ['S', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n'],
      ['C', 'OPTIONS /a HTTP/1.1\r\n\r\n'],
      ['S', 'HTTP/1.1 204 No Content\r\n\r\n'],
      ['C', 'GET /a HTTP/1.1\r\n\r\n'],
      ['S', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nend'],
    ]);
    assert.deepEqual(bodies(wire), ['', '', '', '', '', '', '', 'end']);
    assert.deepEqual(
      wire.responses.map(({ contentLength }) => contentLength),
      [500, 500, -1, 3],
    );
  });

  it('of a response that says more than the request waited for is kept apart', () => {
    const wire = hear([
      ['C', put('a', 'Content-Length: 1') + put('b', 'Content-Length: 1')],
      ['S', 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n'],
      ['S', 'HTTP/1.1 201 Created\r\nContent-Length: 3\r\n\r\none'],
      ['S', '\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 3\r\n\r\ntwo'],
      ['S', 'HTTP/1.1 408 Request Timeout\r\nContent-Length: 4\r\n\r\nlate'],
    ]);
    assert.deepEqual(bodies(wire), ['a', 'b', 'one', 'two']);
    assert.deepEqual(
      wire.responses.map(({ number }) => number),
      [1, 2],
    );
  });
});

describe('Expect: 100-continue', () => {
  const expecting = put('', 'Content-Length: 5', 'Expect: 100-continue');

  it('is followed by the body behind 100', () => {
    const wire = hear([
      ['C', expecting],
      ['S', 'HTTP/1.1 100 Continue\r\n\r\n'],
      ['C', 'hello'],
      ['S', CREATED],
    ]);
    assert.deepEqual(bodies(wire), ['hello', '']);
  });

  it('is followed by another request behind a refusal, or by the body all the same', () => {
    const refusal = 'HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n';
    const wire = new CarriedWire().say([
      ['C', expecting],
      ['S', refusal],
      ['C', put('again', 'Content-Length: 5')],
      ['S', CREATED],
    ]);
    assert.deepEqual(bodies(wire), [' (not whole)', 'again', '', '']);
    const stubborn = hear([
      ['C', expecting],
      ['S', refusal],
      ['C', 'hello'],
      ['C', put('again', 'Content-Length: 5')],
    ]);
    assert.deepEqual(bodies(stubborn), ['hello', 'again', '']);
  });
});

describe('content codings', () => {
  const file = 'A line of text that repeats. '.repeat(40);
  const packed: readonly (readonly [name: string, bytes: Uint8Array])[] = [
    ['gzip', gzipSync(file)],
    ['x-gzip', gzipSync(file)],
    ['deflate', deflateSync(file)],
    ['deflate', deflateRawSync(file)],
    ['GZip', Buffer.concat([gzipSync(file.slice(0, 100)), gzipSync(file.slice(100))])],
  ];

  for (const [name, bytes] of packed) {
    it(`${name} of ${bytes.length} bytes is undone`, () => {
      const wire = hear([
        ['C', GET],
        ['S', answer(bytes, `Content-Encoding: ${name}`)],
      ]);
      assert.deepEqual(bodies(wire), ['', file]);
    });
  }

  it('of a request are none of the transfer: servers store what was sent, true or not', () => {
    const requests: readonly (readonly [string, string])[] = [
      ['br', file],
      ['gzip', file],
      ['gzip', latin1(gzipSync(file))],
      ['deflate, gzip', 'plain'],
      ['', 'plain'],
    ];
    for (const [name, body] of requests) {
      const fields = [`Content-Length: ${body.length}`, `Content-Encoding: ${name}`];
      const wire = hear([
        ['C', put(body, ...fields)],
        ['C', put('x', 'Content-Length: 1')],
      ]);
      assert.deepEqual(bodies(wire), [body, 'x'], name);
      assert.equal(wire.requests[0]?.contentLength, body.length);
      assert.equal(wire.counters.get('bodiesNotUnpacked'), 0);
    }
    const chunks = put(
      '5\r\nhello\r\n0\r\n\r\n',
      'Transfer-Encoding: chunked',
      'Content-Encoding: br',
    );
    assert.deepEqual(bodies(hear([['C', chunks]])), ['hello']);
  });

  it('as a transfer coding under chunks is undone too', () => {
    const bytes = gzipSync(file);
    const chunk = `${bytes.length.toString(16)}\r\n${latin1(bytes)}\r\n0\r\n\r\n`;
    const wire = hear([['C', put(chunk, 'Transfer-Encoding: gzip, chunked')]]);
    assert.deepEqual(bodies(wire), [file]);
  });

  it('that is cut, damaged, unknown or twice is never whole', () => {
    const bytes = gzipSync(file);
    const damaged = Uint8Array.from(bytes);
    damaged.fill(0xff, 12, 30);
    const cases: readonly (readonly [string, Uint8Array])[] = [
      ['gzip', bytes.subarray(0, bytes.length - 12)],
      ['gzip', damaged],
      ['br', bytes],
      ['zstd', bytes],
      ['gzip, gzip', gzipSync(bytes)],
      ['deflate', Buffer.from('no such thing')],
    ];
    for (const [name, body] of cases) {
      const wire = new CarriedWire().say([
        ['C', `${GET}${GET}`],
        ['S', answer(body, `Content-Encoding: ${name}`)],
        ['S', answer('x')],
      ]);
      const [first, second] = wire.bodies[1];
      assert.equal(first?.isWhole, false, name);
      assert.match(first.text, /\[\?\]$/);
      assert.deepEqual(second, { text: 'x', isWhole: true });
    }
  });

  it('with a gap is not told behind it', () => {
    const bytes = gzipSync(Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 251)));
    const half = bytes.length >> 1;
    const wire = new CarriedWire().say([
      ['C', `${GET}${GET}`],
      ['S', headOf(bytes)],
      ['S', bytes.subarray(0, half)],
      ['S', 10],
      ['S', bytes.subarray(half + 10)],
      ['S', answer('x')],
    ]);
    const [first, second] = wire.bodies[1];
    assert.equal(first?.isWhole, false);
    assert.match(first.text, /\[\?\]$/);
    assert.equal(second?.isWhole, true);
  });

  it('that unpack to far too much are given up', () => {
    const bomb = gzipSync(Buffer.alloc(8 * 1024 * 1024));
    const wire = new CarriedWire().say([
      ['C', `${GET}${GET}`],
      ['S', headOf(bomb)],
      ['S', bomb],
      ['S', answer('x')],
    ]);
    const [first, second] = wire.bodies[1];
    assert.equal(first?.isWhole, false);
    assert.ok(first.text.length <= 5 * 1024 * 1024, `${first.text.length}`);
    assert.equal(second?.isWhole, true);
    assert.equal(wire.counters.get('bodiesNotUnpacked'), 1);

    const long = gzipSync(Buffer.from('A line of text. '.repeat(20000)));
    const bounded = new CarriedWire({ limits: { transportHttpUnpackedBytes: 100_000 } }).say([
      ['C', GET],
      ['S', headOf(long)],
      ['S', long],
    ]);
    assert.equal(bounded.bodies[1][0]?.isWhole, false);
    assert.match(bounded.bodies[1][0].text, /^A line.*\[\?\]$/);
  });

  it('with a header that never ends is given up', () => {
    const header = Buffer.concat([
      Buffer.from([0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3]),
      Buffer.alloc(400_000, 65),
    ]);
    const wire = new CarriedWire().say(
      [
        ['C', GET],
        ['S', headOf(header)],
        ['S', header],
      ],
      1460,
    );
    assert.deepEqual(wire.bodies[1], [{ text: '[?]', isWhole: false }]);
    assert.equal(wire.counters.get('bodiesNotUnpacked'), 1);
  });

  it('of too many at once are not all undone', () => {
    const bytes = gzipSync(file);
    const chunk = `${bytes.length.toString(16)}\r\n${latin1(bytes)}\r\n0\r\n\r\n`;
    const wire = new CarriedWire({ limits: { transportHttpUnpacked: 1 } }).say([
      ['C', put(chunk.slice(0, 20), 'Transfer-Encoding: gzip, chunked')],
      ['S', answer(bytes, 'Content-Encoding: gzip')],
      ['C', chunk.slice(20)],
      ['C', put(chunk, 'Transfer-Encoding: gzip, chunked')],
    ]);
    assert.deepEqual(bodies(wire), [file, file, '[?] (not whole)']);
    assert.equal(wire.counters.get('bodiesNotUnpacked'), 1);
  });
});

describe('a body of several ranges', () => {
  it('is told as missing, one range is not', () => {
    const parts = '--b\r\nContent-Range: bytes 0-1/9\r\n\r\nab\r\n--b--\r\n';
    const wire = hear([
      ['C', 'GET /a HTTP/1.1\r\nRange: bytes=0-1,4-5\r\n\r\n'],
      ['S', 'HTTP/1.1 206 Partial\r\nContent-Type: multipart/byteranges; boundary=b\r\n'],
      ['S', `Content-Length: ${parts.length}\r\n\r\n${parts}`],
      ['C', 'GET /a HTTP/1.1\r\nRange: bytes=2-4\r\n\r\n'],
      ['S', 'HTTP/1.1 206 Partial\r\nContent-Range: bytes 2-4/*\r\nContent-Length: 3\r\n\r\ncde'],
    ]);
    assert.deepEqual(bodies(wire), ['', '', '[?] (not whole)', 'cde']);
    assert.deepEqual(wire.responses[1]?.contentRange, { first: 2, last: 4, total: -1 });
  });
});

describe('losses', () => {
  it('inside a body of known length or inside a chunk leave the rest readable', () => {
    const wire = hear([
      ['C', put('', 'Content-Length: 100')],
      ['C', 'a'.repeat(20)],
      ['C', 60],
      ['C', `${'b'.repeat(20)}${put('', 'Transfer-Encoding: chunked')}20\r\nccc`],
      ['C', 29],
      ['C', `\r\n1\r\nd\r\n0\r\n\r\n${put('end', 'Content-Length: 3')}`],
    ]);
    assert.deepEqual(bodies(wire), [
      `${'a'.repeat(20)}[60]${'b'.repeat(20)} (not whole)`,
      'ccc[29]d (not whole)',
      'end',
    ]);
  });

  it('of the end of a body end it', () => {
    const wire = new CarriedWire().say([
      ['C', put('', 'Content-Length: 100')],
      ['C', 100],
      ['C', put('end', 'Content-Length: 3')],
    ]);
    assert.deepEqual(bodies(wire), ['[100] (not whole)', 'end']);
  });

  it('that hide where a message ends skip to the next that begins', () => {
    const wire = new CarriedWire().say([
      ['C', put('hel', 'Content-Length: 5')],
      ['C', 1000],
      ['C', 'lo and behold'],
      ['C', put('again', 'Content-Length: 5')],
      ['C', put('10', 'Transfer-Encoding: chunked')],
      ['C', 5],
      ['C', 'more of it'],
      ['C', put('end', 'Content-Length: 3')],
    ]);
    assert.deepEqual(bodies(wire), ['hel[2] (not whole)', 'again', '[?] (not whole)', 'end']);
  });

  it('of a response keep later ones with their requests', () => {
    const get = 'GET /a HTTP/1.1\r\n\r\n';
    const wire = new CarriedWire().say([
      ['C', get],
      ['S', 60],
      ['S', 'the rest of a body'],
      ['C', get],
      ['S', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo'],
      ['C', 18],
      ['S', 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nunseen'],
      ['C', get],
      ['S', 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfour'],
    ]);
    assert.deepEqual(
      wire.responses.map(({ number }) => number),
      [2, 4],
    );
    assert.deepEqual(
      wire.bodies[1].map(({ text }) => text),
      ['two', 'four'],
    );
  });

  it('of the first head leave nothing to read', () => {
    const wire = new CarriedWire().say([
      ['C', 'PUT /a HTTP/1.1\r\n'],
      ['C', 10],
      ['C', 'x'],
    ]);
    assert.ok(wire.isIgnored);
    assert.equal(wire.counters.get('openingsLost'), 1);
  });
});

describe('messages whose end servers see in different places', () => {
  const cases: readonly (readonly [
    name: string,
    fields: readonly string[],
    body: string,
    heard: string,
  ])[] = [
    [
      'length and chunks',
      ['Content-Length: 3', 'Transfer-Encoding: chunked'],
      '1\r\na\r\n0\r\n\r\n',
      'a',
    ],
    ['two lengths', ['Content-Length: 3', 'Content-Length: 5'], 'hello', '[?] (not whole)'],
    ['a list of two lengths', ['Content-Length: 3, 5'], 'hello', '[?] (not whole)'],
    ['a length that is no number', ['Content-Length: +5'], 'hello', '[?] (not whole)'],
    [
      'a length beyond numbers',
      ['Content-Length: 99999999999999999999'],
      'hello',
      '[?] (not whole)',
    ],
    ['a space before the colon', ['Content-Length : 5'], 'hello', 'hello'],
    ['a value on a second line', ['Content-Length:', ' 5'], 'hello', 'hello'],
    [
      'chunked twice',
      ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'],
      '0\r\n\r\n',
      '',
    ],
    ['chunked not last', ['Transfer-Encoding: chunked, gzip'], '0\r\n\r\n', '[?] (not whole)'],
    ['an unknown coding', ['Transfer-Encoding: \x0bchunked'], '0\r\n\r\n', '[?] (not whole)'],
    ['bare line ends in chunks', ['Transfer-Encoding: chunked'], '1\na\n0\n\n', 'a'],
    ['a space behind a chunk size', ['Transfer-Encoding: chunked'], '1 \r\na\r\n0\r\n\r\n', 'a'],
    [
      'a chunk size that is none',
      ['Transfer-Encoding: chunked'],
      '0x1\r\na\r\n0\r\n\r\n',
      ' (end)',
    ],
    [
      'a negative chunk size',
      ['Transfer-Encoding: chunked'],
      '-1\r\na\r\n0\r\n\r\n',
      '[?] (not whole)',
    ],
    [
      'a chunk size beyond numbers',
      ['Transfer-Encoding: chunked'],
      `1${'0'.repeat(13)}\r\na`,
      '[?] (not whole)',
    ],
    [
      'a chunk longer than it says',
      ['Transfer-Encoding: chunked'],
      '1\r\nab\r\n0\r\n\r\n',
      'a[?] (not whole)',
    ],
  ];

  for (const [name, fields, body, heard] of cases) {
    it(`${name}: told once, and read as most do`, () => {
      const wire = hear([['C', put(body, ...fields)]]);
      assert.deepEqual(wire.events, ['http.framing_ambiguous']);
      assert.deepEqual(bodies(wire), heard === ' (end)' ? [''] : [heard]);
    });
  }

  it('but not for what all read alike', () => {
    const wire = hear([
      ['C', put('hello', 'Content-Length: 5, 5')],
      ['C', put('hello', 'Content-Length: 005', 'X-Folded: a', ' b', 'X-Odd : 1')],
      ['C', put('5;ext=1\r\nhello\r\n0\r\nX: y\r\n\r\n', 'Transfer-Encoding: Chunked')],
      ['C', 'PUT /a HTTP/1.1\nContent-Length: 2\n\nok'],
    ]);
    assert.deepEqual(wire.events, []);
    assert.deepEqual(bodies(wire), ['hello', 'hello', 'hello', 'ok']);
  });

  it('nor for connections nobody wants', () => {
    const wire = hear([['C', put('', 'Content-Length: 3', 'Transfer-Encoding: chunked')]], {
      request: () => false,
    });
    assert.deepEqual(wire.events, []);
  });
});

describe('connections that become something else', () => {
  it('are left at 101, and at a tunnel that stands', () => {
    const socket = hear([
      ['C', 'GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n'],
      ['S', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
      ['S', '\x81\x05hello'],
    ]);
    assert.ok(socket.isIgnored);
    assert.deepEqual(bodies(socket), ['', '']);
    const tunnel = hear([
      ['C', 'OPTIONS * HTTP/1.1\r\n\r\n'],
      ['S', 'HTTP/1.1 204 No Content\r\n\r\n'],
      ['C', 'CONNECT a:443 HTTP/1.1\r\n\r\n'],
      ['S', 'HTTP/1.1 200 OK\r\n\r\n\x16\x03\x01'],
    ]);
    assert.ok(tunnel.isIgnored);
    assert.equal(tunnel.responses.length, 2);
  });
});

describe('bounds', () => {
  it('of a connection with too many open requests uploads are read on, answers are not', () => {
    const get = 'GET / HTTP/1.1\r\n\r\n';
    const wire = hear(
      [
        ['C', get.repeat(5)],
        ['S', CREATED.repeat(5)],
        ['C', put('hello', 'Content-Length: 5')],
        ['S', CREATED],
      ],
      { limits: { transportHttpPipelined: 4 } },
    );
    assert.equal(wire.isIgnored, false);
    assert.equal(wire.requests.length, 6);
    assert.deepEqual(wire.bodies[0].at(-1), { text: 'hello', isWhole: true });
    assert.deepEqual(wire.responses, []);
    assert.equal(wire.counters.get('openingsLost'), 1);
  });

  it('the connection whose first head is awaited longest makes room', () => {
    const wire = new CarriedWire({ limits: { transportHttpFlows: 1 } }).say([['C', 'GET / ']]);
    wire.transport.onOpen(9);
    const get = Buffer.from('GET / ');
    wire.transport.onData(9, 0, get, 0, get.length);
    assert.ok(wire.isIgnored);
    wire.transport.onClose(9, 'closed');
  });

  it('are given up for new ones while nothing was wanted of them, the silent ones first', () => {
    const wire = new CarriedWire({
      limits: { transportHttpFlows: 2 },
      request: ({ method }) => (method === 'PUT' ? true : 'skip'),
    });
    const say = (flow: number, text: string): void => {
      const bytes = Buffer.from(text);
      wire.transport.onData(flow, 0, bytes, 0, bytes.length);
    };
    for (const flow of [9, 10, 11, 12]) wire.transport.onOpen(flow);
    wire.say([['C', GET]]);
    say(9, GET);
    wire.say([['C', GET]]);
    say(10, GET);
    assert.deepEqual(wire.ignored, [9]);
    // What carries something stays.
    say(10, put('hello', 'Content-Length: 5'));
    say(11, GET);
    assert.deepEqual(wire.ignored, [9, 3]);
    say(11, put('hello', 'Content-Length: 5'));
    assert.equal(wire.counters.get('filesNotFollowed'), 2);
    say(12, GET);
    assert.deepEqual(wire.ignored, [9, 3, 12]);
    assert.equal(wire.counters.get('filesNotFollowed'), 3);
    for (const flow of [9, 10, 11, 12]) wire.transport.onClose(flow, 'closed');
  });

  it('a long target, and long values, are cut', () => {
    const wire = hear([
      ['C', `GET /${'x'.repeat(5000)} HTTP/1.1\r\nContent-Type: ${'y'.repeat(2000)}\r\n\r\n`],
    ]);
    assert.equal(wire.requests[0]?.target.length, 4096);
    assert.equal(wire.requests[0].contentType.length, 1024);
  });

  it('what the handler has seen enough of ends', () => {
    const wire = new CarriedWire().say([['C', put('hel', 'Content-Length: 5')]]);
    wire.transport.stopReading(3);
    wire.close();
    assert.deepEqual(bodies(wire), ['hel (not whole)']);
  });
});

describe('a response before any request', () => {
  it('is nothing', () => {
    const wire = hear([['S', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok']]);
    assert.ok(wire.isIgnored);
    assert.equal(wire.responses.length, 0);
  });

  it('while the request is still coming is not counted', () => {
    const wire = new CarriedWire().say([
      ['C', 'PUT /a HTTP/1.1\r\nContent-'],
      ['S', 'HTTP/1.1 408 Slow\r\nContent-Length: 2\r\n\r\nok'],
      ['C', 'Length: 1\r\n\r\nx'],
      ['S', CREATED],
    ]);
    assert.deepEqual(bodies(wire), ['x', '']);
    assert.equal(wire.responses[0]?.number, 1);
  });
});
