import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  distinctMatches,
  excerptMarks,
  outerMatches,
} from '../../../dashboards/console/src/logic/excerpt.ts';
import { EventReader } from '../../../dashboards/console/src/logic/sse.ts';
import {
  bareJid,
  endpoint,
  ends,
  isWebLink,
  seenText,
} from '../../../dashboards/console/src/logic/story.ts';
import {
  changeRequests,
  undoRequests,
  type Triaged,
} from '../../../dashboards/console/src/logic/undo.ts';
import type { EvidenceMatch } from '../../../sensor/core/index.ts';

const ALERTS: readonly Triaged[] = [
  { alertId: 'a', status: 'new' },
  { alertId: 'b', status: 'escalated' },
  { alertId: 'c', status: 'acknowledged' },
];

describe('triage of many', () => {
  it('names the alerts that change, those that are so already left out', () => {
    assert.deepEqual(changeRequests(ALERTS, { status: 'acknowledged' }), [
      { status: 'acknowledged', ids: ['a', 'b'] },
    ]);
    assert.deepEqual(changeRequests(ALERTS, { comment: 'x' }), [
      { comment: 'x', ids: ['a', 'b', 'c'] },
    ]);
  });

  it('is taken back to each old status', () => {
    assert.deepEqual(undoRequests(ALERTS, 'acknowledged'), [
      { status: 'new', ids: ['a'] },
      { status: 'escalated', ids: ['b'] },
    ]);
  });

  it('goes in parts of 500', () => {
    const many = Array.from({ length: 1_201 }, (_, index): Triaged => {
      return { alertId: String(index), status: 'new' };
    });
    const sizes = changeRequests(many, { status: 'closed' }).map((one) => one.ids?.length);
    assert.deepEqual(sizes, [500, 500, 201]);
  });
});

describe('words about an alert', () => {
  it('tell what was not seen', () => {
    const xmpp = { seenPercent: 98.06 } as NonNullable<Parameters<typeof seenText>[0]['xmpp']>;
    assert.match(seenText({ xmpp }), /missed 1\.9 %/);
    assert.match(seenText({ xmpp: { ...xmpp, seenPercent: 100 } }), /whole/);
    assert.equal(seenText({ xmpp: undefined }), '');
  });

  it('link only to plain web addresses', () => {
    for (const good of ['https://a.example/x?y#z', 'HTTP://a.example']) {
      assert.equal(isWebLink(good), true, good);
    }
    for (const bad of [
      'javascript:alert(1)',
      'data:text/html,x',
      'cve,2024-1',
      'https://user:pw@evil.example',
      'http://',
      '//evil.example',
    ]) {
      assert.equal(isWebLink(bad), false, bad);
    }
  });

  it('name addresses and accounts', () => {
    assert.equal(endpoint('2001:db8::1', 5222), '[2001:db8::1]:5222');
    assert.equal(endpoint('', 0), '');
  });

  it('has the ends of a file, which came on a connection of its own', () => {
    const file = { file_id: 'f', from: 'alice@a.example/x', to: 'bob@b.example' };
    const alert = { xmpp: undefined, context: file, srcIp: '192.0.2.1', destIp: '192.0.2.2' };
    const shown = (context: Record<string, string>): object =>
      ends({ ...alert, context } as unknown as Parameters<typeof ends>[0]);
    assert.deepEqual(shown(file), { from: 'alice@a.example/x', to: 'bob@b.example' });
    // Nobody said who.
    assert.deepEqual(shown({ file_id: 'f' }), { from: '192.0.2.1', to: '192.0.2.2' });
    // No file: such names are facts of something else.
    assert.deepEqual(shown({ from: 'x@y' }), { from: '192.0.2.1', to: '192.0.2.2' });
    assert.equal(bareJid('a@x/b/c'), 'a@x');
  });
});

describe('matches in an excerpt', () => {
  const match = (masked: string, offset = 0): Parameters<typeof excerptMarks>[1][number] => ({
    ...{ offset: 900 + offset, length: masked.length, hmac: '' },
    masked,
  });

  it('are found by what they say, one behind the other', () => {
    assert.deepEqual(excerptMarks('ab cd ab', [match('ab', 0), match('ab', 6)]), [
      { offset: 0, length: 2 },
      { offset: 6, length: 2 },
    ]);
    assert.deepEqual(excerptMarks('… long text', [match('long te…')]), [{ offset: 2, length: 7 }]);
    assert.deepEqual(excerptMarks('other', [match('none'), match('')]), []);
  });
});

describe('server-sent events', () => {
  const TEXT =
    ':hello\n\nevent: alert\ndata: {"a":1}\n\nevent: lost\r\ndata: {"count":\r\ndata: 2}\r\n\r\ndata\n\n';
  const WANTED = [
    { event: 'alert', data: '{"a":1}' },
    { event: 'lost', data: '{"count":\n2}' },
  ];

  it('are the same at every cut', () => {
    for (let cut = 0; cut <= TEXT.length; cut += 1) {
      const reader = new EventReader();
      const events = [...reader.push(TEXT.slice(0, cut)), ...reader.push(TEXT.slice(cut))];
      assert.deepEqual(events, WANTED, `cut at ${cut}`);
    }
  });

  it('do not grow without end', () => {
    const reader = new EventReader();
    assert.throws(() => reader.push(`data: ${'x'.repeat(2_000_000)}`), RangeError);
  });
});

describe('matches of an alert', () => {
  const match = (offset: number, length: number, hmac = ''): EvidenceMatch => ({
    ...{ offset, length, hmac },
    masked: `${offset}+${length}`,
  });
  const placesOf = (matches: readonly EvidenceMatch[]): string[] =>
    matches.map(({ masked }) => masked);

  it('stand once where two conditions matched at one place, or one inside the other', () => {
    assert.deepEqual(placesOf(distinctMatches([match(4, 9), match(4, 9)])), ['4+9']);
    assert.deepEqual(placesOf(outerMatches([match(6, 3), match(4, 9), match(10, 3)])), ['4+9']);
    assert.deepEqual(placesOf(outerMatches([match(4, 9), match(12, 3)])), ['4+9', '12+3']);
  });

  it('say a value once, wherever it stands; those without a hash are told by their place', () => {
    const same = [match(0, 5, 'ab'), match(20, 5, 'ab'), match(40, 5, 'cd')];
    assert.deepEqual(placesOf(distinctMatches(same)), ['0+5', '40+5']);
    assert.equal(outerMatches(same).length, 3);
    assert.equal(distinctMatches([match(0, 5), match(20, 5)]).length, 2);
  });

  it('mark a place once: the same words further on are not a match', () => {
    const twice = { offset: 0, length: 3, masked: 'pay', hmac: '' };
    assert.deepEqual(excerptMarks('pay me, pay', [twice, twice]), [{ offset: 0, length: 3 }]);
  });
});
