/** Requests as lines: what makes sense becomes one line, nothing a value holds becomes another part of it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TuningRequest } from '../../../sensor/api/index.ts';
import { checkedReason, tuningLine } from '../../../sensor/service/tuning-line.ts';

const sid = 1580010;
const reason = 'why';

/** Anything that may come over HTTP. */
function lineOf(request: object): string {
  return tuningLine({ sid, reason, ...request } as unknown as TuningRequest).line;
}

describe('tuningLine', () => {
  it('writes what Suricata reads', () => {
    assert.equal(lineOf({ action: 'disable' }), '1580010');
    assert.equal(lineOf({ action: 'disable', gid: 3 }), '3:1580010');
    assert.equal(lineOf({ action: 'suppress' }), 'suppress gen_id 1, sig_id 1580010');
    assert.equal(
      lineOf({ action: 'suppress', track: 'by_either', value: '[192.0.2.0/24, 2001:db8::/32]' }),
      'suppress gen_id 1, sig_id 1580010, track by_either, ip [192.0.2.0/24, 2001:db8::/32]',
    );
    assert.equal(
      lineOf({ action: 'suppress', track: 'by_from_jid', value: '#room%irc@x.example/a-b' }),
      'suppress gen_id 1, sig_id 1580010, track by_from_jid, value #room%irc@x.example/a-b',
    );
    assert.equal(
      lineOf({ action: 'threshold', type: 'both', track: 'by_domain', count: 5, seconds: 60 }),
      'threshold gen_id 1, sig_id 1580010, type both, track by_domain, count 5, seconds 60',
    );
  });
  for (const [what, request] of Object.entries({
    'an unknown action': { action: 'enable' },
    'a rule that is no number': { action: 'disable', sid: '1\n2' },
    'all rules': { action: 'suppress', sid: 0 },
    'half a rule': { action: 'disable', sid: 1.5 },
    'a generator that is none': { action: 'disable', gid: -1 },
    'a track without value': { action: 'suppress', track: 'by_src' },
    'a value without track': { action: 'suppress', value: '192.0.2.1' },
    'an unknown track': { action: 'suppress', track: 'by_moon', value: 'x' },
    'a name for an address': { action: 'suppress', track: 'by_src', value: 'host.example' },
    'a variable': { action: 'suppress', track: 'by_src', value: '$HOME_NET' },
    'a value that ends the line': {
      ...{ action: 'suppress', track: 'by_to_jid' },
      value: 'a@b\nsuppress gen_id 0, sig_id 0',
    },
    'a value that begins another part': {
      ...{ action: 'suppress', track: 'by_to_jid' },
      value: 'a@b, ip 192.0.2.1',
    },
    'a value that opens a list': { action: 'suppress', track: 'by_domain', value: '[a.example' },
    'a value that joins the next line': {
      action: 'suppress',
      track: 'by_domain',
      value: 'a.example\\',
    },
    'a value with another line break': {
      action: 'suppress',
      track: 'by_domain',
      value: 'a.example\u2028b',
    },
    'a value of no length': { action: 'suppress', track: 'by_domain', value: '' },
    'a value that is no text': { action: 'suppress', track: 'by_domain', value: ['a'] },
    'a value without end': { action: 'suppress', track: 'by_domain', value: 'a'.repeat(4000) },
    'an unknown type': {
      ...{ action: 'threshold', type: 'backoff', track: 'by_src' },
      ...{ count: 1, seconds: 1 },
    },
    'a track with more behind it': {
      ...{ action: 'threshold', type: 'limit', track: 'by_src, count 9' },
      ...{ count: 1, seconds: 1 },
    },
    'no count': { action: 'threshold', type: 'limit', track: 'by_src', count: 0, seconds: 1 },
    'no end': { action: 'threshold', type: 'limit', track: 'by_src', count: 1, seconds: Infinity },
  })) {
    it(`refuses ${what}`, () => {
      assert.throws(() => lineOf(request), { name: 'OperatorError', code: 'USAGE' });
    });
  }
});

describe('checkedReason', () => {
  it('wants a reason, and not a book', () => {
    assert.equal(checkedReason('  loud '), 'loud');
    for (const wrong of ['', ' \n\t', 'x'.repeat(501), undefined as unknown as string]) {
      assert.throws(() => checkedReason(wrong), { code: 'USAGE' });
    }
  });
});
