import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';
import type { ExposureSummary } from '../../../sensor/core/rows.ts';
import { toCsv } from '../../../dashboards/console/src/logic/csv.ts';
import {
  exposuresCsv,
  groupExposures,
  outcomeWords,
} from '../../../dashboards/console/src/logic/exposure-groups.ts';

function exposure(jid: string, rest: Partial<ExposureSummary> = {}): ExposureSummary {
  return {
    ...{ jid, domain: jid.split('@')[1] ?? '', mechanism: 'PLAIN', exposed: 'password' },
    ...{ outcome: 'success', condition: '', starttls: 'absent', connection: 'c2s' },
    ...{ clientIp: '192.0.2.1', serverIp: '198.51.100.2', serverPort: 5222, client: '' },
    ...{ firstUsec: 1e15, lastUsec: 1.1e15, count: 3, successes: 2, failures: 1 },
    ...rest,
  };
}

describe('groupExposures', () => {
  it('groups by domain, counts accounts once, and says what to do', () => {
    const groups = groupExposures([
      exposure('a@corp.example'),
      exposure('a@corp.example', { clientIp: '192.0.2.9' }),
      exposure('b@Corp.Example', { domain: 'Corp.Example' }),
      exposure('c@other.example', {
        exposed: 'hash',
        mechanism: 'SCRAM-SHA-1',
        starttls: 'offered',
      }),
    ]);
    assert.deepEqual(
      groups.map(({ domain, accounts }) => [domain, accounts]),
      [
        ['corp.example', 2],
        ['other.example', 1],
      ],
    );
    const [corp, other] = groups;
    assert.equal(corp?.sentence, '2 accounts sent passwords readable by anybody on the way.');
    assert.match(corp.fixes[0] ?? '', /Offer and require STARTTLS on corp\.example/);
    assert.match(corp.fixes.join(' '), /change the passwords and tokens of the 2 accounts/);
    assert.equal(
      other?.sentence,
      'One account sent a proof of its password that can be guessed at offline.',
    );
    assert.match(other.fixes[0] ?? '', /Require STARTTLS on other\.example/);
    assert.doesNotMatch(other.fixes.join(' '), /change the passwords/);
  });

  it('puts passwords before hashes, however many those are', () => {
    const hashes = Array.from({ length: 5 }, (_, i) =>
      exposure(`h${i}@many.example`, { exposed: 'hash' }),
    );
    const groups = groupExposures([...hashes, exposure('p@few.example')]);
    assert.deepEqual(
      groups.map(({ domain }) => domain),
      ['few.example', 'many.example'],
    );
  });

  it('takes nothing for nothing', () => {
    assert.deepEqual(groupExposures([]), []);
  });
});

describe('outcomeWords', () => {
  it('counts what was accepted and refused', () => {
    assert.equal(
      outcomeWords(exposure('a@x', { condition: 'not-authorized' })),
      '2 accepted, 1 refused (not-authorized)',
    );
    assert.equal(outcomeWords(exposure('a@x', { successes: 0, failures: 0 })), 'no answer seen');
  });
});

describe('CSV', () => {
  it('quotes commas, quotes and breaks (RFC 4180)', () => {
    assert.equal(
      toCsv(
        ['a', 'b'],
        [
          ['x,y', 'say "hi"'],
          ['two\nlines', 3],
        ],
      ),
      'a,b\r\n"x,y","say ""hi"""\r\n"two\nlines",3\r\n',
    );
  });

  it('keeps spreadsheets from computing what comes from traffic', () => {
    for (const text of ['=1+1', '+x', '-x', '@SUM(A1)', '\t=1', ' =1', '\uff1d1']) {
      const [, line = ''] = toCsv(['a'], [[text]]).split('a\r\n');
      assert.match(line, /^"?'/, JSON.stringify(text));
    }
    assert.equal(toCsv(['a'], [['-5'], [-5], ['a=b']]), 'a\r\n-5\r\n-5\r\na=b\r\n');
  });

  it('keeps those that are set to semicolons or tabs from it, too', () => {
    const cells = ['a;=1+1', 'a; "@b";+c', 'a\t=1', 'a;b=1'];
    const [, ...lines] = toCsv(
      ['a'],
      cells.map((cell) => [cell]),
    ).split('\r\n');
    assert.deepEqual(lines, ["a;'=1+1", '"a;\' ""@b"";\'+c"', "a\t'=1", 'a;b=1', '']);
  });

  it('has a line an exposure, hostile names defused', () => {
    const lines = exposuresCsv([exposure('=cmd@x'), exposure('b@x')]).split('\r\n');
    assert.equal(lines.length, 4);
    assert.match(lines[1] ?? '', /^'=cmd@x,x,password,PLAIN/);
    assert.match(lines[2] ?? '', /2001-09-09T01:46:40Z/);
  });
});
