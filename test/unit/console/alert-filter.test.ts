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
      'severity:high,critical jid:alice@x "two words" -detection:dlp-* -category:"Data, in a message" since:7d status:all sid:1550040',
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

  it('leaves out: severities by asking for the others, the rest by looking at the row', () => {
    const filter = words('-severity:info -detection:spim-* -sid:7');
    assert.equal(filterToApi(filter).severity, '1,2,3');
    const row = { detection: 'dlp-card', sid: 1, category: 'Data' };
    assert.equal(isExcluded(filter, row), false);
    assert.equal(isExcluded(filter, { ...row, detection: 'spim-obfus' }), true);
    assert.equal(isExcluded(filter, { ...row, sid: 7 }), true);
    const both = words('severity:high,info', filter);
    assert.equal(filterToApi(both).severity, '2');
  });

  it('says what it does not understand and changes nothing by it', () => {
    for (const [text, part] of [
      ['severity:awful', 'critical'],
      ['since:yesterday', '24h'],
      ['sid:abc', 'number'],
      ['-jid:a@x', 'left out'],
      ['status:lost', 'escalated'],
    ] as const) {
      const { filter, problem } = addWords(EMPTY, text);
      assert.ok(problem.includes(part), `${text}: ${problem}`);
      assert.deepEqual(filter, EMPTY);
    }
  });

  it('ignores an address somebody wrote by hand wrongly', () => {
    const filter = filterFromUrl(
      new URLSearchParams('status=nope&severity=,9,high&not=jid:a@x&not=detection:&jid='),
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
