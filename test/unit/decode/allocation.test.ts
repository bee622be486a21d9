/** The packet path allocates nothing per packet, from the reader through decode and copies. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PerformanceObserver } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { defaultLimits, type PacketTime } from '../../../sensor/core/index.ts';
import { makeWindow } from '../../../sensor/capture/capture-parser.ts';
import { PcapParser } from '../../../sensor/capture/pcap-parser.ts';
import {
  DECODED,
  DuplicateFilter,
  PacketView,
  decodePacket,
  tcpChecksumOk,
} from '../../../sensor/decode/index.ts';
import { mergeByTime, tcpConversation, writePcap, type Turn } from '../../support/packets.ts';

const PACKETS = 3_000_000;
/** Bytes of the file handed to the parser at a time. */
const PIECE = 16 * 1024;

let seen = 0;
new PerformanceObserver((list) => {
  seen += list.getEntries().length;
}).observe({ entryTypes: ['gc'] });

/** Garbage collections of this process until now; the observer hears of them a turn later. */
async function collections(): Promise<number> {
  await nextTurn();
  await nextTurn();
  return seen;
}

/** What a pipeline does with a packet; a class of its own, as the reader's callee is. */
class Reader {
  readonly #view = new PacketView();
  readonly #filter = new DuplicateFilter();
  count = 0;
  lastUsec = 0;

  packet(
    bytes: Uint8Array,
    offset: number,
    caplen: number,
    wirelen: number,
    time: PacketTime,
    linkType: number,
  ): void {
    const view = this.#view;
    this.lastUsec = time[0] as number;
    const code = decodePacket(bytes, offset, caplen, wirelen, time, linkType, view);
    if (code !== DECODED || !tcpChecksumOk(view) || this.#filter.isDuplicate(view)) return;
    this.count++;
  }
}

describe('the packet path', () => {
  it('allocates nothing per packet once it is warm', async () => {
    const turns = Array.from({ length: 100 }, (_, i): Turn => [
      i % 2 === 0 ? 'C' : 'S',
      'x'.repeat(i * 9),
    ]);
    const conversations = Array.from({ length: 100 }, (_, i) =>
      tcpConversation(turns, {
        clientPort: 1024 + i,
        timestamps: i % 2 === 0,
        ...(i % 3 === 0 ? { client: '2001:db8::1' } : { vlans: [7] }),
      }),
    );
    const file = writePcap(mergeByTime(...conversations));
    const window = makeWindow(file.length);
    window.bytes.set(file);
    const reader = new Reader();
    const setup = { handler: reader, fileName: '', limits: defaultLimits() };
    const parse = (): number => {
      const parser = new PcapParser(setup, 'little');
      // In pieces, as a file comes: a function that is entered once is compiled in midstream.
      for (let at = 0, end = 0; end < file.length;) {
        end = Math.min(end + PIECE, file.length);
        at = parser.parse(window, at, end);
      }
      return parser.packets;
    };
    for (let i = 0; i < 100; i++) parse();
    const before = await collections();
    let packets = 0;
    while (packets < PACKETS) packets += parse();
    const cost = (await collections()) - before;
    assert.ok(reader.count > 0);
    // One boxed double (16 bytes) a packet would be 48 MB, and the young space holds 16.
    assert.ok(cost < 3, `${cost} collections in ${packets} packets`);
  });
});
