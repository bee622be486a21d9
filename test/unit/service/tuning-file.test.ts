/** Files of tuned rules: what is written is read back, what hands changed is respected, nothing gets out of its line. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TuningFile } from '../../../sensor/service/tuning-file.ts';

const WHEN = Date.UTC(2026, 10, 21, 20, 31, 5, 123) * 1000;
const LATER = Date.UTC(2026, 10, 22, 8) * 1000;
const LINE = 'suppress gen_id 1, sig_id 1580010, track by_src, ip 192.0.2.7';

const anna = { tsUsec: WHEN, actor: 'anna', reason: 'scanner of the security team' };
const bob = { tsUsec: LATER, actor: 'bob', reason: 'moved to another net' };

/** Lines a loader acts on. */
function acting(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
}

describe('a tuning file', () => {
  it('keeps who, when and why above the line', () => {
    const text = new TuningFile('threshold', '').withLine('t1', LINE, anna);
    assert.match(
      text,
      /\n#@ t1 added 2026-11-21T20:31:05\.123Z anna: scanner of the security team\nsuppress gen_id 1, [^\n]*\n$/,
    );
    const [entry, ...others] = new TuningFile('threshold', text).entries;
    assert.deepEqual(others, []);
    assert.deepEqual(entry, {
      ...{ id: 't1', ...anna, action: 'suppress', gid: 1, sid: 1580010, line: LINE },
      isActive: true,
    });
  });
  it('turns what is taken back into comments, and is its own history', () => {
    const added = new TuningFile('threshold', '').withLine('t1', LINE, anna);
    const more = new TuningFile('threshold', added).withLine('t2', LINE.replace('7', '8'), bob);
    const text = new TuningFile('threshold', more).without('t1', bob);
    assert.deepEqual(acting(text), [LINE.replace('7', '8')]);
    const [first, second] = new TuningFile('threshold', text).entries;
    assert.deepEqual(first?.removed, bob);
    assert.equal(first.isActive, false);
    assert.deepEqual([first.actor, first.reason, first.line], ['anna', anna.reason, LINE]);
    assert.equal(second?.isActive, true);
    assert.throws(() => new TuningFile('threshold', text).without('t1', bob), RangeError);
  });
  it('writes disabled rules as suricata-update does', () => {
    const text = new TuningFile('disable', '').withLine('t1', '3:1000', anna);
    assert.deepEqual(acting(text), ['3:1000']);
    const [entry] = new TuningFile('disable', text).entries;
    assert.deepEqual([entry?.action, entry?.gid, entry?.sid], ['disable', 3, 1000]);
  });
  for (const [what, reason] of [
    ['line breaks', `a\n1580020\r\nsuppress gen_id 1, sig_id 1\u2028x\u2029y\u0085z`],
    ['comment marks', '# #@ t9 added 2026-11-21T20:31:05.123Z eve: x'],
    ['quotation marks', `"'\\" \\`],
    ['a backslash at its end', 'ends with \\'],
    ['escapes', String.raw`\u{a}1580020 \n \x0a`],
    ['what turns text around', 'a\u202e\u2066b\u200f'],
    ['control characters', 'a\u0000\u001b[31m\u007fb'],
    ['half a pair', 'a\ud800b'],
    ['letters of all kinds', 'Grüße, привет, 你好, 👩‍👩‍👧'],
  ] as const) {
    it(`is not broken by ${what} in a reason or name`, () => {
      const deed = { tsUsec: WHEN, actor: `eve: ${reason}`, reason };
      for (const kind of ['threshold', 'disable'] as const) {
        const line = kind === 'disable' ? '1580010' : LINE;
        const text = new TuningFile(kind, '').withLine('t1', line, deed);
        assert.deepEqual(acting(text), [line]);
        assert.doesNotMatch(text, /[^\n\P{C}]|[\u2028\u2029\\]$/mu);
        const { entries } = new TuningFile(kind, text);
        assert.equal(entries.length, 1);
        assert.equal(entries[0]?.reason, reason);
        assert.equal(entries[0].actor, deed.actor);
        const taken = new TuningFile(kind, text).without('t1', deed);
        assert.deepEqual(acting(taken), []);
        assert.equal(new TuningFile(kind, taken).entries[0]?.removed?.reason, reason);
      }
    });
  }
});

describe('a tuning file edited by hand', () => {
  const HAND = [
    '# our own words',
    '',
    'suppress gen_id 1, sig_id 100, track by_src, \\',
    '  ip 192.0.2.0/24',
    '#@ t1 added 2026-11-21T20:31:05.123Z anna: why',
    'threshold gen_id 1, sig_id 200, type limit, track by_src, count 5, seconds 60',
    '#@ t2 added 2026-11-21T20:31:05.123Z anna: why',
    '#suppress gen_id 1, sig_id 300',
    '',
    'suppress gen_id 1, sig_id 100',
    'suppress gen_id 1, sig_id 100',
    '# suppress gen_id 1, sig_id 500',
    '',
  ].join('\n');

  it('has lines without a comment as entries, of the time of the file', () => {
    const { entries } = new TuningFile('threshold', HAND, WHEN);
    assert.deepEqual(
      entries.map(({ sid, actor, isActive, action }) => [sid, actor, isActive, action]),
      [
        [100, '', true, 'suppress'],
        [200, 'anna', true, 'threshold'],
        [300, 'anna', false, 'suppress'],
        [100, '', true, 'suppress'],
        [100, '', true, 'suppress'],
      ],
    );
    assert.equal(entries[0]?.tsUsec, WHEN);
    assert.match(entries[0].line, /^suppress gen_id 1, sig_id 100, track by_src, +ip 192/);
    assert.equal(new Set(entries.map(({ id }) => id)).size, entries.length);
    assert.equal(entries[2]?.removed, undefined);
  });
  it('gives the same line the same id at every reading', () => {
    const ids = (): string[] => new TuningFile('threshold', HAND).entries.map(({ id }) => id);
    assert.deepEqual(ids(), ids());
  });
  it('keeps everything else as it is', () => {
    const file = new TuningFile('threshold', HAND, WHEN);
    for (const { id, isActive } of file.entries) {
      if (!isActive) continue;
      const text = file.without(id, bob);
      const left = new TuningFile('threshold', text).entries;
      assert.equal(left.length, file.entries.length);
      assert.equal(left.filter((entry) => entry.isActive).length, 3);
      assert.equal(acting(text).length < acting(HAND).length, true);
      for (const line of ['# our own words', '# suppress gen_id 1, sig_id 500'])
        assert.ok(text.includes(line));
    }
    assert.ok(file.withLine('t9', LINE, anna).startsWith(HAND));
  });
  it('takes back a line that goes over two', () => {
    const file = new TuningFile('threshold', HAND, WHEN);
    const text = file.without(file.entries[0]?.id ?? '', bob);
    assert.doesNotMatch(text, /^ +ip/m);
    assert.match(text, /^#- suppress gen_id 1, sig_id 100, track by_src, +ip 192\.0\.2\.0\/24$/m);
  });
  it('reads the remark behind a disabled rule as its reason', () => {
    const { entries } = new TuningFile('disable', '1580010 # too loud\nre:legacy\n');
    assert.deepEqual(
      entries.map(({ sid, reason }) => [sid, reason]),
      [
        [1580010, 'too loud'],
        [0, ''],
      ],
    );
  });
  it('makes nothing of what only looks like a comment of its own', () => {
    const text = '#@ t1 added yesterday anna: x\n#@ t1\n#- suppress gen_id 1, sig_id 5\n';
    assert.deepEqual(new TuningFile('threshold', text).entries, []);
  });
  it('is refused when it has become too long', () => {
    const text = `# ${'x'.repeat(4 * 1024 * 1024)}\n`;
    assert.throws(() => new TuningFile('threshold', text).withLine('t1', LINE, anna), {
      code: 'USAGE',
    });
  });
});
