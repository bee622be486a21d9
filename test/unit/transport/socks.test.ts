import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SocksRequest } from '../../../sensor/transport/index.ts';
import { SocksOpening, isSocksGreeting } from '../../../sensor/transport/socks.ts';

const HASH = '0123456789abcdef0123456789abcdef01234567';
const GREETING = [5, 2, 0, 2];

function request(command: number, address: readonly number[], port = 0): number[] {
  return [5, command, 0, ...address, port >> 8, port & 255];
}

function name(text: string): number[] {
  return [3, text.length, ...Buffer.from(text)];
}

function read(bytes: readonly number[], size: number): SocksRequest | undefined {
  const opening = new SocksOpening();
  const all = Uint8Array.from(bytes);
  let found: SocksRequest | undefined;
  for (let at = 0; at < all.length; at += size) {
    found ??= opening.data(0, all, at, Math.min(size, all.length - at));
  }
  return found;
}

describe('SocksOpening', () => {
  it('reads a request for a bytestream at every cut', () => {
    for (const size of [1, 2, 3, 7, 100]) {
      assert.deepEqual(read([...GREETING, ...request(1, name(HASH))], size), {
        methods: [0, 2],
        command: 1,
        addressType: 3,
        host: HASH,
        port: 0,
        isFromReply: false,
      });
    }
  });

  it('reads addresses, ports and other commands, and skips a login', () => {
    const login = [1, 2, 65, 66, 3, 67, 68, 69];
    const found = read([...GREETING, ...login, ...request(2, [1, 192, 0, 2, 1], 443)], 5);
    assert.equal(found?.command, 2);
    assert.equal(found.host, '');
    assert.equal(found.port, 443);
    assert.equal(
      read([...GREETING, ...request(1, [4, ...new Array<number>(16).fill(1)], 1)], 3)?.addressType,
      4,
    );
  });

  it('gives up on what is no request, and on what never ends', () => {
    const opening = new SocksOpening();
    assert.equal(opening.data(0, Uint8Array.from([...GREETING, 9, 9]), 0, 6), undefined);
    assert.ok(opening.isOver);
    assert.equal(read([...GREETING, 5, 1, 0, 7, 1, 2, 3, 4, 5, 6], 1), undefined);
  });
});

describe('isSocksGreeting', () => {
  it('wants version, methods and then silence', () => {
    const judge = (...bytes: number[]): boolean | undefined =>
      isSocksGreeting(Uint8Array.from(bytes), 0, bytes.length);
    assert.equal(judge(5), undefined);
    assert.equal(judge(5, 1), undefined);
    assert.equal(judge(5, 1, 0), true);
    assert.equal(judge(5, 0), false);
    assert.equal(judge(5, 1, 0, 5), false);
    assert.equal(judge(4, 1, 0), false);
  });
});
