/** What SOCKS5 connections carry, at every segmentation, with losses, and with one half only. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CarriedWire, type Line } from '../../support/carried-wire.ts';

const HASH = '0123456789abcdef0123456789abcdef01234567';
const GREETING = '\x05\x01\x00';
const REQUEST = `\x05\x01\x00\x03\x28${HASH}\x00\x00`;
const CHOICE = '\x05\x00';
const REPLY = `\x05\x00\x00\x03\x28${HASH}\x00\x00`;
const FILE = 'PK\x03\x04 the file, \x05\x00\x00 and its end\xff';

const OPENING: readonly Line[] = [
  ['C', GREETING],
  ['S', CHOICE],
  ['C', REQUEST],
  ['S', REPLY],
];

describe('a bytestream through a proxy', () => {
  it('is told from the first byte behind the opening, at every segmentation', () => {
    const lines: readonly Line[] = [...OPENING, ['C', FILE], ['S', 'back'], ['C', FILE]];
    const whole = new CarriedWire().say(lines).close();
    assert.deepEqual(whole.carried, [FILE + FILE, 'back']);
    assert.equal(whole.socks[0]?.host, HASH);
    assert.deepEqual(whole.replies, [0]);
    assert.equal(whole.closed, 'failed');
    assert.equal(whole.counters.get('notXmppFlows'), 1);
    for (let size = 1; size < 60; size++) {
      assert.deepEqual(new CarriedWire().say(lines, size).close().heard, whole.heard);
    }
  });

  it('is ignored when the handler does not want it', () => {
    const wire = new CarriedWire({ socks: false }).say([...OPENING, ['C', FILE]]).close();
    assert.ok(wire.isIgnored);
    assert.equal(wire.socks.length, 1);
    assert.deepEqual(wire.carried, ['', '']);
    assert.equal(wire.counters.get('notXmppFlows'), 1);
  });

  it('is read behind a login, and with bytes sent before the reply', () => {
    const lines: readonly Line[] = [
      ['C', '\x05\x02\x00\x02'],
      ['S', '\x05\x02'],
      ['C', '\x01\x04name\x06secret'],
      ['S', '\x01\x00'],
      ['C', `${REQUEST}early `],
      ['C', 'birds'],
      ['S', `${REPLY}answer`],
    ];
    for (const size of [1, 2, 5, 13, 100]) {
      const wire = new CarriedWire().say(lines, size);
      assert.deepEqual(wire.carried, ['early birds', 'answer']);
      assert.deepEqual(wire.socks[0]?.methods, [0, 2]);
    }
  });

  it('is read when client and server say all of their opening at once', () => {
    const wire = new CarriedWire().say([
      ['C', GREETING + REQUEST + FILE],
      ['S', CHOICE + REPLY + FILE],
    ]);
    assert.deepEqual(wire.carried, [FILE, FILE]);
  });

  it('tells the reply that refuses', () => {
    const wire = new CarriedWire().say([
      ...OPENING.slice(0, 3),
      ['S', '\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00'],
    ]);
    assert.deepEqual(wire.replies, [2]);
    const noMethod = new CarriedWire().say([
      ['C', GREETING],
      ['S', '\x05\xff'],
    ]);
    assert.ok(!noMethod.isIgnored, 'the client may say what it wanted');
    noMethod.say([['C', REQUEST]]);
    assert.deepEqual(noMethod.carried, ['', '[?]']);
  });

  it('is no longer told once the handler stops reading', () => {
    const wire = new CarriedWire().say([...OPENING, ['C', 'one']]);
    wire.transport.stopReading(3);
    assert.ok(wire.isIgnored);
    wire.say([['C', 'two']]).close();
    assert.deepEqual(wire.carried, ['one', '']);
  });

  it('is alien on a port of streams', () => {
    const wire = new CarriedWire({ serverPort: 5222 }).say(OPENING).close();
    assert.equal(wire.socks.length, 0);
    assert.deepEqual(wire.events, ['transport.not_xmpp_on_xmpp_port']);
  });
});

describe('a bytestream with losses', () => {
  it('tells what is missing of either half', () => {
    const wire = new CarriedWire().say([
      ...OPENING,
      ['C', 'abc'],
      ['C', 1460],
      ['C', 'def'],
      ['S', 9],
      ['S', 'x'],
    ]);
    assert.deepEqual(wire.carried, ['abc[1460]def', '[9]x']);
  });

  it('lacks the half whose opening was lost, and keeps the other', () => {
    const client = new CarriedWire().say([
      ['C', GREETING],
      ['S', CHOICE],
      ['C', 47],
      ['S', `${REPLY}file`],
      ['C', 'what is this'],
    ]);
    assert.deepEqual(client.carried, ['[?]', 'file']);
    assert.equal(client.socks[0]?.host, HASH);
    assert.ok(client.socks[0].isFromReply);
    const server = new CarriedWire().say([
      ['C', GREETING],
      ['C', REQUEST],
      ['S', 49],
      ['S', 'what is this'],
      ['C', 'file'],
    ]);
    assert.deepEqual(server.carried, ['file', '[?]']);
    assert.equal(server.counters.get('openingsLost'), 0);
  });

  it('is given up and counted when nothing tells what it is', () => {
    const both = new CarriedWire().say([
      ['C', GREETING],
      ['C', 47],
      ['S', 49],
    ]);
    assert.ok(both.isIgnored);
    const nameless = new CarriedWire().say([
      ['C', GREETING],
      ['C', 47],
      ['S', `${CHOICE}\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00`],
    ]);
    assert.ok(nameless.isIgnored);
    for (const wire of [both, nameless]) {
      assert.equal(wire.socks.length, 0);
      assert.equal(wire.counters.get('openingsLost'), 1);
      assert.equal(wire.counters.get('notXmppFlows'), 1);
    }
  });

  it('counts what the server said before the request was seen as missing', () => {
    const wire = new CarriedWire().say([
      ['C', GREETING],
      ['S', `${CHOICE}\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00`],
      ['S', 'first'],
      ['S', 3],
      ['C', REQUEST],
      ['S', 'second'],
    ]);
    assert.deepEqual(wire.replies, [0]);
    assert.deepEqual(wire.carried, ['', '[8]second']);
  });
});

describe('one half alone', () => {
  it('of the client tells request and bytes', () => {
    const wire = new CarriedWire().say(
      [
        ['C', GREETING],
        ['C', REQUEST],
        ['C', FILE],
      ],
      4,
    );
    assert.deepEqual(wire.carried, [FILE, '']);
    assert.deepEqual(wire.replies, []);
  });

  it('of the server tells what the reply repeats, and bytes', () => {
    for (const size of [1, 2, 3, 7, 60]) {
      const wire = new CarriedWire().say(
        [
          ['S', CHOICE],
          ['S', REPLY],
          ['S', FILE],
        ],
        size,
      );
      assert.deepEqual(wire.carried, ['', FILE]);
      assert.equal(wire.socks[0]?.host, HASH);
      assert.deepEqual(wire.replies, [0]);
    }
  });

  it('of a server that is no proxy is nothing', () => {
    const wire = new CarriedWire().say([['S', '\x05\x00hello world']]);
    assert.ok(wire.isIgnored);
    assert.equal(wire.socks.length, 0);
  });
});

describe('many connections', () => {
  it('the one that waits longest for its request makes room', () => {
    const wire = new CarriedWire({ limits: { transportSocksFlows: 1 } });
    wire.say(OPENING.slice(0, 2));
    wire.transport.onOpen(9);
    const greeting = Buffer.from(GREETING, 'latin1');
    wire.transport.onData(9, 0, greeting, 0, greeting.length);
    assert.ok(wire.isIgnored);
    wire.transport.onClose(9, 'closed');
  });

  it('one that is wanted stays', () => {
    const wire = new CarriedWire({ limits: { transportSocksFlows: 1 } }).say(OPENING);
    wire.transport.onOpen(9);
    const greeting = Buffer.from(GREETING, 'latin1');
    wire.transport.onData(9, 0, greeting, 0, greeting.length);
    assert.deepEqual(wire.ignored, [9], 'the new one is not read');
    assert.equal(wire.counters.get('filesNotFollowed'), 1);
    wire.say([['C', FILE]]);
    assert.deepEqual(wire.carried, [FILE, '']);
  });
});
