import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defaultLimits } from '../../../sensor/core/index.ts';
import { START_USEC, concat, writePcap } from '../../support/packets.ts';
import { patched } from '../decode/decode.ts';
import { read, textPackets } from './files.ts';

const FILE_HEADER = 24;
const RECORD_HEADER = 16;

describe('pcap', () => {
  for (const nanoseconds of [false, true]) {
    for (const bigEndian of [false, true]) {
      it(`${nanoseconds ? 'ns' : 'us'}, ${bigEndian ? 'big' : 'little'} endian is read`, async () => {
        const packets = textPackets('one', 'two', '', 'four');
        const { result, seen } = await read(writePcap(packets, { nanoseconds, bigEndian }));
        assert.deepEqual(result, { packets: 4, bytes: 10, problem: undefined });
        assert.deepEqual(
          seen.map((packet) => [packet.text, packet.tsUsec - START_USEC, packet.packetNumber]),
          [
            ['one', 0, 1],
            ['two', 1_000_001, 2],
            ['', 2_000_002, 3],
            ['four', 3_000_003, 4],
          ],
        );
      });
    }
  }

  it('nanoseconds are cut to microseconds, not rounded', async () => {
    const file = writePcap(textPackets('x'), { nanoseconds: true });
    new DataView(file.buffer).setUint32(FILE_HEADER + 4, 999_999_999, true);
    const { seen } = await read(file);
    assert.equal(seen[0]?.tsUsec, START_USEC + 999_999);
  });

  it('the modified format has longer record headers', async () => {
    const plain = writePcap(textPackets('abc'));
    const extra = Uint8Array.from([1, 0, 0, 0, 0, 8, 0, 0]);
    const modified = concat([
      patched(plain.subarray(0, FILE_HEADER), [0, 0x34], [1, 0xcd]),
      plain.subarray(FILE_HEADER, FILE_HEADER + RECORD_HEADER),
      extra,
      plain.subarray(FILE_HEADER + RECORD_HEADER),
    ]);
    const { texts, result } = await read(modified);
    assert.deepEqual(texts, ['abc']);
    assert.equal(result.problem, undefined);
  });

  it('the link type is given without the bits about the frame check sequence', async () => {
    const { seen } = await read(writePcap(textPackets('x'), { link: 0x54000071 }));
    assert.equal(seen[0]?.linkType, 113);
  });

  it('wirelen is at least caplen', async () => {
    const [packet] = textPackets('abcd');
    assert.ok(packet !== undefined);
    const cut = await read(writePcap([{ ...packet, wirelen: 1500 }]));
    assert.equal(cut.seen[0]?.wirelen, 1500);
    const odd = await read(writePcap([{ ...packet, wirelen: 1 }]));
    assert.equal(odd.seen[0]?.wirelen, 4);
  });

  it('a file without packets is a capture', async () => {
    const { result } = await read(writePcap([]));
    assert.deepEqual(result, { packets: 0, bytes: 0, problem: undefined });
  });

  it('cut anywhere, gives the whole packets before and says where it ends', async () => {
    const file = writePcap(textPackets('first', 'second'));
    const boundaries = new Map([
      [FILE_HEADER, 0],
      [FILE_HEADER + RECORD_HEADER + 5, 1],
    ]);
    for (let length = 4; length < file.length; length++) {
      const { result, path } = await read(file.subarray(0, length));
      const whole = boundaries.get(length);
      if (whole !== undefined) {
        assert.deepEqual([result.packets, result.problem], [whole, undefined], String(length));
        continue;
      }
      const expected = length < FILE_HEADER ? 0 : length < FILE_HEADER + RECORD_HEADER + 5 ? 0 : 1;
      const offset = length < FILE_HEADER ? 0 : FILE_HEADER + expected * (RECORD_HEADER + 5);
      assert.equal(result.packets, expected, String(length));
      assert.equal(result.problem, `${path}: truncated at byte ${offset}`);
    }
  });

  it('an impossible packet length ends reading there, with what came before delivered', async () => {
    const file = writePcap(textPackets('good', 'bad', 'lost'));
    const second = FILE_HEADER + RECORD_HEADER + 4;
    for (const length of [0xffffffff, 0x80000000, 1024 * 1024 + 1]) {
      const damaged = Uint8Array.from(file);
      new DataView(damaged.buffer).setUint32(second + 8, length, true);
      const { result, texts, path } = await read(damaged);
      assert.deepEqual(texts, ['good']);
      assert.equal(
        result.problem,
        `${path}: packet 2 claims ${length} bytes: damaged at byte ${second}`,
      );
    }
  });

  it('the limit of a record is the configured one', async () => {
    const limits = { ...defaultLimits(), captureRecordBytes: 10 };
    const { result, texts } = await read(writePcap(textPackets('0123456789', '01234567890')), {
      limits,
    });
    assert.deepEqual(texts, ['0123456789']);
    assert.match(result.problem ?? '', /packet 2 claims 11 bytes/);
  });

  it('packets of the largest size and many windows of them are read', async () => {
    const big = 'x'.repeat(1024 * 1024);
    const { result, texts } = await read(writePcap(textPackets('a', big, 'b', big, big, 'c')));
    assert.equal(result.problem, undefined);
    assert.deepEqual(
      texts.map((text) => text.length),
      [1, 1048576, 1, 1048576, 1048576, 1],
    );
    assert.ok(texts[4] === big);
  });
});
