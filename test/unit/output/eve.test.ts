import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { Ajv } from 'ajv';
import { COUNTER, Counters } from '../../../sensor/core/index.ts';
import {
  buildStatsRecord,
  type AlertRecord,
  type FileRecord,
} from '../../../sensor/alert/index.ts';
import type { EveRecord } from '../../../sensor/output/eve/eve-event.ts';
import { eveLine } from '../../../sensor/output/eve/eve-line.ts';
import { EveSink } from '../../../sensor/output/eve/eve-sink.ts';
import { eveTimestamp } from '../../../sensor/output/eve/timestamp.ts';
import { expectGolden } from '../../support/golden.ts';
import {
  LIMITS,
  T0,
  alertOf,
  alertRecord,
  anomalyRecord,
  campaignRecord,
  fileRecord,
  flowRecord,
  sessionRecord,
  statsRecord,
} from '../alert/sample.ts';

const dir = mkdtempSync(join(tmpdir(), 'stanzawatch-eve-'));
after(() => {
  rmSync(dir, { recursive: true });
});

const schema = JSON.parse(readFileSync('sensor/output/eve/eve.schema.json', 'utf8')) as object;
const validate = new Ajv({ allErrors: true, strict: true, strictRequired: false }).compile(schema);

/** Parses a line and demands that it fits the published schema. */
function checked(line: string): Record<string, unknown> {
  const event = JSON.parse(line) as Record<string, unknown>;
  assert.ok(validate(event), `${JSON.stringify(validate.errors)} in ${line}`);
  return event;
}

const grown: AlertRecord = {
  ...alertRecord,
  alert: {
    ...alertRecord.alert,
    count: 17,
    context: { summary: 'eve@spam.example wrote to 17 strangers within 2 minutes', strangers: 17 },
  },
  incident: {
    name: '00112233445566778899aabbccddeeff',
    firings: 17,
    lastUsec: T0 + 90_000_000,
    contributors: ['bob@corp.example', 'carol@corp.example'],
    contributorCount: 17,
    campaignId: campaignRecord.campaignId,
  },
};

const one: readonly EveRecord[] = [
  { kind: 'alert', record: alertRecord },
  { kind: 'anomaly', record: anomalyRecord },
  { kind: 'session', record: sessionRecord },
  { kind: 'flow', record: flowRecord },
  { kind: 'stats', record: statsRecord },
];

const further: readonly EveRecord[] = [
  { kind: 'file', record: fileRecord },
  { kind: 'alert_update', record: grown },
  { kind: 'campaign', record: campaignRecord },
];

const outsideFlow = alertOf({
  srcIp: '',
  srcPort: 0,
  destIp: '',
  destPort: 0,
  ipVersion: 0,
  communityId: '',
  flowId: 0,
  vlan: [],
  inIface: '',
  pcapFilename: '',
  pcapCnt: 0,
  xmpp: undefined,
  evidence: undefined,
});

describe('eveLine()', () => {
  it('writes every event type as the golden file has it', () => {
    const lines = [...one, outsideFlow, ...further].map((entry) =>
      JSON.stringify(checked(eveLine(entry)), null, 1),
    );
    expectGolden('eve.json', `${lines.join('\n')}\n`);
  });

  it('leaves out what is not known', () => {
    const event = checked(eveLine(outsideFlow));
    for (const name of ['src_ip', 'proto', 'flow', 'xmpp', 'evidence', 'flow_id', 'vlan', 'ip_v']) {
      assert.ok(!(name in event), name);
    }
  });

  it('an alert about a file is one of XMPP, whatever carried it', () => {
    const event = checked(eveLine(alertOf({ xmpp: undefined })));
    assert.equal(event['app_proto'], 'xmpp');
  });

  it('an alert without technique says so by an empty list', () => {
    const alert = { ...alertRecord.alert, metadata: { detection: ['presence-probe'] } };
    const event = checked(eveLine(alertOf({ alert }))) as { alert: { metadata: object } };
    assert.deepEqual(event.alert.metadata, {
      ...{ detection: ['presence-probe'], mitre_technique_id: [], confidence: [] },
    });
  });

  it('tells of a file that was not seen whole as Suricata would, and names no size that nobody said', () => {
    const record: FileRecord = {
      ...fileRecord,
      ...{
        srcIp: '',
        srcPort: 0,
        destIp: '',
        destPort: 0,
        ipVersion: 0,
        flowId: 0,
        communityId: '',
      },
      ...{ from: '', to: '', sid: '', name: '', protocol: '', magic: '', mime: '', found: {} },
      ...{ announcedBytes: -1, announcedMime: '', members: 0, inspected: 'none', unseen: '' },
      ...{ sha256: '', md5: '', isComplete: false, lack: 'gap', gapBytes: 700, road: 'http' },
    };
    const event = checked(eveLine({ kind: 'file', record }));
    assert.deepEqual(event['fileinfo'], {
      file_id: record.fileId,
      filename: '',
      size: 4096,
      transport: 'http',
      complete: false,
      state: 'TRUNCATED',
      gaps: true,
      gap_bytes: 700,
      lack: 'gap',
      start: eveTimestamp(record.startUsec),
      inspected: 'none',
      found: {},
    });
    assert.equal(event['app_proto'], 'http');
    assert.ok(!('src_port' in event));
  });

  it('says who attacks whom where the rule does', () => {
    const attack = (target: 'src_ip' | 'dest_ip' | undefined): unknown[] => {
      const alert = { ...alertRecord.alert, ...(target === undefined ? {} : { target }) };
      const event = checked(eveLine(alertOf({ alert }))) as { alert: Record<string, unknown> };
      return [event.alert['source'], event.alert['target']];
    };
    const src = { ip: alertRecord.srcIp, port: alertRecord.srcPort };
    const dest = { ip: alertRecord.destIp, port: alertRecord.destPort };
    assert.deepEqual(attack('dest_ip'), [src, dest]);
    assert.deepEqual(attack('src_ip'), [dest, src]);
    assert.deepEqual(attack(undefined), [undefined, undefined]);
    const alert = { ...alertRecord.alert, target: 'src_ip' as const };
    const line = eveLine(alertOf({ alert, srcIp: '', srcPort: 0, destIp: '', destPort: 0 }));
    assert.doesNotMatch(line, /"target"/, 'nobody is known outside a flow');
    checked(line);
  });

  it('places every counter of the sensor in stats', () => {
    const counters = new Counters();
    for (const index of Object.values(COUNTER)) counters.values[index] = index + 1000;
    const record = buildStatsRecord('s', T0, 8, counters);
    const line = eveLine({ kind: 'stats', record });
    checked(line);
    for (const index of Object.values(COUNTER))
      assert.match(line, new RegExp(`:${index + 1000}[,}]`));
  });

  it('keeps hostile text as data: valid JSON, one line, nothing that drives a terminal', () => {
    const nasty = 'a\u0000\u001b[2J\u007f\u009b31m\u202e\u2066\u200b\u2028\u{e0041}\ud800"\\\n😀é';
    assert.ok(alertRecord.xmpp !== undefined);
    const xmpp = { ...alertRecord.xmpp, id: nasty, from: nasty, ns: [nasty] };
    const line = eveLine(alertOf({ xmpp }));
    checked(line);
    assert.doesNotMatch(line, /[\u0000-\u001f\u007f-\u009f]|\p{Cf}|\p{Zl}|\p{Zp}|\p{Cs}/u);
    assert.match(line, /😀é/);
    const { id } = (JSON.parse(line) as { xmpp: { id: string } }).xmpp;
    assert.equal(id, nasty);
  });
});

describe('eveTimestamp()', () => {
  it('has microseconds and an offset without colon', () => {
    assert.equal(eveTimestamp(T0), '2023-09-18T06:13:41.532140+0000');
    assert.equal(eveTimestamp(0), '1970-01-01T00:00:00.000000+0000');
    assert.equal(eveTimestamp(1e15 + 5), '2001-09-09T01:46:40.000005+0000');
  });

  it('never fails, whatever time a capture claims', () => {
    assert.equal(eveTimestamp(-5), '1970-01-01T00:00:00.000000+0000');
    assert.equal(eveTimestamp(NaN), '1970-01-01T00:00:00.000000+0000');
    assert.equal(eveTimestamp(1e30), '9999-12-31T23:59:59.999999+0000');
  });
});

describe('EveSink', () => {
  const limits = LIMITS;

  it('appends lines to a file of mode 0640 and makes its folder', async () => {
    const path = join(dir, 'new', 'eve.json');
    const sink = new EveSink({ path, limits });
    sink.write(one);
    sink.write(one);
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    assert.equal(lines.length, 10, 'written without a flush');
    lines.forEach(checked);
    assert.equal(statSync(path).mode & 0o777 & ~0o022, 0o640);
    await sink.close();
    const again = new EveSink({ path, limits });
    again.write(one);
    await again.close();
    assert.equal(readFileSync(path, 'utf8').trimEnd().split('\n').length, 15);
  });

  it('writes the types asked for only', async () => {
    const path = join(dir, 'types.json');
    const sink = new EveSink({ path, limits, types: ['alert', 'stats'] });
    sink.write(one);
    await sink.close();
    const types = readFileSync(path, 'utf8').trimEnd().split('\n').map(checked);
    assert.deepEqual(
      types.map((event) => event['event_type']),
      ['alert', 'stats'],
    );
  });

  it('goes on in a new file after rotation and reopen', async () => {
    const path = join(dir, 'rotate.json');
    const sink = new EveSink({ path, limits });
    sink.write(one.slice(0, 1));
    renameSync(path, `${path}.1`);
    sink.write(one.slice(0, 2));
    sink.reopen();
    sink.write(one);
    await sink.close();
    const count = (name: string): number => readFileSync(name, 'utf8').split('\n').length - 1;
    assert.deepEqual([count(`${path}.1`), count(path)], [3, 5]);
  });

  it('starts a new line behind one that a crash left half written', async () => {
    const path = join(dir, 'torn.json');
    writeFileSync(path, '{"timestamp":"2023-09-18T06:1');
    const sink = new EveSink({ path, limits });
    sink.write(one);
    await sink.close();
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    assert.equal(lines.length, 6);
    lines.slice(1).forEach(checked);
  });

  it('says at the start what is wrong with the target', () => {
    for (const path of ['/proc/eve.json', dir]) {
      assert.throws(() => new EveSink({ path, limits }), {
        name: 'OperatorError',
        code: 'EVE_UNWRITABLE',
      });
    }
  });

  it('keeps what a full disk does not take, bounded, and says so', async () => {
    const sink = new EveSink({ path: '/dev/full', limits: { evePendingBytes: 20_000 } });
    sink.write(one);
    assert.match(sink.problem ?? '', /ENOSPC/);
    const before = sink.dropped;
    for (let i = 0; i < 100; i++) sink.write(one);
    assert.deepEqual([before, sink.dropped > before], [0, true]);
    assert.ok(sink.writeErrors > 0);
    await assert.rejects(sink.flush(), { code: 'EVE_UNWRITABLE' });
    await assert.rejects(sink.close(), { code: 'EVE_UNWRITABLE' });
  });

  it('gives up other lines before alerts', () => {
    const anomalies = Array.from({ length: 100 }, () => one[1] ?? outsideFlow);
    const sink = new EveSink({ path: '/dev/full', limits: { evePendingBytes: 10_000 } });
    sink.write(anomalies);
    const { dropped } = sink;
    assert.ok(dropped > 0);
    sink.write(one.slice(0, 1));
    assert.equal(sink.dropped, dropped);
    sink.write(anomalies);
    assert.equal(sink.dropped, dropped + 100);
  });

  it('writes what waited into the new file once the target is changed', async () => {
    // A pipe that nobody empties stands in for a disk without space: it takes 64 KiB and then nothing.
    const path = join(dir, 'pipe');
    assert.equal(spawnSync('mkfifo', [path]).status, 0);
    const reader = openSync(path, 'r+');
    const sink = new EveSink({ path, limits, patienceMs: 0 });
    const alerts = Array.from({ length: 200 }, () => one[0] ?? outsideFlow);
    sink.write(alerts);
    assert.match(sink.problem ?? '', /EAGAIN/);
    await assert.rejects(sink.flush(), { code: 'EVE_UNWRITABLE' });
    renameSync(path, `${path}.old`);
    sink.reopen();
    await sink.close();
    const taken = Buffer.alloc(1 << 20);
    const length = readSync(reader, taken);
    closeSync(reader);
    const piped = taken.subarray(0, length).toString('utf8');
    const whole = piped.slice(0, piped.lastIndexOf('\n') + 1);
    const lines = (whole + readFileSync(path, 'utf8')).trimEnd().split('\n');
    lines.forEach(checked);
    assert.equal(lines.length, 200, 'each line once, none torn');
  });

  it('waits for a slow reader as long as it is told', async () => {
    const path = join(dir, 'slow');
    assert.equal(spawnSync('mkfifo', [path]).status, 0);
    const reader = openSync(path, 'r+');
    const sink = new EveSink({ path, limits, patienceMs: 50 });
    const started = performance.now();
    sink.write(Array.from({ length: 200 }, () => one[0] ?? outsideFlow));
    assert.ok(performance.now() - started >= 50);
    while (sink.problem !== undefined) {
      readSync(reader, Buffer.alloc(1 << 16));
      sink.write([]);
      await sink.flush().catch(() => undefined);
    }
    assert.equal(sink.dropped, 0);
    await sink.close();
    closeSync(reader);
  });

  it('writes to standard output, and survives a reader that leaves', () => {
    const script = `
      const { EveSink } = await import(${JSON.stringify(new URL('../../../sensor/output/eve/eve-sink.js', import.meta.url).href)});
      const record = ${JSON.stringify({ kind: 'anomaly', record: anomalyRecord })};
      const sink = new EveSink({ path: '-', limits: { evePendingBytes: 1e6 }, patienceMs: Infinity });
      for (let i = 0; i < 20000; i++) sink.write([record]);
      const failure = await sink.flush().then(() => 'none', (error) => error.code);
      process.stderr.write(failure + ' ' + (sink.dropped > 0) + ' ' + (sink.problem ?? ''));`;
    const node = `'${process.execPath}' --input-type=module -e "$SCRIPT"`;
    const run = (pipe: string): ReturnType<typeof spawnSync> =>
      spawnSync('sh', ['-c', `${node} | ${pipe}`], {
        encoding: 'utf8',
        maxBuffer: 1 << 26,
        env: { ...process.env, SCRIPT: script },
      });
    const all = run('cat');
    const lines = String(all.stdout).trimEnd().split('\n');
    assert.equal(lines.length, 20_000);
    checked(lines[19_999] ?? '');
    assert.match(String(all.stderr), /^none false/);
    const head = run('head -n 2');
    assert.equal(String(head.stdout).split('\n').length, 3);
    assert.match(String(head.stderr), /^EVE_UNWRITABLE true .*EPIPE/);
  });
});
