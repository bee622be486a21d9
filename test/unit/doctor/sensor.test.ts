import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  judgeExposure,
  type ExposureFacts,
  type GuardedFile,
} from '../../../sensor/doctor/exposure.ts';
import { judgeRules, type RuleFacts } from '../../../sensor/doctor/rules.ts';
import {
  isRunning,
  judgeConfig,
  judgeSensor,
  totalOf,
  type Answer,
  type SensorFacts,
} from '../../../sensor/doctor/sensor.ts';
import type { Check } from '../../../sensor/doctor/types.ts';
import { allOk, one, says } from '../../support/doctor-checks.ts';

const DAY = 86_400;

const SET: Extract<RuleFacts['set'], { loaded: number }> = {
  loaded: 501,
  failed: 0,
  disabled: 3,
  errors: [],
  errorCount: 0,
  warningCount: 0,
  tuningErrors: [],
  tuningUnread: '',
  tuned: 2,
  datasets: 19,
  values: 116,
  expired: 0,
  ageSeconds: DAY,
  loadSeconds: 1.5,
};

const RULES: RuleFacts = {
  set: SET,
  allowsBad: false,
  lists: [{ name: 'c2-ips.txt', ageSeconds: DAY }],
  cache: { files: 2, damaged: [], ageSeconds: 60 },
};

describe('judgeRules()', () => {
  const judge = (facts: Partial<RuleFacts>): ReturnType<typeof judgeRules> =>
    judgeRules({ ...RULES, ...facts });
  const judgeSet = (
    set: Partial<typeof SET>,
    facts: Partial<RuleFacts> = {},
  ): ReturnType<typeof judgeRules> => judge({ ...facts, set: { ...SET, ...set } });

  it('is content with rules that load', () => {
    allOk(judge({}));
    says(
      judge({}),
      'rules.loaded',
      'ok',
      /501 rules and 19 lists with 116 values load in 1\.5 seconds/,
    );
    allOk(judge({ lists: [], cache: { files: 0, damaged: [], ageSeconds: undefined } }));
  });

  it('names the first bad rule', () => {
    const bad = { errorCount: 2, errors: ['a.rules:3:1: no sid'] };
    says(
      judgeSet(bad),
      'rules.loaded',
      'fail',
      /does not start: 2 problems.*a\.rules:3:1: no sid/,
      /rules check/,
    );
    says(judgeSet(bad, { allowsBad: true }), 'rules.loaded', 'warn', /others are refused/);
    says(judgeSet({ warningCount: 4 }), 'rules.loaded', 'warn', /4 warnings/);
    says(judgeSet({ loaded: 0 }), 'rules.loaded', 'fail', /No rule is loaded/);
    says(judge({ set: { problem: 'libhs' } }), 'rules.loaded', 'unknown', /libhs/);
  });

  it('names what was tuned and cannot be read', () => {
    says(
      judgeSet({ tuningErrors: ['threshold.config:1:1: x'] }),
      'rules.tuning',
      'fail',
      /1 entry .*threshold\.config:1:1/,
    );
    says(judgeSet({ tuned: 0 }), 'rules.tuning', 'ok', /Nothing is tuned/);
    says(judgeSet({ tuningUnread: 'EACCES' }), 'rules.tuning', 'unknown', /EACCES/);
  });

  it('knows old rules and old lists', () => {
    says(judgeSet({ ageSeconds: 180 * DAY }), 'rules.age', 'ok', /180 days/);
    says(judgeSet({ ageSeconds: 180 * DAY + 1 }), 'rules.age', 'warn', /180 days/);
    says(judgeSet({ ageSeconds: undefined }), 'rules.age', 'unknown', /cannot be told/);
    const lists = [{ name: 'own.txt', ageSeconds: 31 * DAY }];
    says(judge({ lists }), 'rules.lists', 'warn', /own\.txt \(31 days\)/, /intel import/);
    says(judgeSet({ expired: 7 }), 'rules.lists', 'warn', /7 values of lists have expired/);
    says(judge({ lists: { problem: 'EACCES' } }), 'rules.lists', 'unknown', /EACCES/);
  });

  it('looks at compiled rules', () => {
    const damaged = { files: 2, damaged: ['x.cache'], ageSeconds: 60 };
    says(judge({ cache: damaged }), 'rules.cache', 'warn', /x\.cache is damaged/);
    says(judge({ cache: { problem: 'EACCES' } }), 'rules.cache', 'unknown', /EACCES/);
  });
});

const METRICS = [
  '# HELP stanzawatch_capture_packets_total Packets',
  'stanzawatch_capture_packets_total{interface="eth1"} 600',
  'stanzawatch_capture_packets_total{interface="eth2"} 400',
  'stanzawatch_capture_dropped_total{interface="eth1",reason="kernel"} 0',
  '',
].join('\n');

function answer(status: number, text: string): Answer {
  return { is: 'answered', status, text };
}

const RUNNING: SensorFacts = {
  recorded: { is: 'running', pid: 4711 },
  holders: [4711],
  http: {
    isEnabled: true,
    listen: '127.0.0.1:8470',
    healthz: answer(200, '{"status":"alive"}'),
    readyz: answer(200, '{"status":"ready","checks":[]}'),
    metrics: answer(200, METRICS),
  },
};

describe('judgeSensor()', () => {
  const judgeHttp = (http: Partial<SensorFacts['http']>): ReturnType<typeof judgeSensor> =>
    judgeSensor({ ...RUNNING, http: { ...RUNNING.http, ...http } });

  it('is content with one that runs, and with none', () => {
    allOk(judgeSensor(RUNNING));
    const none: SensorFacts = {
      ...RUNNING,
      recorded: { is: 'none' },
      holders: [],
      http: { ...RUNNING.http, healthz: { is: 'refused' } as const },
    };
    allOk(judgeSensor(none));
    assert.ok(isRunning(RUNNING));
    assert.ok(!isRunning(none));
    assert.ok(isRunning({ ...RUNNING, holders: undefined }));
    assert.ok(isRunning({ ...none, holders: [7] }));
  });

  it('does not know who has the store open where it may not look', () => {
    says(
      judgeSensor({ ...RUNNING, recorded: { is: 'none' }, holders: undefined }),
      'sensor.process',
      'unknown',
      /may not be looked at/,
    );
  });

  it('tells a sensor that runs from one that is gone, and from others who read the store', () => {
    const process = (recorded: SensorFacts['recorded'], holders: readonly number[]): Check =>
      one(judgeSensor({ ...RUNNING, recorded, holders }), 'sensor.process');
    assert.match(process({ is: 'running', pid: 12 }, []).found, /A sensor runs: process 12/);
    assert.match(process({ is: 'none' }, [12, 13]).found, /No sensor runs; .* process 12, 13/);
    const gone = process({ is: 'gone' }, []);
    assert.deepEqual([gone.state, /did not end in order/.test(gone.found)], ['warn', true]);
    const hidden = process({ is: 'hidden', pid: 12 }, []);
    assert.deepEqual([hidden.state, /another container/.test(hidden.found)], ['unknown', true]);
  });

  it('does not call an address free where a sensor runs that should answer there', () => {
    const refused = { is: 'refused' } as const;
    says(
      judgeHttp({ healthz: refused }),
      'sensor.port',
      'unknown',
      /told another address/,
      /--set/,
    );
  });

  it('tells who holds the address', () => {
    says(
      judgeHttp({ healthz: answer(404, 'nginx') }),
      'sensor.port',
      'fail',
      /another program \(it answers 404\)/,
      /ss -ltnp/,
    );
    says(judgeHttp({ healthz: answer(0, '') }), 'sensor.port', 'fail', /speaks no HTTP/);
    says(
      judgeHttp({ healthz: { is: 'silent', why: 'it hangs' } }),
      'sensor.port',
      'unknown',
      /it hangs/,
    );
    says(judgeHttp({ isEnabled: false }), 'sensor.port', 'warn', /off/);
  });

  it('passes on what it says of itself', () => {
    const text =
      '{"checks":[{"check":"capture","isOk":false,"text":"eth1 is gone"},{"check":"rules","isOk":true,"text":""}]}';
    says(
      judgeHttp({ readyz: answer(503, text) }),
      'sensor.ready',
      'fail',
      /not ready: capture: eth1 is gone$/,
    );
    says(judgeHttp({ readyz: answer(503, '<html>') }), 'sensor.ready', 'fail', /does not say why/);
    says(
      judgeHttp({ readyz: { is: 'silent', why: '' } }),
      'sensor.ready',
      'unknown',
      /did not say/,
    );
  });

  it('counts what was dropped', () => {
    const dropped = (count: number): Partial<SensorFacts['http']> => ({
      metrics: answer(
        200,
        `${METRICS}stanzawatch_capture_dropped_total{interface="eth1",reason="shed"} ${count}\n`,
      ),
    });
    says(judgeHttp(dropped(0)), 'sensor.drops', 'ok', /0 of 1,000/);
    says(judgeHttp(dropped(1)), 'sensor.drops', 'warn', /1 of 1,001.*0\.1 %/, /ring_bytes/);
    says(judgeHttp(dropped(11)), 'sensor.drops', 'fail', /11 of 1,011/);
    says(judgeHttp({ metrics: answer(200, '') }), 'sensor.drops', 'ok', /nothing to drop/);
    says(judgeHttp({ metrics: answer(500, '') }), 'sensor.drops', 'unknown', /cannot be read/);
  });

  it('adds a metric up over its labels, and no other', () => {
    assert.equal(totalOf(METRICS, 'stanzawatch_capture_packets_total'), 1000);
    assert.equal(totalOf('a_total_more 7\na_total 3\n', 'a_total'), 3);
    assert.equal(totalOf(METRICS, 'stanzawatch_up'), undefined);
  });
});

describe('judgeConfig()', () => {
  it('says what the sensor would refuse', () => {
    allOk(judgeConfig({ file: 'x.yaml', problem: '', advice: '' }));
    const bad = judgeConfig({
      file: 'x.yaml',
      problem: 'x.yaml:3:1: unknown key',
      advice: 'Did you mean y?',
    });
    says(bad, 'config.valid', 'fail', /x\.yaml:3:1: unknown key; what follows/, /Did you mean y/);
    says(judgeConfig({ file: '', problem: 'x', advice: '' }), 'config.valid', 'fail', /x/);
  });
});

const TOKENS: GuardedFile = {
  path: 'data/tokens.json',
  forbidden: 0o077,
  what: 'list of tokens',
  isNeeded: false,
  state: { mode: 0o600, uid: 990, bytes: 300 },
  owners: [0, 990],
};

const EXPOSURE: ExposureFacts = {
  http: { isEnabled: true, listen: '127.0.0.1:8470', isLoopback: true, allowedHosts: [] },
  files: [TOKENS],
  plainWebhooks: [],
};

describe('judgeExposure()', () => {
  const judgeFile = (file: Partial<GuardedFile>): ReturnType<typeof judgeExposure> =>
    judgeExposure({ ...EXPOSURE, files: [{ ...TOKENS, ...file }] });

  it('is content with what is for few', () => {
    allOk(judgeExposure(EXPOSURE));
    allOk(judgeFile({ state: undefined }));
    const off = { ...EXPOSURE.http, isEnabled: false, isLoopback: false };
    allOk(judgeExposure({ ...EXPOSURE, http: off }));
  });

  it('warns of tokens and alerts in clear', () => {
    const http = { ...EXPOSURE.http, listen: '0.0.0.0:8470', isLoopback: false };
    says(
      judgeExposure({ ...EXPOSURE, http }),
      'exposure.http',
      'warn',
      /0\.0\.0\.0:8470, without TLS/,
      /proxy/,
    );
    const plainWebhooks = ['http://siem.example/'];
    says(
      judgeExposure({ ...EXPOSURE, plainWebhooks }),
      'exposure.webhooks',
      'warn',
      /siem\.example/,
    );
  });

  it('finds files that others may read, or that others made', () => {
    const { state } = TOKENS;
    assert.ok(typeof state === 'object');
    says(
      judgeFile({ state: { ...state, mode: 0o640 } }),
      'exposure.files',
      'fail',
      /mode 0640/,
      /chmod go= data\/tokens\.json/,
    );
    says(
      judgeFile({ forbidden: 0o037, state: { ...state, mode: 0o640 } }),
      'exposure.files',
      'ok',
      /1 files/,
    );
    says(
      judgeFile({ state: { ...state, uid: 1000 } }),
      'exposure.files',
      'fail',
      /belongs to user 1000/,
    );
    says(
      judgeFile({ owners: [], state: { ...state, uid: 1000 } }),
      'exposure.files',
      'ok',
      /1 files/,
    );
    says(judgeFile({ state: 'EACCES' }), 'exposure.files', 'unknown', /EACCES/);
    const unread = { ...TOKENS, state: 'EACCES' };
    const several = judgeExposure({ ...EXPOSURE, files: [unread, unread, TOKENS] });
    says(several, 'exposure.files', 'unknown', /^2 files .*EACCES/);
    says(
      judgeFile({ isNeeded: true, state: undefined }),
      'exposure.files',
      'fail',
      /There is no/,
      /openssl/,
    );
    says(
      judgeFile({ isNeeded: true, state: { ...state, bytes: 15 } }),
      'exposure.files',
      'fail',
      /fewer than 16/,
    );
  });
});
