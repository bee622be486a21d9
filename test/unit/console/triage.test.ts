import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { excerptMarks } from '../../../dashboards/console/src/logic/excerpt.ts';
import { EventReader } from '../../../dashboards/console/src/logic/sse.ts';
import {
  bareJid,
  endpoint,
  isWebLink,
  seenText,
  shortStory,
} from '../../../dashboards/console/src/logic/story.ts';
import {
  changeRequests,
  undoRequests,
  type Triaged,
} from '../../../dashboards/console/src/logic/undo.ts';

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
  it('do not repeat the signature beside them', () => {
    const signature = 'SPIM link to a listed domain';
    assert.equal(
      shortStory(`a@x to b@x, chat message: ${signature} (in xmpp.url)`, signature),
      'a@x to b@x, chat message (in xmpp.url)',
    );
    assert.equal(shortStory('Message of a@x scores 80', signature), 'Message of a@x scores 80');
    assert.equal(shortStory(signature, signature), signature);
  });

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
    assert.equal(bareJid('a@x/b/c'), 'a@x');
  });
});

describe('matches in an excerpt', () => {
  const match = (masked: string): Parameters<typeof excerptMarks>[1][number] => ({
    ...{ offset: 900, length: masked.length, hmac: '' },
    masked,
  });

  it('are found by what they say, one behind the other', () => {
    assert.deepEqual(excerptMarks('ab cd ab', [match('ab'), match('ab')]), [
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
