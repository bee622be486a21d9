import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildFileRecord, fileIdOf, type EndedFile } from '../../../sensor/alert/index.ts';
import { T0, SECOND, makeFlow } from './sample.ts';

const SHA256 = 'ab'.repeat(32);
const ORIGIN = { fileName: '01.pcap', interfaceName: 'span0', packetNumber: 9 };
const LOOK = {
  type: { magic: 'Zip archive', mime: 'application/zip' },
  parts: [{}, {}, {}],
  unseen: '',
};

const offer = {
  from: 'alice@corp.example/desk',
  to: 'bob@partner.example/phone',
  protocol: 'si',
  sid: 's5b_1',
  name: 'plan.zip',
  size: 4096,
  mime: 'application/zip',
};

const whole: EndedFile = {
  road: 'socks5',
  offer,
  start: { tsUsec: T0, direction: 0 },
  end: { tsUsec: T0 + SECOND },
  seenBytes: 4096,
  gapBytes: 0,
  lack: '',
  sha256: SHA256,
  md5: 'cd'.repeat(16),
  isContentWhole: true,
  unseen: '',
};

const info = makeFlow(4712);

function recordOf(
  changes: Partial<EndedFile>,
  look: typeof LOOK | undefined = LOOK,
): ReturnType<typeof buildFileRecord> {
  return buildFileRecord('sensor-1', { ...whole, ...changes }, info, ORIGIN, look, {});
}

describe('buildFileRecord()', () => {
  it('says who sent what to whom, over which flow, and what was found', () => {
    const record = buildFileRecord('sensor-1', whole, info, ORIGIN, LOOK, { 'dlp-iban': 3 });
    assert.deepEqual(
      [record.srcIp, record.srcPort, record.destIp, record.destPort, record.communityId],
      [info.clientIp, info.clientPort, info.serverIp, info.serverPort, info.communityId],
    );
    assert.deepEqual(
      [record.from, record.to, record.name, record.road, record.protocol, record.sid],
      [offer.from, offer.to, 'plan.zip', 'socks5', 'si', 's5b_1'],
    );
    assert.deepEqual(
      [record.magic, record.sha256, record.isComplete, record.inspected, record.members],
      ['Zip archive', SHA256, true, 'whole', 2],
    );
    assert.deepEqual(record.found, { 'dlp-iban': 3 });
    assert.deepEqual([record.startUsec, record.tsUsec], [T0, T0 + SECOND]);
    const down = recordOf({ start: { tsUsec: T0, direction: 1 } });
    assert.deepEqual([down.srcIp, down.destIp], [info.serverIp, info.clientIp]);
  });

  it('never calls whole what was not seen or not looked at whole', () => {
    const cases: readonly [Partial<EndedFile>, typeof LOOK | undefined, boolean, string, string][] =
      [
        [{}, LOOK, true, 'whole', ''],
        [{}, { ...LOOK, unseen: 'encrypted' }, true, 'partly', 'encrypted'],
        [{ isContentWhole: false, unseen: 'size' }, LOOK, true, 'partly', 'size'],
        [
          { isContentWhole: false, unseen: 'size' },
          { ...LOOK, unseen: 'time' },
          true,
          'partly',
          'size, time',
        ],
        [{ isContentWhole: false, unseen: 'memory' }, undefined, true, 'none', 'memory'],
        [{}, undefined, true, 'none', 'inspector'],
        [{ lack: 'gap', isContentWhole: false, sha256: '', md5: '' }, LOOK, false, 'partly', ''],
        [{ lack: 'cut_off', isContentWhole: false, seenBytes: 0 }, undefined, false, 'none', ''],
        [{ seenBytes: 0 }, undefined, true, 'whole', ''],
      ];
    for (const [changes, look, isComplete, inspected, unseen] of cases) {
      const record = buildFileRecord('s', { ...whole, ...changes }, info, ORIGIN, look, {});
      assert.deepEqual(
        [record.isComplete, record.inspected, record.unseen],
        [isComplete, inspected, unseen],
        JSON.stringify(changes),
      );
    }
  });

  it('knows a file without an offer by its flow alone', () => {
    const record = recordOf({ offer: undefined });
    assert.deepEqual(
      [record.from, record.to, record.name, record.protocol, record.announcedBytes],
      ['', '', '', '', -1],
    );
  });

  it('shows no secret that stands in a name, a resource or an URL, and cuts what is long', () => {
    const record = recordOf({
      offer: {
        ...offer,
        from: 'alice@corp.example/4111 1111 1111 1111',
        to: `bob@partner.example/${'x'.repeat(5000)}`,
        sid: 'https://u:hunter2pass@up.example/slot/plan.zip?sig=c2VjcmV0c2VjcmV0c2VjcmV0',
        name: 'card 4111-1111-1111-1111 AKIAQ7Z2M4N6P3R5T2V4.pdf',
        mime: 'text/plain; token=Zx81kkq0Rt',
      },
    });
    const text = JSON.stringify(record);
    for (const secret of [
      '1111 1111',
      '1111-1111',
      'hunter2pass',
      'Q7Z2M4N6',
      'c2VjcmV0c2Vj',
      'Zx81',
    ]) {
      assert.ok(!text.includes(secret), `${secret} in ${text}`);
    }
    assert.match(record.from, /^alice@corp\.example\//, 'the account is what the record is about');
    assert.equal(record.to.length, 3071);
  });

  it('leaves names as they are that only look like numbers', () => {
    for (const name of [
      'Screenshot_20231118-101500_Chrome.png',
      'Screenshot 2026-11-21 17-21-00.png',
      'IMG-20231118-WA0007.jpg',
      '1695017621532.jpg',
      '3f2504e0-4f89-41d3-9a0c-0305e82c3301.webp',
      'Angebot 2026-000123 Müller & Söhne (final).docx',
      'DE_Quartalsbericht_Q3_2026_v12_FINAL_neu.xlsx',
    ]) {
      assert.equal(recordOf({ offer: { ...offer, name } }).name, name);
    }
    const jumble = 'x7Kd92mQpL4vT8zWn3RbYq5.txt';
    assert.doesNotMatch(recordOf({ offer: { ...offer, name: jumble } }).name, /mQpL4vT8zWn3/);
  });
});

describe('fileIdOf()', () => {
  it('is the same in every replay and another for every other file', () => {
    const id = fileIdOf('sensor-1', whole, info);
    assert.match(id, /^[0-9a-f]{32}$/);
    assert.equal(fileIdOf('sensor-1', { ...whole }, { ...info, flowId: 99 }), id);
    assert.equal(recordOf({}).fileId, id);
    const others = [
      fileIdOf('sensor-2', whole, info),
      fileIdOf('sensor-1', { ...whole, sha256: 'cd'.repeat(32) }, info),
      fileIdOf('sensor-1', { ...whole, road: 'ibb' }, info),
      fileIdOf('sensor-1', { ...whole, start: { tsUsec: T0 + 1, direction: 0 } }, info),
      fileIdOf('sensor-1', { ...whole, offer: { ...offer, sid: 's5b_2' } }, info),
      fileIdOf('sensor-1', whole, { ...info, startUsec: info.startUsec + 1 }),
      fileIdOf('sensor-1', whole, { ...info, communityId: '1:other' }),
    ];
    assert.equal(new Set([id, ...others]).size, others.length + 1);
  });
});
