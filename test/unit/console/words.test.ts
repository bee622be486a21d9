import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';
import type { HealthCheck, StatsPoint } from '../../../sensor/api/contract.ts';
import type { CampaignSummary, StoredFile } from '../../../sensor/core/rows.ts';
import {
  heldBy,
  sizeSentence,
  trendOf,
} from '../../../dashboards/console/src/logic/campaign-words.ts';
import {
  disguiseSentence,
  inspectedSentence,
  keptPath,
  seenSentence,
  seenShort,
  verdictOf,
} from '../../../dashboards/console/src/logic/file-words.ts';
import { healthLine } from '../../../dashboards/console/src/logic/health-line.ts';
import {
  fillState,
  healthStory,
  lossPercent,
  lossesOf,
  seriesOf,
} from '../../../dashboards/console/src/logic/health-words.ts';
import { few, tlsSentence, tlsUse } from '../../../dashboards/console/src/logic/people-words.ts';

const FILE: StoredFile = {
  ...{ id: 1, fileId: 'f', tsUsec: 2, startUsec: 1, sensor: 's', flowId: 1, communityId: '' },
  ...{
    inIface: '',
    pcapFilename: '',
    srcIp: '',
    srcPort: 0,
    destIp: '',
    destPort: 0,
    ipVersion: 4,
  },
  ...{ road: 'ibb', protocol: 'si', from: 'a@x', to: 'b@x', sid: '', name: 'n' },
  ...{ announcedBytes: 100, announcedMime: 'text/plain', seenBytes: 100, gapBytes: 0 },
  ...{ magic: 'Text, ASCII', mime: 'text/plain', sha256: 'abcdef', md5: '', isComplete: true },
  ...{ lack: '', inspected: 'whole', unseen: '', members: 0, found: {}, alerts: 0 },
  keptUsec: undefined,
};

describe('words of files', () => {
  it('says how much was seen', () => {
    assert.equal(seenShort(FILE), 'whole');
    const half = { ...FILE, isComplete: false, lack: 'cut_off', seenBytes: 50 };
    assert.equal(seenShort(half), '50 %');
    assert.match(seenSentence(half), /not seen whole.*connection ended.*50 bytes of 100 bytes/);
    const unsaid = { ...half, announcedBytes: -1 };
    assert.equal(seenShort(unsaid), 'cut off');
    assert.doesNotMatch(seenSentence(unsaid), /-1/);
  });

  it('never calls a file clean', () => {
    const cases: Partial<StoredFile>[] = [
      {},
      { isComplete: false, lack: 'gap' },
      { inspected: 'partly', unseen: 'time' },
      { inspected: 'none' },
    ];
    const texts = cases.map((each) => verdictOf({ ...FILE, ...each }));
    for (const { text } of texts) assert.doesNotMatch(text, /clean|safe|\bok\b/i);
    assert.deepEqual(
      texts.map(({ state }) => state),
      ['quiet', 'unsure', 'unsure', 'unsure'],
    );
  });

  it('names what was found, the most frequent first', () => {
    const { state, text } = verdictOf({ ...FILE, found: { 'file-macro': 1, 'dlp-iban': 12 } });
    assert.equal(state, 'found');
    assert.equal(text, 'Found: dlp-iban (12 times), file-macro');
  });

  it('says why not all was looked into, also for a reason it does not know', () => {
    const partly = { ...FILE, inspected: 'partly' as const, unseen: 'members, bzip2', members: 3 };
    assert.equal(
      inspectedSentence(partly),
      'Only a part was looked into: it holds more members than are opened, bzip2 cannot be read. It holds 3 members.',
    );
  });

  it('tells an offer that does not fit the bytes', () => {
    assert.equal(disguiseSentence(FILE), '');
    const mime = 'application/vnd.microsoft.portable-executable';
    assert.equal(
      disguiseSentence({ ...FILE, mime, announcedBytes: 7 }),
      `It was offered as text/plain, and its bytes are ${mime}; 7 bytes were offered and 100 bytes came.`,
    );
    const zip = { ...FILE, announcedMime: 'application/x-zip; a=b', mime: 'application/zip' };
    assert.equal(disguiseSentence(zip), '');
    assert.equal(disguiseSentence({ ...FILE, announcedBytes: -1, announcedMime: '' }), '');
  });

  it('knows where a kept file lies', () => {
    assert.equal(keptPath(FILE), '');
    assert.equal(keptPath({ ...FILE, keptUsec: 3 }), 'files/ab/cdef');
  });
});

describe('words of people', () => {
  it('says how much went on under TLS', () => {
    assert.equal(tlsUse({ sessions: 4, tlsSessions: 0 }), 'never');
    assert.equal(tlsUse({ sessions: 4, tlsSessions: 4 }), 'always');
    assert.equal(tlsUse({ sessions: 4, tlsSessions: 1 }), '1 of 4');
    assert.match(tlsSentence({ sessions: 1, tlsSessions: 0 }), /its 1 session could/);
    assert.match(tlsSentence({ sessions: 4, tlsSessions: 1 }), /^3 of its 4 sessions could/);
  });

  it('names the first few', () => {
    assert.deepEqual(few(['a', 'b', 'c']), { shown: ['a', 'b'], more: 1 });
    assert.deepEqual(few([]), { shown: [], more: 0 });
  });
});

describe('words of campaigns', () => {
  const campaign: CampaignSummary = {
    ...{ campaignId: 'c', sensor: 's', kind: 'link', fingerprint: 'f' },
    ...{ firstUsec: 0, lastUsec: 60e6, messages: 120, senders: 1, domains: 1, recipients: 20 },
    ...{ senderSamples: [], domainSamples: [], alerts: 1 },
  };

  it('says what holds it together and how large it is', () => {
    assert.equal(heldBy('link'), 'the same link');
    assert.equal(
      sizeSentence(campaign),
      '120 messages of one sender in one domain to 20 recipients',
    );
  });

  it('says whether it goes on, and how fast', () => {
    assert.deepEqual(trendOf(campaign, 120e6), { isGrowing: true, text: 'growing, 2 a second' });
    assert.deepEqual(trendOf(campaign, 1e14), {
      isGrowing: false,
      text: 'quiet, was 2 a second',
    });
    assert.equal(trendOf({ ...campaign, lastUsec: 18e3 }, 0).text, 'growing, all at once');
    assert.equal(trendOf({ ...campaign, lastUsec: 86400e6 }, 86400e6).text, 'growing, 5 an hour');
  });
});

describe('words of health', () => {
  const check = (name: string, state: HealthCheck['state']): HealthCheck => ({
    ...{ name, state, text: name },
    fix: '',
  });

  it('puts what is wrong first', () => {
    const checks = [check('a', 'ok'), check('b', 'warning'), check('c', 'bad')];
    const story = healthStory({ checks, isLive: true });
    assert.equal(story.state, 'bad');
    assert.equal(story.headline, 'One thing is wrong');
    assert.deepEqual(
      story.troubles.map(({ name }) => name),
      ['c', 'b'],
    );
    assert.deepEqual(
      story.well.map(({ name }) => name),
      ['a'],
    );
    const [a, b] = checks;
    assert.equal(
      healthStory({ checks: [a, b].filter((each) => each !== undefined), isLive: true }).headline,
      'One thing needs a look',
    );
    assert.equal(healthStory({ checks: [], isLive: false }).headline, 'The store is well');
  });

  it('says no more than is known in the top bar', () => {
    const ok = { name: 'store', state: 'ok', text: 'The store is written', fix: '' } as const;
    const bad = { ...ok, state: 'bad', text: 'The disk is full' } as const;
    const replay = { ...ok, name: 'sensor', text: 'No sensor runs: filled from captures' } as const;
    assert.deepEqual(healthLine({ checks: [ok], isLive: true }, false), {
      state: 'ok',
      words: 'All well',
    });
    assert.deepEqual(healthLine({ checks: [ok, bad], isLive: false }, false), {
      state: 'bad',
      words: 'The disk is full',
    });
    assert.deepEqual(healthLine({ checks: [ok, replay], isLive: false }, false), {
      state: 'unknown',
      words: replay.text,
    });
    assert.match(healthLine({ checks: [ok], isLive: false }, false).words, /No sensor runs/);
    assert.equal(healthLine({ checks: [ok], isLive: true }, true).words, 'Sensor unreachable');
    assert.equal(healthLine(undefined, false).state, 'unknown');
  });

  it('tells losses by reason', () => {
    const face = {
      ...{ name: 'eth0', isCapturing: true, packets: 98, bytes: 1 },
      ...{ droppedKernel: 2, droppedInterface: 0, droppedShed: 0 },
    };
    assert.equal(lossPercent(face), 2);
    assert.equal(lossesOf(face).length, 1);
    assert.equal(lossPercent({ ...face, packets: 0, droppedKernel: 0 }), 0);
    assert.deepEqual([10, 80, 95].map(fillState), ['ok', 'warning', 'bad']);
  });

  it('draws no line over a pause, and puts points in order', () => {
    const point = (seconds: number): StatsPoint => ({
      ...{ tsUsec: seconds * 1e6, packetsPerSecond: seconds, bytesPerSecond: 0 },
      ...{ droppedPerSecond: 0, stanzasPerSecond: 0, flowsActive: 0, seenPercent: undefined },
    });
    const points = [30, 10, 20, 40, 400, 410].map(point);
    const [seconds, packets, seen] = seriesOf({ points }, ['packetsPerSecond', 'seenPercent']);
    assert.deepEqual(seconds, [10, 20, 30, 40, 50, 400, 410]);
    assert.deepEqual(packets, [10, 20, 30, 40, null, 400, 410]);
    assert.ok(seen?.every((value) => value === null));
  });
});
