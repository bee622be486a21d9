import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { FileRecord, SensorRecord } from '../../../sensor/alert/index.ts';
import { AlertStore, type FileFilter } from '../../../sensor/output/index.ts';
import { openStore } from '../../../sensor/output/sqlite/open-store.ts';
import { RecordWriter } from '../../../sensor/output/sqlite/record-writer.ts';
import { runCommand } from '../../support/run-cli.ts';
import { SECOND, T0, alertOf, alertRecord, fileRecord } from '../alert/sample.ts';
import { rowsOf, testFolder } from './store-bench.ts';

const dir = testFolder();

function idOf(n: number): string {
  return `${n}`.repeat(32).slice(0, 32);
}

function file(n: number, changes: Partial<FileRecord> = {}): FileRecord {
  return {
    ...fileRecord,
    fileId: idOf(n),
    tsUsec: T0 + n * 10 * SECOND,
    sha256: `${n}${'e'.repeat(63)}`,
    md5: `${n}${'d'.repeat(31)}`,
    found: {},
    ...changes,
  };
}

function makeStore(name: string, records: readonly SensorRecord[]): string {
  const path = join(dir, name);
  const db = openStore(path);
  new RecordWriter(db).write(records);
  db.close();
  return path;
}

const FILES: readonly FileRecord[] = [
  file(1, { found: { 'dlp-iban': 12, 'file-macro': 1 } }),
  file(2, { from: 'carol@corp.example/x', name: 'holiday_100%.JPG', road: 'ibb' }),
  file(3, { to: 'alice@corp.example/phone', srcIp: '2001:db8::1', found: { 'dlp-pan': 1 } }),
  file(4, {
    ...{ sha256: '', md5: '', isComplete: false, lack: 'gap', gapBytes: 1024, seenBytes: 1024 },
    ...{ from: '', to: '', name: '', announcedBytes: -1, inspected: 'none', magic: '', mime: '' },
    ...{ announcedMime: '' },
  }),
  file(5, { sha256: `1${'e'.repeat(63)}`, md5: `1${'d'.repeat(31)}` }),
];

const alertAboutOne = alertOf({
  alertId: 'a'.repeat(32),
  detection: 'dlp-s5b-content',
  alert: { ...alertRecord.alert, context: { file_id: idOf(1), summary: 'twelve accounts' } },
});

const path = makeStore('filters.db', [
  ...FILES.map((record): SensorRecord => ({ kind: 'file', record })),
  alertAboutOne,
  ...[{ kind: 'alert', record: alertRecord } as const],
  {
    kind: 'audit',
    record: {
      tsUsec: T0 + 99 * SECOND,
      actor: 'sensor',
      action: 'file_kept',
      object: `2${'e'.repeat(63)}`,
      detail: { bytes: 4096 },
    },
  },
]);

function ask<T>(question: (store: AlertStore) => T): T {
  const store = new AlertStore(path);
  try {
    return question(store);
  } finally {
    store.close();
  }
}

/** Numbers of the files that fit, latest first. */
function fitting(filter: FileFilter): number[] {
  return ask((store) => store.listFiles(filter).map(({ id }) => id));
}

describe('table files', () => {
  it('gives back what was written', () => {
    const [first, fourth] = ask((store) => [store.findFiles('1'), store.findFiles('4')]);
    assert.deepEqual(first, [{ ...FILES[0], id: 1, alerts: 1, keptUsec: undefined }]);
    assert.deepEqual(fourth, [{ ...FILES[3], id: 4, alerts: 0, keptUsec: undefined }]);
    assert.equal(
      ask((store) => store.findFiles('2')[0]?.keptUsec),
      T0 + 99 * SECOND,
    );
    assert.deepEqual(rowsOf(path, 'SELECT announced_size FROM files WHERE id IN (3, 4)'), [
      { announced_size: 4096 },
      { announced_size: null },
    ]);
  });

  it('keeps a file that is read again once, and the fuller of two sights', () => {
    const half = { ...file(1), isComplete: false, lack: 'gap', seenBytes: 7, sha256: '' };
    const again = makeStore('twice.db', [
      { kind: 'file', record: half },
      { kind: 'file', record: file(1) },
      { kind: 'file', record: half },
      { kind: 'file', record: file(1) },
    ]);
    assert.deepEqual(rowsOf(again, 'SELECT complete, size, lack, sha256 FROM files'), [
      { complete: 1, size: 4096, lack: '', sha256: file(1).sha256 },
    ]);
  });

  it('takes whatever traffic brings', () => {
    const nasty = "'; DROP TABLE files; -- \0 \ud800 \u202e \u001b[2J";
    const hostile = makeStore('hostile.db', [
      { kind: 'file', record: file(1, { name: nasty, from: nasty, to: nasty, sid: nasty }) },
      { kind: 'file', record: file(2, { tsUsec: NaN, startUsec: 1e300 }) },
    ]);
    const [row] = rowsOf(hostile, 'SELECT filename, from_jid FROM files WHERE id = 1');
    assert.match(String(row?.['filename']), /^'; DROP TABLE files; -- \ufffd \ufffd+ \u202e/);
    assert.equal(rowsOf(hostile, 'SELECT * FROM files').length, 2);
  });
});

describe('AlertStore.listFiles()', () => {
  const cases: readonly [string, FileFilter, readonly number[]][] = [
    ['everything, latest first', {}, [5, 4, 3, 2, 1]],
    ['a limit', { limit: 2 }, [5, 4]],
    ['since', { sinceUsec: T0 + 30 * SECOND }, [5, 4, 3]],
    ['until', { untilUsec: T0 + 30 * SECOND }, [2, 1]],
    ['a bare JID, at either end', { jid: 'ALICE@corp.example' }, [5, 3, 1]],
    ['a full JID', { jid: 'carol@corp.example/x' }, [2]],
    ['a domain by --jid', { jid: 'partner.example' }, [5, 2, 1]],
    ['a domain', { domain: 'Partner.example' }, [5, 2, 1]],
    ['an address', { ip: '2001:db8::1' }, [3]],
    ['words in the name, wildcards as they are', { name: '100%.jpg' }, [2]],
    ['how a SHA-256 begins', { hash: '1EEEE' }, [5, 1]],
    ['an MD5', { hash: `2${'d'.repeat(31)}` }, [2]],
    ['a road', { road: 'ibb' }, [2]],
    ['a detection', { found: 'dlp-iban' }, [1]],
    ['a family', { found: 'dlp-*' }, [3, 1]],
    ['anything found', { found: '*' }, [3, 1]],
    ['not whole', { isIncomplete: true }, [4]],
    ['all of it together', { jid: 'alice@corp.example', found: 'dlp-*', limit: 1 }, [3]],
  ];
  for (const [name, filter, expected] of cases) {
    it(`knows ${name}`, () => {
      assert.deepEqual(fitting(filter), expected);
    });
  }

  it('refuses a hash that is none', () => {
    for (const hash of ['', 'abc', 'xyzz', 'a'.repeat(65)]) {
      assert.throws(() => fitting({ hash }), { code: 'USAGE' });
    }
  });

  it('finds alerts about a file by who sent it, though it came on a connection without stanzas', async () => {
    const context = { file_id: idOf(1), from: 'ann@corp.example/a', to: 'ben@x.example/b' };
    const alert = { ...alertRecord.alert, context };
    const store = makeStore('parties.db', [
      alertOf({ alert, xmpp: undefined, evidence: undefined }),
      { kind: 'file', record: file(1) },
    ]);
    const { out } = await runCommand('alerts', 'list', '--jid', 'ann@corp.example', '--db', store);
    assert.match(out, /ann@corp\.example\/a +ben@x\.example\/b/);
    const shown = await runCommand('alerts', 'show', '1', '--db', store);
    assert.match(shown.out, /^from +ann@corp\.example\/a$/m);
    assert.match(shown.out, /^more +stanzawatch files show 1{32}$/m);
  });

  it('is served from indexes', () => {
    const db = openStore(join(dir, 'plans.db'));
    const plan = (condition: string): string =>
      (
        db
          .prepare(
            `EXPLAIN QUERY PLAN SELECT * FROM files f WHERE ${condition} ORDER BY f.time DESC, f.id DESC`,
          )
          .all() as { detail: string }[]
      )
        .map(({ detail }) => detail)
        .join('; ');
    for (const [condition, index] of [
      ['f.time >= 5', 'files_time'],
      ["f.sha256 = 'a'", 'files_sha256'],
      ["f.from_bare = 'a@b'", 'files_from'],
      ["f.to_bare = 'a@b'", 'files_to'],
      ["f.filename = 'a'", 'files_name'],
      ["f.src_ip = 'a'", 'files_src'],
      ["f.dest_ip = 'a'", 'files_dest'],
    ] as const) {
      assert.match(plan(condition), new RegExp(`USING INDEX ${index}\\b`));
      assert.doesNotMatch(plan(condition), /TEMP B-TREE/, condition);
    }
    db.close();
  });
});

describe('AlertStore.findFiles()', () => {
  it('finds by number, id, SHA-256 or how these begin', () => {
    const found = (key: string): number[] =>
      ask((store) => store.findFiles(key).map(({ id }) => id));
    assert.deepEqual(found('3'), [3]);
    assert.deepEqual(found(idOf(3)), [3]);
    assert.deepEqual(found('3333'), [3]);
    assert.deepEqual(found('2eeee'), [2]);
    assert.deepEqual(found(`1${'e'.repeat(63)}`), [5, 1], 'one content, moved twice');
    assert.deepEqual(found('99'), []);
    assert.deepEqual(found('not hex'), []);
  });
});

describe('stanzawatch files', () => {
  it('lists who sent what to whom, and what was found', async () => {
    const { status, out } = await runCommand('files', '--db', path, '--found');
    assert.equal(status, 0);
    const [titles, , ...rows] = out.trimEnd().split('\n');
    assert.match(titles ?? '', /^id +time \(UTC\) +from +to +name +found +size +type +seen +road/);
    assert.equal(rows.length, 2);
    assert.match(
      rows[1] ?? '',
      /Alice@corp\.example\/desk +bob@partner\.example\/phone +Gehälter 2026\.zip +dlp-iban 12, file-macro +4\.1 kB +Zip archive +whole +socks5 +partly +1eeeeeeeeeee$/,
    );
  });

  it('names addresses where no JID is known, and says what is missing', async () => {
    const { out } = await runCommand('files', '--db', path, '--incomplete');
    assert.match(out, /4 .* 192\.0\.2\.10 +198\.51\.100\.7 .* 1\.0 kB .* gap /);
  });

  it('prints everything as JSON', async () => {
    const { out } = await runCommand('files', '--db', path, '--name', 'gehälter', '--json');
    const rows = JSON.parse(out) as FileRecord[];
    assert.deepEqual(rows[0]?.found, {});
    assert.equal(rows.length, 3);
  });

  it('shows one file with the alerts about it, wherever options stand', async () => {
    for (const argv of [
      ['files', 'show', '1', '--db', path],
      ['files', '--db', path, 'show', idOf(1)],
    ]) {
      const { status, out } = await runCommand(...argv);
      assert.equal(status, 0);
      assert.match(out, /^name +Gehälter 2026\.zip$/m);
      assert.match(out, /^type +Zip archive \(application\/zip\), said to be application\/pdf$/m);
      assert.match(out, /^found +dlp-iban 12, file-macro$/m);
      assert.match(out, /^looked into +part of it, not: members, 3 members$/m);
      assert.match(out, /dlp-s5b-content +twelve accounts/);
    }
    const { out } = await runCommand('files', 'show', `1${'e'.repeat(63)}`, '--db', path, '--json');
    const rows = JSON.parse(out) as { id: number; raised: unknown[] }[];
    assert.deepEqual(
      rows.map(({ id, raised }) => [id, raised.length]),
      [
        [5, 0],
        [1, 1],
      ],
    );
    const kept = await runCommand('files', 'show', '2', '--db', path);
    assert.match(kept.out, /^kept +since 2023-09-18 06:15:20 UTC in files\/2e\/e{62}$/m);
  });

  it('says what to do about a file that is not there', async () => {
    const { status, err } = await runCommand('files', 'show', '77', '--db', path);
    assert.equal(status, 1);
    assert.match(err, /There is no file 77 .*\n +fix: stanzawatch files shows the numbers/);
  });

  it('sends no control character to a terminal', async () => {
    const nasty = 'evil\u001b[2J\u202etxt.exe\u0007';
    const hostile = makeStore('terminal.db', [
      { kind: 'file', record: file(1, { name: nasty, sid: nasty, magic: nasty, from: nasty }) },
    ]);
    for (const argv of [['files'], ['files', 'show', '1'], ['files', '--json']]) {
      const { out } = await runCommand(...argv, '--db', hostile);
      // JSON is for programs: C0 controls are escapes there, too.
      assert.doesNotMatch(out, /[\u0000-\u0009\u000b-\u001f]/u, argv.join(' '));
      if (!argv.includes('--json')) assert.doesNotMatch(out, /\u202e/u);
    }
  });
});
