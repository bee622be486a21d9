import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { configuredThresholds, limitValues, loadConfig } from '../../../sensor/config/index.ts';
import { LIMITS, OperatorError } from '../../../sensor/core/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'stanzawatch-config-'));
after(() => {
  rmSync(folder, { recursive: true });
});

function load(yaml: string, overrides: string[] = []): ReturnType<typeof loadConfig> {
  const file = join(folder, 'sensor.yaml');
  writeFileSync(file, yaml);
  return loadConfig({ file, overrides });
}

/** The refusal of a configuration: its text and hint. */
function refusal(yaml: string, overrides: string[] = []): OperatorError {
  try {
    load(yaml, overrides);
  } catch (error) {
    if (error instanceof OperatorError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

describe('loadConfig', () => {
  it('gives defaults without a file and for an empty file', () => {
    const config = loadConfig({ file: undefined, overrides: [] });
    assert.equal(config.http.listen, '127.0.0.1:8470');
    assert.equal(config.checksums, 'auto');
    assert.deepEqual(load('# nothing\n'), config);
  });

  it('freezes what it returns', () => {
    const config = load('sensor_name: edge-1\n');
    assert.equal(config.sensor_name, 'edge-1');
    assert.ok(Object.isFrozen(config.output.sqlite));
  });

  it('refuses an unknown key with line, column and the nearest right name', () => {
    const error = refusal('sensor_name: a\noutput:\n  sqlite:\n    retention_day: 3\n');
    assert.equal(error.code, 'CONFIG_INVALID');
    assert.match(error.message, /sensor\.yaml:4:5: unknown key output\.sqlite\.retention_day$/);
    assert.equal(error.hint, 'Did you mean output.sqlite.retention_days?');
  });

  it('refuses an unknown threshold of a detector with the nearest right name', () => {
    const text = 'detection:\n  thresholds:\n    malware.comand_targets: 9\n';
    const error = refusal(text);
    const key = 'detection.thresholds.malware.comand_targets';
    assert.ok(error.message.endsWith(`sensor.yaml:3:5: unknown key ${key}`), error.message);
    assert.equal(error.hint, 'Did you mean detection.thresholds.malware.command_targets?');
    const flag = refusal('', [`${key}=9`]);
    assert.equal(flag.message, `--set: unknown key ${key}`);
    assert.equal(flag.hint, error.hint);
  });

  it('takes thresholds of detectors by name, from file and flags', () => {
    const text = 'detection: { thresholds: { malware.command_targets: 9 } }\n';
    assert.equal(configuredThresholds(load(text)).commandTargets, 9);
    const flags = ['detection.thresholds.malware.command_pairs=7'];
    const values = configuredThresholds(load(text, flags));
    assert.deepEqual(
      [values.commandTargets, values.commandPairs, values.commandTargetSeconds],
      [9, 7, 3600],
    );
    assert.match(
      refusal('detection: { thresholds: { malware.command_pairs: few } }\n').message,
      /thresholds\.malware\.command_pairs \(is "few"\)/,
    );
  });

  it('names the replacement of a retired key', () => {
    assert.equal(refusal('output: {metrics: 1}\n').hint, 'Did you mean http.listen?');
  });

  it('refuses a value of the wrong kind with its place and value', () => {
    assert.match(
      refusal('capture:\n  snaplen: lots\n').message,
      /sensor\.yaml:2:3: capture\.snaplen \(is "lots"\)/,
    );
    assert.match(refusal('checksums: sometimes\n').message, /checksums/);
    assert.match(refusal('http: {listen: "localhost"}\n').message, /HOST:PORT/);
    assert.match(refusal('http: {listen: "localhost:99999"}\n').message, /65535/);
  });

  it('refuses broken YAML with its place', () => {
    assert.match(refusal('a: [1,\nb: 2\n').message, /sensor\.yaml:\d+:\d+:/);
  });

  it('says so when the file cannot be read', () => {
    assert.throws(
      () => loadConfig({ file: join(folder, 'missing.yaml'), overrides: [] }),
      (error) => error instanceof OperatorError && error.code === 'CONFIG_UNREADABLE',
    );
  });

  it('applies --set over the file, also where the file has no such section', () => {
    const config = load('checksums: all\n', [
      'checksums=none',
      'output.eve.enabled=false',
      'capture.interfaces=[eth0, eth1]',
      'limits.xml.depth=64',
    ]);
    assert.equal(config.checksums, 'none');
    assert.equal(config.output.eve.enabled, false);
    assert.deepEqual(config.capture.interfaces, ['eth0', 'eth1']);
    assert.equal(limitValues(config).xmlDepth, 64);
    assert.equal(limitValues(config).xmlTokens, LIMITS.xmlTokens.default);
  });

  it('refuses a wrong --set by name', () => {
    assert.match(refusal('', ['checksum=none']).message, /--set: unknown key checksum/);
    assert.match(refusal('', ['nothing']).message, /KEY=VALUE/);
    assert.equal(refusal('', ['limits.xml.dept=64']).hint, 'Did you mean limits.xml.depth?');
  });

  it('takes addresses and ports of rule variables, numbers as they are', () => {
    const { vars, threshold_file: files } = load(
      [
        'rules:',
        '  vars: {HOME_NET: [10.0.0.0/8, "!10.1.0.0/16"], LAB_PORTS: 5222, XMPP_PORTS: [5222, "5269:5270"]}',
        '  threshold_file: site/threshold.config',
        '',
      ].join('\n'),
    ).rules;
    assert.deepEqual(vars, {
      HOME_NET: ['10.0.0.0/8', '!10.1.0.0/16'],
      LAB_PORTS: ['5222'],
      XMPP_PORTS: ['5222', '5269:5270'],
    });
    assert.deepEqual(files, ['site/threshold.config']);
    assert.equal(load('').rules.threshold_file, undefined);
    assert.match(refusal('rules: {vars: {LAB: {a: 1}}}\n').message, /rules.vars.LAB/);
    assert.match(refusal('rules: {vars: {LAB: [true]}}\n').message, /rules.vars.LAB/);
  });

  it('accepts one string where a list is asked', () => {
    assert.deepEqual(load('rules: {files: a.rules}\n').rules.files, ['a.rules']);
  });
});
