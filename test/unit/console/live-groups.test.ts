import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  addWords,
  filterFromUrl,
  type AlertFilterState,
} from '../../../dashboards/console/src/logic/alert-filter.ts';
import {
  concerns,
  groupKey,
  mergeGroups,
  tabHolds,
  unlisted,
  waitingText,
  withNews,
  withTriage,
} from '../../../dashboards/console/src/logic/live-groups.ts';
import type { AlertGroup, LiveAlert } from '../../../sensor/api/index.ts';

function news(changes: Partial<LiveAlert> = {}): LiveAlert {
  return {
    alertId: 'a2',
    tsUsec: 2_000,
    lastUsec: 2_000,
    severity: 2,
    detection: 'spim-obfus',
    gid: 1,
    sid: 7,
    signature: 'SPIM text disguised',
    story: 'mallory@x to bob@x',
    from: 'mallory@x/desk',
    to: 'bob@x',
    count: 1,
    category: 'Unsolicited message',
    ...changes,
  };
}

function group(changes: Partial<AlertGroup> = {}): AlertGroup {
  const latest = news({ alertId: 'a1', lastUsec: 1_000 });
  return {
    gid: 1,
    sid: 7,
    signature: latest.signature,
    detection: latest.detection,
    category: latest.category,
    severity: 3,
    confidence: 'high',
    alerts: 2,
    count: 5,
    firstUsec: 500,
    lastUsec: 1_000,
    statuses: { new: 1, acknowledged: 0, escalated: 1, closed: 0 },
    spark: [0, 1, 1],
    latest,
    ...changes,
  };
}

function at(groups: readonly AlertGroup[] | undefined, index: number): AlertGroup {
  const found = groups?.[index];
  assert.ok(found !== undefined);
  return found;
}

function filter(text: string): AlertFilterState {
  return addWords(filterFromUrl(new URLSearchParams(), '24h'), text).filter;
}

describe('news in the inbox', () => {
  it('grow their group where it stands', () => {
    const other = group({ sid: 8 });
    const next = withNews([other, group()], { ...news(), isUpdate: false });
    assert.ok(next !== undefined);
    assert.equal(next[0], other);
    const grown = at(next, 1);
    assert.equal(grown.alerts, 3);
    assert.equal(grown.count, 6);
    assert.equal(grown.severity, 2);
    assert.equal(grown.lastUsec, 2_000);
    assert.equal(grown.latest.alertId, 'a2');
    assert.deepEqual(grown.spark, [0, 1, 2]);
    assert.equal(grown.statuses.new, 2);
  });

  it('of an alert that fires again raise the count, not the number of alerts', () => {
    const again = { ...news({ alertId: 'a1', count: 4 }), isUpdate: true };
    const grown = at(withNews([group()], again), 0);
    assert.equal(grown.alerts, 2);
    assert.equal(grown.count, 8);
    assert.equal(grown.statuses.new, 1);
  });

  it('of a new signature wait: there is no row to grow', () => {
    assert.equal(withNews([group()], { ...news({ sid: 9 }), isUpdate: false }), undefined);
    assert.equal(withNews([group()], { ...news({ gid: 2 }), isUpdate: false }), undefined);
  });

  it('concern a list only when they fit its filter', () => {
    const good = ['', 'severity:high', 'jid:mallory@x', 'detection:spim-*', 'disguised', 'sid:7'];
    good.push('category:"unsolicited message"', 'category:spam-message');
    for (const text of good) assert.equal(concerns(filter(text), news()), true, text);
    const bad = [
      'severity:info',
      'category:Leak',
      'jid:carol@x',
      'detection:dlp-*',
      'invoice',
      'sid:8',
      '-severity:high',
      '-detection:spim-*',
      'until:2026-11-01',
      'status:escalated',
    ];
    for (const text of bad) assert.equal(concerns(filter(text), news()), false, text);
  });
});

describe('a list asked anew', () => {
  it('keeps its order, takes new figures, and tells what waits', () => {
    const shown = [group({ sid: 1 }), group({ sid: 2 }), group({ sid: 3 })];
    const fresh = [group({ sid: 4 }), group({ sid: 3, alerts: 9 }), group({ sid: 1 })];
    const { groups, waiting } = mergeGroups(shown, fresh);
    assert.deepEqual(groups.map(groupKey), ['1:1', '1:2', '1:3']);
    assert.equal(at(groups, 2).alerts, 9);
    assert.deepEqual(waiting, { added: 1, gone: 1 });
    assert.equal(waitingText(waiting), '1 new');
    // What somebody else has done is nothing new.
    assert.equal(waitingText(mergeGroups(shown, [group({ sid: 1 })]).waiting), '2 done elsewhere');
    assert.equal(waitingText(mergeGroups(shown, shown).waiting), '');
  });
});

describe('triage in the inbox', () => {
  it('moves statuses, and removes a group with nothing left for its tab', () => {
    const half = at(withTriage([group()], '1:7', ['new'], 'acknowledged', 'open'), 0);
    assert.deepEqual(half.statuses, { new: 0, acknowledged: 1, escalated: 1, closed: 0 });
    assert.equal(half.alerts, 1);
    assert.deepEqual(
      withTriage([group()], '1:7', ['new', 'escalated'], 'acknowledged', 'open'),
      [],
    );
    const all = at(withTriage([group()], '1:7', ['new', 'escalated'], 'acknowledged', 'all'), 0);
    assert.equal(all.alerts, 2);
  });

  it('leaves other groups alone', () => {
    const other = group({ sid: 8 });
    assert.equal(withTriage([other], '1:7', ['new'], 'closed', 'open')[0], other);
  });
});

describe('what the inbox says of its tabs and of what it does not list', () => {
  it('counts what the answer left out, whatever triage takes from the list later', () => {
    const answer = { items: [group({ alerts: 2 }), group({ sid: 8, alerts: 5 })], alerts: 7 };
    assert.equal(unlisted(answer), 0);
    assert.equal(unlisted({ ...answer, alerts: 80 }), 73);
  });

  it('has one tab for what is acknowledged and one for what is closed', () => {
    assert.ok(tabHolds('closed', 'closed') && !tabHolds('closed', 'acknowledged'));
    assert.ok(tabHolds('acknowledged', 'acknowledged') && !tabHolds('acknowledged', 'closed'));
    assert.ok(!tabHolds('open', 'closed') && tabHolds('all', 'closed'));
  });
});
