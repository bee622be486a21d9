import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defaultLimits } from '../../../sensor/core/index.ts';
import { TickScale } from '../../../sensor/capture/pcapng-time.ts';
import { START_USEC, concat } from '../../support/packets.ts';
import { patched } from '../decode/decode.ts';
import { PcapngWriter, read } from './files.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('pcapng', () => {
  for (const byteOrder of ['little', 'big'] as const) {
    it(`${byteOrder} endian: interfaces have names, link types and clocks of their own`, async () => {
      const w = new PcapngWriter(byteOrder);
      const offset = byteOrder === 'little' ? [10, 0, 0, 0, 0, 0, 0, 0] : [0, 0, 0, 0, 0, 0, 0, 10];
      const { seen, result } = await read(
        concat([
          w.section(w.option(4, utf8('a comment'))),
          w.interface(1, 65535, w.option(2, utf8('eth0')), w.option(0, utf8(''))),
          w.interface(113, 0, w.option(2, utf8('any')), w.option(9, Uint8Array.from([9]))),
          w.packet('usec', { ticks: BigInt(START_USEC) }),
          w.packet('nsec', { id: 1, ticks: BigInt(START_USEC) * 1000n + 999n }),
          w.interface(276, 0, w.option(14, Uint8Array.from(offset))),
          w.packet('offset', { id: 2, ticks: 5n, wirelen: 999, tail: w.option(1, utf8('note')) }),
        ]),
      );
      assert.equal(result.problem, undefined);
      assert.deepEqual(
        seen.map((p) => [p.text, p.interfaceName, p.linkType, p.tsUsec, p.wirelen, p.packetNumber]),
        [
          ['usec', 'eth0', 1, START_USEC, 4, 1],
          ['nsec', 'any', 113, START_USEC, 4, 2],
          ['offset', '', 276, 10_000_005, 999, 3],
        ],
      );
    });
  }

  it('a new section forgets the interfaces and may turn the byte order', async () => {
    const [little, big] = [new PcapngWriter('little'), new PcapngWriter('big')];
    const first = [little.section(), little.interface(1), little.packet('a')];
    const second = [big.section(), big.interface(101), big.packet('b')];
    const { seen, result } = await read(concat([...first, ...second]));
    assert.equal(result.problem, undefined);
    assert.deepEqual(
      seen.map((p) => [p.text, p.linkType]),
      [
        ['a', 1],
        ['b', 101],
      ],
    );
    const without = await read(concat([...first, big.section(), big.packet('b')]));
    assert.deepEqual(without.texts, ['a']);
    assert.match(
      without.result.problem ?? '',
      /packet 2 is of interface 0, which is not described/,
    );
  });

  it('simple packets take length and time from what is known', async () => {
    const w = new PcapngWriter();
    const { seen } = await read(
      concat([
        w.section(),
        w.interface(1, 4),
        w.packet('dated', { ticks: BigInt(START_USEC + 7) }),
        w.simple('abcd', 1500),
        w.simple('ab', 2),
      ]),
    );
    assert.deepEqual(
      seen.slice(1).map((p) => [p.text, p.wirelen, p.tsUsec]),
      [
        ['abcd', 1500, START_USEC + 7],
        ['ab', 2, START_USEC + 7],
      ],
    );
  });

  it('obsolete packet blocks are read', async () => {
    const w = new PcapngWriter();
    const { seen } = await read(
      concat([w.section(), w.interface(1), w.interface(101), w.obsolete('old', 1, 42n)]),
    );
    assert.deepEqual([seen[0]?.text, seen[0]?.linkType, seen[0]?.tsUsec], ['old', 101, 42]);
  });

  it('unknown blocks are passed over, larger than any window too', async () => {
    const w = new PcapngWriter();
    const { texts, result } = await read(
      concat([
        w.section(),
        w.block(5, new Uint8Array(20)),
        w.interface(1),
        w.packet('a'),
        w.block(0x80000001, new Uint8Array(5_000_000)),
        w.packet('b'),
        w.block(0xbad),
      ]),
    );
    assert.deepEqual(texts, ['a', 'b']);
    assert.equal(result.problem, undefined);
  });

  it('cut anywhere, gives the whole packets before', async () => {
    const w = new PcapngWriter();
    const blocks = [
      w.section(),
      w.interface(1),
      w.packet('aa'),
      w.block(99, new Uint8Array(8)),
      w.packet('bb'),
    ];
    const file = concat(blocks);
    const ends = blocks.map((_, i) => concat(blocks.slice(0, i + 1)).length);
    for (let length = 4; length < file.length; length++) {
      const { result, path } = await read(file.subarray(0, length));
      assert.equal(result.packets, length >= (ends[2] ?? 0) ? 1 : 0, String(length));
      if (ends.includes(length)) assert.equal(result.problem, undefined, String(length));
      else assert.ok(result.problem?.startsWith(`${path}: truncated at byte `), String(length));
    }
  });

  it('damage ends reading and is described', async () => {
    const w = new PcapngWriter();
    const start = [w.section(), w.interface(1), w.packet('ok')];
    const good = concat(start);
    const packet = w.packet('data');
    const cases: readonly (readonly [Uint8Array, RegExp])[] = [
      [w.u32(6, 0), /block length 0 is impossible: damaged at byte/],
      [w.u32(6, 11, 0), /block length 11 is impossible/],
      [w.u32(77, 0xffffffff, 0), /block length 4294967295 is impossible/],
      [w.u32(77, 0xfffffffc, 0), /truncated/],
      [w.u32(6, 0xfffffffc, 0), /block claims 4294967292 bytes/],
      [patched(packet, [packet.length - 4, 1]), /block of 36 bytes ends with length 1/],
      [patched(packet, [20, 200]), /packet 2 claims 200 bytes in a block of 36/],
      [patched(packet, [23, 255]), /packet 2 claims 4278190084 bytes in a block of 36/],
      [patched(packet, [8, 1]), /packet 2 is of interface 1, which is not described/],
      [w.block(6, new Uint8Array(8)), /packet block is too short/],
      [w.block(1, new Uint8Array(4)), /interface block is too short/],
      [w.block(3), /packet block is too short/],
      [patched(w.section(), [8, 0]), /section header has no byte-order magic/],
      [patched(w.block(99, new Uint8Array(8)), [17, 1]), /block of 20 bytes ends with length/],
    ];
    for (const [bytes, problem] of cases) {
      const { result, texts } = await read(concat([good, bytes, w.packet('lost')]));
      assert.deepEqual(texts, ['ok'], String(problem));
      assert.match(result.problem ?? '', problem);
    }
    const early = await read(concat([w.section(), w.simple('x')]));
    assert.match(early.result.problem ?? '', /simple packet block before any interface/);
  });

  it('more interfaces than the limit are refused', async () => {
    const w = new PcapngWriter();
    const limits = { ...defaultLimits(), captureFileInterfaces: 3 };
    const three = [w.section(), w.interface(1), w.interface(1), w.interface(1), w.packet('a')];
    assert.equal((await read(concat(three), { limits })).result.problem, undefined);
    const { result, texts } = await read(concat([...three, w.interface(1)]), { limits });
    assert.deepEqual(texts, ['a']);
    assert.match(result.problem ?? '', /more than 3 interfaces/);
  });

  it('broken interface options are ignored', async () => {
    const w = new PcapngWriter();
    const tail = concat([w.option(2, utf8('eth1')), w.u16(9, 60000)]);
    const { seen, result } = await read(
      concat([w.section(), w.interface(1, 0, tail), w.packet('a')]),
    );
    assert.equal(result.problem, undefined);
    assert.deepEqual([seen[0]?.interfaceName, seen[0]?.tsUsec], ['eth1', START_USEC]);
  });
});

describe('TickScale', () => {
  const usec = (resolution: number | undefined, ticks: bigint, offset = 0): number =>
    new TickScale(resolution, offset).toUsec(Number(ticks >> 32n), Number(ticks & 0xffffffffn));

  it('is exact for every decimal unit in use', () => {
    const now = BigInt(START_USEC) + 123_457n;
    assert.equal(usec(undefined, now), Number(now));
    assert.equal(usec(6, now), Number(now));
    assert.equal(usec(9, now * 1000n + 999n), Number(now));
    assert.equal(usec(7, now * 10n + 9n), Number(now));
    assert.equal(usec(3, now / 1000n), Number((now / 1000n) * 1000n));
    assert.equal(usec(0, now / 1_000_000n), Number((now / 1_000_000n) * 1_000_000n));
  });

  it('knows units that are powers of two', () => {
    assert.equal(usec(0x80, 5n), 5_000_000);
    assert.equal(usec(0x8a, 1024n + 512n), 1_500_000);
    assert.equal(usec(0xa0, 1n << 32n), 1_000_000);
  });

  it('adds the offset', () => {
    assert.equal(usec(6, 1n, 100), 100_000_001);
    assert.equal(usec(6, 1_000_000n, -1), 0);
  });

  it('gives finite numbers for any resolution and time', () => {
    for (let resolution = 0; resolution < 256; resolution++) {
      for (const ticks of [0n, 1n, 0xffffffffffffffffn]) {
        assert.ok(Number.isFinite(usec(resolution, ticks)), `${resolution} ${ticks}`);
      }
    }
  });
});
