import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  addWords,
  cleared,
  filterFromUrl,
  filterToApi,
  filterToUrl,
  isExcluded,
  isFiltered,
  isTime,
  plainSince,
  withValue,
  type AlertFilterState,
} from '../../../dashboards/console/src/logic/alert-filter.ts';

const EMPTY = filterFromUrl(new URLSearchParams(), '24h');

function words(text: string, from: AlertFilterState = EMPTY): AlertFilterState {
  const { filter, problem } = addWords(from, text);
  assert.equal(problem, '');
  return filter;
}

describe('filter of the inbox', () => {
  it('is a day of open alerts when the address says nothing', () => {
    assert.deepEqual(filterToApi(EMPTY), { since: '24h', status: 'open' });
    assert.equal(filterToUrl(EMPTY, '24h'), '');
    assert.equal(isFiltered(EMPTY), false);
  });

  it('is all time over a store that no sensor feeds, and the address says what differs', () => {
    const plain = plainSince(false);
    const filter = filterFromUrl(new URLSearchParams(), plain);
    assert.deepEqual(filterToApi(filter), { status: 'open' });
    assert.equal(filterToUrl(filter, plain), '');
    assert.equal(filterToUrl({ ...filter, since: '24h' }, plain), 'since=24h');
    assert.equal(filterToUrl(filter, plainSince(true)), 'since=all');
    // A key for what is loaded tells both apart.
    assert.notEqual(filterToUrl(filter), filterToUrl(EMPTY));
  });

  it('has words for every status', () => {
    assert.equal(filterToApi(words('status:closed')).status, 'closed');
    assert.equal(filterToApi(words('status:acknowledged')).status, 'acknowledged');
  });

  it('survives the way through the address', () => {
    const filter = words(
      'severity:high,critical jid:alice@x "two words" -detection:dlp-* -category:"Data, in a message" -jid:bob@x -severity:info -sid:3:9 since:7d status:all sid:1550040',
    );
    assert.deepEqual(filterFromUrl(new URLSearchParams(filterToUrl(filter, '24h')), '24h'), filter);
  });

  it('takes the words of the command line', () => {
    const filter = words('severity:high jid:alice@x cheap pills flow:1:abc= since:all');
    assert.deepEqual(filterToApi(filter), {
      status: 'open',
      severity: '2',
      jid: 'alice@x',
      flow: '1:abc=',
      text: 'cheap pills',
    });
  });

  it('searches for what is no key, colons included', () => {
    assert.equal(words('http://evil.example/x').values.text, 'http://evil.example/x');
    assert.equal(words('-5 degrees').values.text, '-5 degrees');
    assert.equal(words('"severity high"').values.text, 'severity high');
  });

  it('asks to leave out what any filter can say', () => {
    const filter = words(
      'jid:bob@x -jid:alice@x -ip:10.0.0.1 -severity:info,2 -sid:3:7 -text:"two words" -flow:1:abc=',
    );
    assert.deepEqual(filterToApi(filter), {
      since: '24h',
      status: 'open',
      jid: 'bob@x',
      not: [
        'jid:alice@x',
        'ip:10.0.0.1',
        'severity:4',
        'severity:2',
        'sid:3:7',
        'text:two words',
        'flow:1:abc=',
      ],
    });
    assert.equal(
      filterToUrl(words('-jid:alice@x -detection:dlp-*'), '24h'),
      'not=jid%3Aalice%40x&not=detection%3Adlp-*',
    );
  });

  it('asks for a signature of one generator, or of any', () => {
    assert.equal(filterToApi(words('sid:7')).sid, 7);
    assert.equal(filterToApi(words('sid:7')).gid, undefined);
    const { gid, sid } = filterToApi(words('sid:3:7'));
    assert.deepEqual([gid, sid], [3, 7]);
  });

  it('keeps news of what is left out away from the list', () => {
    const news = {
      ...{ severity: 2, detection: 'dlp-card', gid: 1, sid: 7, category: 'Data' },
      ...{ from: 'Alice@corp.example/desk', to: '192.0.2.9' },
      ...{ signature: 'DLP card number', story: 'alice sent a card' },
    };
    const cases: readonly (readonly [text: string, isOut: boolean])[] = [
      ['-severity:high', true],
      ['-severity:critical', false],
      ['-detection:dlp-*', true],
      ['-detection:dlp-card', true],
      ['-detection:dlp', false],
      ['-sid:7', true],
      ['-sid:1:7', true],
      ['-sid:2:7', false],
      ['-category:Data', true],
      ['-jid:alice@corp.example', true],
      ['-jid:Alice@corp.example/desk', true],
      ['-jid:alice@corp.example/phone', false],
      ['-jid:corp.example', true],
      ['-jid:p.example', false],
      ['-ip:192.0.2.9', true],
      ['-ip:192.0.2.90', false],
      ['-text:"CARD number"', true],
      // An event does not tell these: the list is asked.
      ['-campaign:c1', false],
      ['-flow:1:x', false],
    ];
    for (const [text, isOut] of cases) assert.equal(isExcluded(words(text), news), isOut, text);
  });

  it('says what it does not understand and changes nothing by it', () => {
    for (const [text, part] of [
      ['severity:awful', 'critical'],
      ['since:yesterday', '24h'],
      ['sid:abc', 'number'],
      ['-sid:abc', 'number'],
      ['status:lost', 'escalated'],
    ] as const) {
      const { filter, problem } = addWords(EMPTY, text);
      assert.ok(problem.includes(part), `${text}: ${problem}`);
      assert.deepEqual(filter, EMPTY);
    }
  });

  it('ignores an address somebody wrote by hand wrongly', () => {
    const filter = filterFromUrl(
      new URLSearchParams(
        'status=nope&severity=,9,high&not=jdi:a@x&not=detection:&not=sid:a&not=severity:9&sid=x&jid=',
      ),
      '24h',
    );
    assert.deepEqual(filter, { ...EMPTY, severities: [2] });
  });

  it('loses one value, or all, but keeps range and tab', () => {
    const filter = words('jid:a@x text since:7d status:all');
    assert.deepEqual(withValue(filter, 'jid', undefined).values, { text: 'text' });
    assert.deepEqual(cleared(filter), { ...EMPTY, since: '7d', tab: 'all' });
  });

  it('knows moments and lengths of time', () => {
    for (const good of [
      '24h',
      '90s',
      'all',
      '2026-11-21',
      '2026-11-21T10:00:00Z',
      '1795250966031354',
    ]) {
      assert.equal(isTime(good), true, good);
    }
    for (const bad of ['', '24', 'h', '2026-13-45', 'now']) assert.equal(isTime(bad), false, bad);
  });
});
