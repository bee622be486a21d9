import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HealthCheck } from '../../../sensor/api/index.ts';
import { COUNTER, wallClockUsec } from '../../../sensor/core/index.ts';
import {
  HealthWatch,
  healthChecks,
  healthOf,
  type Figures,
  type HealthFacts,
} from '../../../sensor/service/index.ts';

const NOW = 1_790_000_000_000_000;
const DAY = 86_400_000_000;

const face = {
  ...{ name: 'eth1', isCapturing: true, packets: 100, bytes: 1, droppedKernel: 0 },
  ...{ droppedInterface: 0, droppedShed: 0 },
};
const worker = { id: '0', isUp: true, restarts: 0, lagSeconds: 0 };

/** A live sensor that is well. */
const WELL: HealthFacts = {
  ...{ nowUsec: NOW, isLive: true, source: 'eth1', uptimeSeconds: 7200 },
  totals: { capturePackets: 1_000_000, xmppFlows: 100, tcpSeenBytes: 1e8 },
  lately: {
    seconds: 300,
    counted: {
      ...{ capturePackets: 100_000, tcpSeenBytes: 1e7 },
      ...{ stanzasMessageToServer: 100, stanzasMessageToClient: 100 },
    },
  },
  interfaces: [face],
  workers: [worker],
  silentSeconds: 0,
  aheadSeconds: 0,
  store: {
    ...{ rows: 10, bytes: 1e6, maxBytes: 1e9, queueLength: 0, queueLimit: 1000, dropped: 0 },
    writeErrors: 0,
  },
  disk: { freeBytes: 5e10, bytes: 1e11 },
  sinks: [],
  webhooks: { lost: 0, waiting: 0 },
  rules: { loaded: 300, failed: 0, generation: 1, reloadedUsec: NOW - DAY, problem: '' },
  memory: [{ pool: 'flow', used: 10, limit: 100 }],
};

type Changes = Partial<HealthFacts>;

function lately(counted: Figures): Changes {
  return { lately: { seconds: 300, counted: { ...WELL.lately.counted, ...counted } } };
}

function totals(counted: Figures): Changes {
  return { totals: { ...WELL.totals, ...counted } };
}

function replayed(counted: Figures): Changes {
  return { ...totals(counted), isLive: false, uptimeSeconds: 0, reportedUsec: NOW - DAY };
}

function storeOf(changes: Partial<HealthFacts['store']>): Changes {
  return { store: { ...WELL.store, ...changes } };
}

function rulesOf(changes: Partial<HealthFacts['rules']>): Changes {
  return { rules: { ...WELL.rules, ...changes } };
}

function checkOf(name: string, changes: Changes): HealthCheck | undefined {
  return healthChecks({ ...WELL, ...changes }).find((check) => check.name === name);
}

interface Case {
  readonly check: string;
  /** What fires it, how bad, and words of the text and of the fix. */
  readonly fires: readonly (readonly [
    state: 'warning' | 'bad',
    changes: Changes,
    text: RegExp,
    fix: RegExp,
  ])[];
  /** What comes near and is well. */
  readonly near: readonly Changes[];
}

const CASES: readonly Case[] = [
  {
    check: 'capture',
    fires: [
      ['bad', { interfaces: [{ ...face, isCapturing: false }] }, /eth1 is gone/, /ip link/],
      ['bad', { interfaces: [], workers: [{ ...worker, isUp: false }] }, /No capture/, /log/],
    ],
    near: [{ interfaces: [face] }, { interfaces: [] }, { isLive: false, interfaces: [] }],
  },
  {
    check: 'drops',
    fires: [
      ['warning', lately({ captureDroppedKernel: 20 }), /kernel dropped/, /ring_bytes.*workers/],
      ['bad', lately({ captureDroppedKernel: 2000 }), /kernel dropped 2 %/, /offloads/],
      ['warning', lately({ captureDroppedInterface: 50 }), /interface dropped/, /ethtool/],
    ],
    near: [
      lately({ captureDroppedKernel: 9 }),
      totals({ captureDroppedKernel: 1e6 }),
      { ...lately({ captureDroppedKernel: 5000 }), isLive: false },
    ],
  },
  {
    check: 'shed',
    fires: [
      ['warning', lately({ captureDroppedShed: 1 }), /skipped.*\(1\)$/, /workers/],
      ['bad', lately({ captureDroppedShed: 5000 }), /4\.8 %.*missing in connections/, /workers/],
    ],
    near: [lately({ captureDroppedShed: 0 }), totals({ captureDroppedShed: 100 })],
  },
  {
    check: 'seen',
    fires: [
      ['warning', lately({ tcpGapBytes: 2e5 }), /Only 98 %/, /mirror port/],
      ['bad', lately({ tcpGapBytes: 2e6 }), /Only 83\.3 %/, /tap/],
      [
        'bad',
        lately({ stanzasMessageToServer: 0, stanzasMessageToClient: 50 }),
        /one direction.*clients send/,
        /both directions/,
      ],
      [
        'bad',
        lately({ stanzasMessageToServer: 80, stanzasMessageToClient: 0 }),
        /one direction.*servers send/,
        /both directions/,
      ],
    ],
    near: [
      lately({ tcpGapBytes: 9e4 }),
      lately({ tcpSeenBytes: 50_000, tcpGapBytes: 49_000 }),
      lately({ stanzasMessageToServer: 49, stanzasMessageToClient: 0 }),
      lately({ stanzasMessageToServer: 5000, stanzasMessageToClient: 1 }),
    ],
  },
  {
    // A store filled from capture files: nothing of now can be mended.
    check: 'seen',
    fires: [
      [
        'warning',
        replayed({ tcpSeenBytes: 5e7, tcpGapBytes: 5e7 }),
        /files have gaps: 50 %/,
        /^Take the capture again .*accept the gaps$/,
      ],
      [
        'warning',
        replayed({ stanzasMessageToServer: 500 }),
        /files hold only one direction: nothing servers send/,
        /^Take the capture again with both/,
      ],
    ],
    near: [
      replayed({ tcpSeenBytes: 9e7, tcpGapBytes: 1e7 }),
      replayed({ tcpSeenBytes: 5e4, tcpGapBytes: 4e4 }),
    ],
  },
  {
    check: 'silence',
    fires: [
      ['warning', { silentSeconds: 300 }, /No packet has come on eth1 for 5 minutes/, /tcpdump/],
      ['bad', { silentSeconds: 7200 }, /2 hours/, /cable/],
      ['bad', { silentSeconds: undefined, uptimeSeconds: 4000 }, /No packet/, /mirror/],
    ],
    near: [
      { silentSeconds: 299 },
      { silentSeconds: undefined, uptimeSeconds: 200 },
      { silentSeconds: 9999, isLive: false },
    ],
  },
  {
    check: 'xmpp',
    fires: [['warning', totals({ xmppFlows: 0 }), /none of it is XMPP/, /VLAN.*5222/]],
    near: [
      totals({ xmppFlows: 1 }),
      totals({ xmppFlows: 0, encryptedDirect: 1 }),
      totals({ xmppFlows: 0, capturePackets: 19_999 }),
      { ...totals({ xmppFlows: 0 }), uptimeSeconds: 599 },
    ],
  },
  {
    check: 'encrypted',
    fires: [
      ['warning', totals({ encryptedStarttls: 95 }), /95 % .*encrypted/, /proxy that ends TLS/],
      ['warning', totals({ xmppFlows: 0, encryptedDirect: 20 }), /100 %/, /TLS/],
    ],
    near: [
      totals({ encryptedStarttls: 89 }),
      totals({ xmppFlows: 19, encryptedStarttls: 19 }),
      totals({}),
    ],
  },
  {
    check: 'workers',
    fires: [
      [
        'bad',
        { workers: [worker, { ...worker, id: '1', isUp: false }] },
        /worker 1 is down/,
        /started again/,
      ],
      ['warning', { workers: [{ ...worker, restarts: 1 }] }, /died once/, /log/],
      ['warning', { workers: [{ ...worker, restarts: 3 }] }, /3 times/, /log/],
    ],
    near: [{ workers: [worker] }, { workers: [] }],
  },
  {
    check: 'lag',
    fires: [
      ['warning', { workers: [{ ...worker, lagSeconds: 2 }] }, /wait 2 seconds/, /workers/],
      ['bad', { workers: [{ ...worker, lagSeconds: 40 }] }, /wait 40 seconds/, /ring/],
    ],
    near: [
      { workers: [{ ...worker, lagSeconds: 1.9 }] },
      { workers: [{ ...worker, lagSeconds: 4000 }] },
      { workers: [] },
    ],
  },
  {
    check: 'clock',
    fires: [
      ['warning', { aheadSeconds: 10 }, /10 seconds in the future/, /timedatectl/],
      ['warning', { aheadSeconds: -90_000 }, /25 hours in the past/, /timedatectl/],
    ],
    near: [
      { aheadSeconds: 4 },
      { aheadSeconds: -3000 },
      { aheadSeconds: undefined },
      { aheadSeconds: -90_000, isLive: false },
    ],
  },
  {
    check: 'limits',
    fires: [
      ['warning', lately({ degradedFlows: 1 }), /connections were looked at less/, /limit/],
      ['warning', lately({ recordsDropped: 4 }), /4 records/, /limit/],
    ],
    near: [totals({ degradedFlows: 7 }), totals({ recordsDropped: 7 })],
  },
  {
    check: 'rules',
    fires: [
      ['bad', rulesOf({ problem: 'a.rules:3:1: no' }), /reload failed.*a\.rules:3:1/, /check/],
      ['bad', rulesOf({ loaded: 0 }), /No rule/, /rules\.files/],
      ['warning', rulesOf({ failed: 2 }), /2 rules were refused/, /check/],
      ['warning', rulesOf({ reloadedUsec: NOW - 90 * DAY }), /90 days ago/, /newer/],
    ],
    near: [rulesOf({ reloadedUsec: NOW - 89 * DAY }), rulesOf({ reloadedUsec: undefined })],
  },
  {
    check: 'store',
    fires: [
      ['bad', { sinks: [{ sink: 'sqlite', problem: 'disk full' }] }, /disk full/, /space/],
      ['warning', storeOf({ dropped: 1 }), /1 records were given up/, /store\.queue/],
    ],
    near: [{ sinks: [{ sink: 'eve', problem: 'disk full' }] }, storeOf({ writeErrors: 3 })],
  },
  {
    check: 'queue',
    fires: [
      ['warning', storeOf({ queueLength: 250 }), /250 records wait.*25 %/, /slow/],
      ['bad', storeOf({ queueLength: 900 }), /90 %/, /given up/],
    ],
    near: [storeOf({ queueLength: 249 }), storeOf({ queueLength: 0, queueLimit: 0 })],
  },
  {
    check: 'room',
    fires: [['warning', storeOf({ bytes: 9.5e8 }), /950 MB of the 1\.0 GB/, /max_bytes/]],
    near: [storeOf({ bytes: 9.4e8 }), storeOf({ bytes: 9e9, maxBytes: 0 })],
  },
  {
    check: 'disk',
    fires: [
      ['warning', { disk: { freeBytes: 9e8, bytes: 1e10 } }, /900 MB left/, /Free space/],
      ['warning', { disk: { freeBytes: 4e9, bytes: 1e11 } }, /4\.0 GB left/, /Free space/],
      ['bad', { disk: { freeBytes: 1e8, bytes: 1e11 } }, /100 MB left/, /Free space/],
    ],
    near: [{ disk: { freeBytes: 6e9, bytes: 1e11 } }, { disk: undefined }],
  },
  {
    check: 'memory',
    fires: [
      ['warning', { memory: [{ pool: 'flow', used: 85, limit: 100 }] }, /of flow is 85 %/, /limit/],
      ['bad', { memory: [{ pool: 'flow', used: 99, limit: 100 }] }, /99 % full/, /limit/],
    ],
    near: [
      { memory: [{ pool: 'flow', used: 84, limit: 100 }] },
      { memory: [{ pool: 'rss', used: 1e9, limit: 0 }] },
      { memory: [] },
    ],
  },
  {
    check: 'files',
    fires: [
      ['warning', lately({ filesStoreFull: 2 }), /2 files were not kept/, /store_bytes/],
      ['warning', lately({ filesStoreFailed: 2 }), /2 files could not be written/, /writable/],
    ],
    near: [totals({ filesStoreFull: 5 }), totals({ filesStoreFailed: 5 })],
  },
  {
    check: 'packets',
    fires: [
      ['warning', lately({ packetsDroppedDisk: 2 }), /2 packets.*refused/, /writable/],
      ['warning', lately({ packetsDroppedQueue: 2 }), /too slow/, /packets\.keep/],
    ],
    near: [totals({ packetsDroppedDisk: 5 }), lately({ packetsDroppedRoom: 5 })],
  },
  {
    check: 'eve',
    fires: [['bad', { sinks: [{ sink: 'eve', problem: 'no space' }] }, /no space/, /Free space/]],
    near: [{ sinks: [{ sink: 'sqlite', problem: 'no space' }] }],
  },
  {
    check: 'webhooks',
    fires: [
      [
        'warning',
        { sinks: [{ sink: 'webhook', problem: 'refused' }], webhooks: { lost: 0, waiting: 4 } },
        /4 messages wait: refused/,
        /output\.webhooks/,
      ],
      ['warning', { webhooks: { lost: 2, waiting: 0 } }, /2 messages/, /log/],
    ],
    near: [{ webhooks: { lost: 0, waiting: 9 } }],
  },
  {
    check: 'sensor',
    fires: [
      [
        'bad',
        { isLive: false, reportedUsec: NOW - 3 * 3600 * 1e6 },
        /said nothing for 3 hours/,
        /stanzawatch run/,
      ],
    ],
    near: [
      { isLive: false, reportedUsec: NOW - 60e6 },
      { isLive: false, reportedUsec: NOW - 3 * 3600 * 1e6, uptimeSeconds: 0 },
      { isLive: false, reportedUsec: undefined },
      { reportedUsec: NOW - DAY },
    ],
  },
  {
    check: 'packs',
    fires: [
      [
        'warning',
        {
          packs: {
            unpacked: 900_000,
            problem: 'attempt to write a readonly database',
            isOld: false,
          },
        },
        /900,000 alerts are not packed.*readonly/,
        /writable/,
      ],
      [
        'warning',
        { packs: { unpacked: 900_000, problem: '', isOld: true } },
        /an older version/,
        /brings it up to date/,
      ],
    ],
    near: [{ packs: undefined }, { packs: { unpacked: 900_000, problem: '', isOld: false } }],
  },
];

describe('health checks', () => {
  it('are all ok for a sensor that is well, and say so', () => {
    const checks = healthChecks(WELL);
    assert.deepEqual(
      checks.filter(({ state }) => state !== 'ok'),
      [],
    );
    assert.deepEqual(
      checks.map(({ name }) => name),
      ['capture', 'drops', 'shed', 'seen', 'workers', 'rules', 'store'],
    );
    assert.ok(checks.every(({ text, fix }) => text !== '' && fix === ''));
  });

  for (const { check, fires, near } of CASES) {
    it(`${check}: fires and says what to do; does not where it is near`, () => {
      for (const [state, changes, text, fix] of fires) {
        const found = checkOf(check, changes);
        assert.equal(found?.state, state, `${text.source}: ${found?.text ?? 'nothing'}`);
        assert.match(found.text, text);
        assert.match(found.fix, fix);
      }
      for (const changes of near) {
        const found = checkOf(check, changes);
        assert.ok(found === undefined || found.state === 'ok', found?.text);
      }
    });
  }

  it('tell the share of a capture with small gaps as a fact, that of a sensor behind a store as a fault', () => {
    const gaps: Figures = { tcpSeenBytes: 9.5e7, tcpGapBytes: 5e6 };
    const files = checkOf('seen', replayed(gaps));
    assert.deepEqual(
      [files?.state, files?.text, files?.fix],
      ['ok', '95 % of the stream bytes are in the capture files', ''],
    );
    const behind = checkOf('seen', { ...replayed(gaps), uptimeSeconds: 60 });
    assert.equal(behind?.state, 'warning');
    assert.match(behind.fix, /mirror port/);
  });

  it('are in the whole answer', () => {
    const health = healthOf(WELL, { sensor: 'edge-1', version: '0.1.0' });
    assert.equal(health.seenPercent, 100);
    assert.equal(health.checks.length, healthChecks(WELL).length);
    assert.deepEqual(health.figures[0], ['Packets', 1_000_000]);
  });
});

describe('the watch', () => {
  const values = (counted: Figures): Float64Array => {
    const array = new Float64Array(Object.keys(COUNTER).length);
    for (const [name, value] of Object.entries(counted)) {
      array[COUNTER[name as keyof Figures]] = value;
    }
    return array;
  };
  const told = (packets: number, changes: object = {}): Parameters<HealthWatch['update']>[1] => ({
    interfaces: [{ interfaceName: 'eth1', ...face, packets }],
    memory: { flow: 50, rss: 7 },
    lagSeconds: 1,
    ...changes,
  });

  it('knows what came since the first sample, and whose packets are whose', () => {
    const watch = new HealthWatch();
    watch.workerReady('0');
    watch.workerReady('1');
    watch.update('0', told(60), 60, () => values({ capturePackets: 60 }));
    watch.update('1', told(40, { memory: { flow: 80 } }), 100, () => values({}));
    const facts = watch.facts(values({ capturePackets: 100 }), { flow: 100 });
    assert.equal(facts.totals.capturePackets, 100);
    assert.equal(facts.lately.counted.capturePackets, 40);
    assert.equal(facts.interfaces.length, 1);
    assert.equal(facts.interfaces[0]?.packets, 100);
    assert.deepEqual(facts.memory, [
      { pool: 'flow', used: 80, limit: 100 },
      { pool: 'rss', used: 7, limit: 0 },
    ]);
    assert.ok((facts.silentSeconds ?? 99) < 5);
  });

  it('an interface that one worker lost is lost', () => {
    const watch = new HealthWatch();
    const lost = { interfaces: [{ interfaceName: 'eth1', ...face, isCapturing: false }] };
    watch.update('0', told(1), 1, () => values({}));
    watch.update('1', told(1, lost), 1, () => values({}));
    assert.equal(watch.facts(values({}), {}).interfaces[0]?.isCapturing, false);
  });

  it('counts who died, by worker', () => {
    const watch = new HealthWatch();
    watch.workerReady('0');
    watch.workerReady('1');
    watch.workerLost('1');
    const down = watch.facts(values({}), {}).workers;
    assert.deepEqual(
      down.map(({ isUp, restarts }) => [isUp, restarts]),
      [
        [true, 0],
        [false, 0],
      ],
    );
    watch.workerReady('1');
    assert.equal(watch.facts(values({}), {}).workers[1]?.restarts, 1);
  });

  it('knows no packet before the first, and whose clock is ahead', () => {
    const watch = new HealthWatch();
    watch.update('0', told(0), 0, () => values({}));
    assert.equal(watch.facts(values({}), {}).silentSeconds, undefined);
    watch.update('0', told(1, { packetUsec: wallClockUsec() + 60e6 }), 1, () => values({}));
    const { aheadSeconds = 0 } = watch.facts(values({}), {});
    assert.ok(Math.abs(aheadSeconds - 60) < 2);
  });
});
