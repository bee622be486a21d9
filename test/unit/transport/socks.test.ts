import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SocksRequest } from '../../../sensor/transport/index.ts';
import {
  SocksOpening,
  isSocksAnswer,
  isSocksGreeting,
  readClient,
  readServer,
} from '../../../sensor/transport/socks.ts';
import { cutEvery } from '../../support/chunking.ts';

const HASH = '0123456789abcdef0123456789abcdef01234567';
const GREETING = [5, 2, 0, 2];
const LOGIN = [1, 2, 65, 66, 3, 67, 68, 69];

function request(command: number, address: readonly number[], port = 0): number[] {
  return [5, command, 0, ...address, port >> 8, port & 255];
}

function name(text: string): number[] {
  return [3, text.length, ...Buffer.from(text)];
}

/** Feeds an opening in pieces; what it says, and how many bytes of all were its own. */
function feed<T>(
  opening: SocksOpening<T>,
  bytes: readonly number[],
  size: number,
): { said: T | undefined; taken: number } {
  let taken = 0;
  for (const piece of cutEvery(Uint8Array.from(bytes), size)) {
    if (opening.said !== undefined || opening.isLost) break;
    taken += opening.take(piece, 0, piece.length);
  }
  return { said: opening.said, taken };
}

describe('SocksOpening of a client', () => {
  const read = (bytes: readonly number[], size: number): SocksRequest | undefined =>
    feed(new SocksOpening(readClient), bytes, size).said;

  it('reads a request for a bytestream at every cut, and takes no byte behind it', () => {
    const bytes = [...GREETING, ...request(1, name(HASH))];
    for (let size = 1; size <= bytes.length + 3; size++) {
      const { said, taken } = feed(new SocksOpening(readClient), [...bytes, 80, 75, 3], size);
      assert.deepEqual(said, {
        methods: [0, 2],
        command: 1,
        addressType: 3,
        host: HASH,
        port: 0,
        isFromReply: false,
      });
      assert.equal(taken, bytes.length);
    }
  });

  it('reads addresses, ports and other commands, and skips a login', () => {
    const found = read([...GREETING, ...LOGIN, ...request(2, [1, 192, 0, 2, 1], 443)], 5);
    assert.equal(found?.command, 2);
    assert.equal(found.host, '');
    assert.equal(found.port, 443);
    assert.equal(
      read([...GREETING, ...request(1, [4, ...new Array<number>(16).fill(1)], 1)], 3)?.addressType,
      4,
    );
  });

  it('gives up on what is no request', () => {
    for (const bytes of [
      [...GREETING, 9, 9],
      [...GREETING, 5, 1, 0, 7, 1, 2, 3, 4, 5, 6],
      [4, 1, 0, 80, 192, 0, 2, 1, 0],
    ]) {
      const opening = new SocksOpening(readClient);
      assert.equal(feed(opening, bytes, 1).said, undefined);
      assert.ok(opening.isLost);
    }
  });

  it('takes the longest opening there is, and nothing longer is waited for', () => {
    const long = [5, 255, ...new Array<number>(255).fill(2)];
    const login = [
      1,
      255,
      ...new Array<number>(255).fill(65),
      255,
      ...new Array<number>(255).fill(66),
    ];
    const bytes = [...long, ...login, ...request(1, name('x'.repeat(255)), 9)];
    assert.equal(read(bytes, 7)?.host.length, 255);
  });
});

describe('SocksOpening of a server', () => {
  const all = [5, 0, ...[5, 0, 0, ...name(HASH), 0, 0]];

  it('reads choice and reply at every cut, and what they repeat of the request', () => {
    for (let size = 1; size <= all.length; size++) {
      const { said, taken } = feed(new SocksOpening(readServer), [...all, 1, 2], size);
      assert.equal(said?.code, 0);
      assert.equal(said.request.host, HASH);
      assert.ok(said.request.isFromReply);
      assert.equal(taken, all.length);
    }
  });

  it('reads the end of a login and a refusal', () => {
    const refused = [5, 2, 1, 0, 5, 5, 0, 1, 0, 0, 0, 0, 0, 0];
    assert.equal(feed(new SocksOpening(readServer), refused, 2).said?.code, 5);
  });

  it('gives up on a refused method, a refused login and on other protocols', () => {
    for (const bytes of [
      [5, 255],
      [5, 2, 1, 1],
      [5, 0, 5, 77, 0, 1, 0, 0, 0, 0, 0, 0],
      [72, 84, 84, 80],
    ]) {
      const opening = new SocksOpening(readServer);
      feed(opening, bytes, 1);
      assert.ok(opening.isLost, bytes.join());
    }
  });
});

describe('isSocksGreeting', () => {
  const judge = (...bytes: number[]): boolean | undefined =>
    isSocksGreeting(Uint8Array.from(bytes), 0, bytes.length);

  it('wants version and methods', () => {
    assert.equal(judge(5), undefined);
    assert.equal(judge(5, 1), undefined);
    assert.equal(judge(5, 1, 0), true);
    assert.equal(judge(5, 0), false);
    assert.equal(judge(4, 1, 0), false);
  });

  it('wants what is said without waiting to be of SOCKS5 too', () => {
    assert.equal(judge(5, 1, 0, 5), undefined);
    assert.equal(judge(5, 1, 0, 5, 1, 0, 3), true);
    assert.equal(judge(5, 1, 0, 5, 4, 0, 3), false);
    assert.equal(judge(5, 1, 0, 5, 1, 0, 9), false);
    assert.equal(judge(5, 1, 0, 7), false);
    assert.equal(judge(5, 1, 2, 1), true);
    assert.equal(judge(5, 1, 0, 1), false, 'a login nobody offered');
  });
});

describe('isSocksAnswer', () => {
  const judge = (...bytes: number[]): boolean | undefined =>
    isSocksAnswer(Uint8Array.from(bytes), 0, bytes.length);

  it('wants method choice and a reply that grants', () => {
    assert.equal(judge(5, 0), undefined);
    assert.equal(judge(5, 0, 5, 0, 0), undefined);
    assert.equal(judge(5, 0, 5, 0, 0, 3), true);
    assert.equal(judge(5, 2, 1, 0, 5, 0, 0, 1), true);
    assert.equal(judge(5, 0, 5, 1, 0, 3), false);
    assert.equal(judge(5, 9), false);
    assert.equal(judge(5, 0, 7, 0, 0, 3), false);
  });
});
