/** From a file of intelligence to an alert: `intel import`, then `read` with the lists in the data folder. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { runCommand } from '../support/run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'intel-'));
after(() => {
  rmSync(folder, { recursive: true });
});

const capture = join(process.cwd(), 'fixtures', 'pcap', 'servers', '07_muc.pcap.gz');

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

interface EveAlert {
  readonly event_type: string;
  readonly alert: {
    readonly signature_id: number;
    readonly metadata: { readonly detection: readonly string[] };
  };
  readonly xmpp?: { readonly from: string; readonly to: string };
}

/** Detections and signatures of the capture with their senders, lists being those of the data folder. */
async function detections(data: string): Promise<Set<string>> {
  const { status, err } = await runCommand('read', capture, '-l', data, '--db', 'none');
  assert.equal(status, 0, err);
  const lines = readFileSync(join(data, 'eve.json'), 'utf8').trim().split('\n');
  return new Set(
    lines
      .map((line) => JSON.parse(line) as EveAlert)
      .filter((event) => event.event_type === 'alert')
      .flatMap(({ alert, xmpp }) =>
        [alert.metadata.detection[0], alert.signature_id].map(
          (what) => `${what} ${(xmpp?.from ?? '').replace(/\/.*$/, '')}`,
        ),
      ),
  );
}

describe('intel import', () => {
  const files = {
    misp: write(
      'event.json',
      JSON.stringify({
        Event: { Attribute: [{ type: 'jabber-id', to_ids: true, value: 'Ben@Alpha.test' }] },
      }),
    ),
    rtbl: write('rtbl.txt', `${createHash('sha256').update('gus@beta.test').digest('hex')}\n`),
    servers: write('jabberspam.txt', 'beta.test\n'),
    expired: write('old.csv', 'jid,expires\ndan@alpha.test,2020-01-01\n'),
  };

  it('makes the next run report what was listed, and nothing else', async () => {
    const data = join(folder, 'data');
    mkdirSync(data);
    const before = await detections(data);
    for (const path of [files.misp, files.servers, files.expired]) {
      const { status, err } = await runCommand('intel', 'import', path, '-l', data, '--force');
      assert.equal(status, 0, err);
    }
    const { status } = await runCommand(
      'intel',
      'import',
      files.rtbl,
      '--format',
      'rtbl',
      '-l',
      data,
    );
    assert.equal(status, 0);
    assert.deepEqual(readdirSync(join(data, 'datasets')).sort(), [
      'c2-jids.txt',
      'spim-rtbl.txt',
      'spim-servers.txt',
    ]);
    rmSync(join(data, 'eve.json'));
    const found = [...(await detections(data))].filter((entry) => !before.has(entry));
    for (const expected of [
      'c2-ioc ben@alpha.test',
      'spim-jid-ioc gus@beta.test',
      '1550021 gus@beta.test',
      '1550023 gus@beta.test',
    ]) {
      assert.ok(found.includes(expected), `${expected} not in ${found.join(', ')}`);
    }
    assert.ok(!found.some((entry) => entry.includes(' dan@')), found.join('\n'));
  });

  it('writes nothing on a dry run, and reports as JSON', async () => {
    const into = join(folder, 'dry');
    const { status, out } = await runCommand(
      ...['intel', 'import', files.misp, '--into', into, '--dry-run', '--json', '--source', 'a b'],
    );
    assert.equal(status, 0);
    const report = JSON.parse(out) as {
      source: string;
      lists: unknown[];
      refused: { value: string; reason: string }[];
    };
    assert.equal(report.source, 'a-b');
    assert.deepEqual(report.lists, []);
    assert.deepEqual(
      report.refused.map(({ value }) => value),
      ['ben@alpha.test'],
    );
    assert.throws(() => readdirSync(into), /ENOENT/);
  });

  it('ends with the status of its mistake', async () => {
    const cases: [argv: string[], status: number, text: RegExp][] = [
      [['no-such-file'], 2, /Cannot read no-such-file[^]*INPUT_UNREADABLE/],
      [[write('x.json', '{"a":1}')], 1, /neither a MISP event nor a STIX bundle[^]*fix:/],
      [[write('x.txt', 'no value here\n')], 1, /holds no value that could be read/],
      [[files.misp, '--format', 'yaml'], 1, /Allowed choices are auto, misp/],
      [[files.misp, '--expires', '1999-01-01'], 1, /is no time in the future/],
      [[files.misp, '--force', '--into', files.misp], 1, /Cannot (?:read|write) the list/],
    ];
    for (const [argv, status, text] of cases) {
      const outcome = await runCommand('intel', 'import', ...argv);
      assert.match(outcome.err + outcome.out, text);
      assert.ok(outcome.status === status || (status === 1 && outcome.status === 2), outcome.err);
    }
  });

  it('gives values without a date the one that was asked for', async () => {
    const into = join(folder, 'dated');
    await runCommand(
      'intel',
      'import',
      files.misp,
      '--force',
      '--into',
      into,
      '--expires',
      '2099-12-31',
    );
    const text = readFileSync(join(into, 'c2-jids.txt'), 'utf8');
    assert.match(
      text,
      /source=event\.json imported=\d{4}-\d\d-\d\d licence=unknown expires=2099-12-31 count=1\nben@alpha.test\n$/,
    );
  });
});
