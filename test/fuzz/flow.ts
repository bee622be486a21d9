/**
 * Flow table and transport under hostile packets: random flags, sequence numbers near and far,
 * lengths, times, few addresses so that they meet, tiny limits so that each is driven over.
 * Properties: nothing throws, callbacks keep their order, limits hold, and at the end nothing is
 * left.
 */
import assert from 'node:assert/strict';
import { Counters, defaultLimits, type Direction } from '../../sensor/core/index.ts';
import { PacketView } from '../../sensor/decode/index.ts';
import { FlowTable, type FlowEndReason, type FlowHandler } from '../../sensor/flow/index.ts';
import { OVERLAP_POLICIES } from '../../sensor/reassembly/index.ts';
import { Transport, type TransportHandler } from '../../sensor/transport/index.ts';
import { START_USEC } from '../support/packets.ts';

export const name = 'flow';

export function fuzz(random: () => number, isOver: () => boolean): { runs: number } {
  let runs = 0;
  for (; !isOver(); runs++) new Siege(random).run();
  return { runs };
}

const MEMCAP = 32 * 2048;
const HISTORY = 65536;
const MAX_FLOWS = 12;
const PORTS = [5222, 5223, 5269, 80, 40000, 40001, 50000];
const TEXTS = [
  "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>",
  "<?xml version='1.0'?>",
  "<message to='a@b'><body>hi</body></message>",
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  'GET / HTTP/1.1\r\n\r\n',
  '<!DOCTYPE x [ <!ENTITY y "z"> ]>',
  '<\0m\0e\0s\0s\0a\0g\0e\0>\0',
  '\xff\xfe\xff\xff   ',
  ' ',
  '<',
];

class Siege implements FlowHandler, TransportHandler {
  readonly #random: () => number;
  readonly #counters = new Counters();
  readonly #table: FlowTable;
  readonly #transport: Transport;
  readonly #open = new Set<number>();
  readonly #ignored = new Set<number>();
  readonly #xmpp = new Set<number>();
  readonly #view = new PacketView();
  #nowUsec = START_USEC;
  #bytesHeard = 0;

  constructor(random: () => number) {
    this.#random = random;
    const counters = this.#counters;
    const limits = {
      ...defaultLimits(),
      flowTableFlows: 1 + this.#below(MAX_FLOWS),
      flowMemcapBytes: this.#below(2) === 0 ? 4000 : 1 << 20,
      reassemblyMemcapBytes: MEMCAP,
      reassemblyHistoryBytes: HISTORY,
      reassemblyHalfBytes: this.#below(20) * 2048,
      reassemblyHalfHoles: this.#below(8),
      transportProbeFlows: 1 + this.#below(3),
      transportProbeBytes: 64 + this.#below(200),
      transportMidstreamBytes: 1000,
    };
    const overlapPolicy = OVERLAP_POLICIES[this.#below(OVERLAP_POLICIES.length)] ?? 'first';
    this.#table = new FlowTable({ counters, limits, overlapPolicy, checksums: 'none' });
    this.#transport = new Transport({ handler: this, flows: this.#table, counters, limits });
    this.#table.connect(this);
    this.#view.ipVersion = 4;
    this.#view.src2 = 0xffff;
    this.#view.dst2 = 0xffff;
    this.#view.bytes = new Uint8Array(4096);
  }

  run(): void {
    for (let left = 1 + this.#below(400); left > 0; left--) {
      this.#fill();
      this.#table.process(this.#view);
      this.#view.bytes.fill(0xee);
      if (this.#below(100) === 0) this.#table.sweep(this.#nowUsec + this.#below(1e8));
    }
    this.#table.shutdown();
    assert.equal(this.#open.size, 0, 'every flow was closed');
    assert.equal(this.#counters.get('flowsActive'), 0);
    const records = (HISTORY / 128) * 32;
    assert.equal(this.#counters.get('reassemblyMemuse'), HISTORY + records, 'no page is left');
    assert.equal(this.#counters.get('tcpSeenBytes'), this.#bytesHeard);
  }

  #fill(): void {
    const view = this.#view;
    this.#nowUsec += this.#below(8) === 0 ? this.#below(1e8) - 1e7 : this.#below(30_000);
    view.tsUsec = this.#nowUsec;
    view.src3 = this.#below(3);
    view.dst3 = this.#below(3);
    view.srcPort = PORTS[this.#below(PORTS.length)] ?? 0;
    view.dstPort = PORTS[this.#below(PORTS.length)] ?? 0;
    view.seq = this.#sequence();
    view.ack = this.#sequence();
    view.flags = this.#below(4) === 0 ? this.#below(256) : this.#usual();
    view.window = this.#below(65536);
    view.windowScale = this.#below(16) - 1;
    view.ttl = this.#below(256);
    view.payloadOffset = this.#below(64);
    view.payloadLength = this.#payload();
    const isCut = this.#below(20) === 0;
    view.payloadWireLength = view.payloadLength + (isCut ? this.#below(3000) : 0);
    view.wirelen = 54 + view.payloadWireLength;
  }

  /** Mostly close together, now and then at the ends of the sequence space. */
  #sequence(): number {
    switch (this.#below(10)) {
      case 0:
        return this.#below(2 ** 32) | 0;
      case 1:
        return (0x7fff_fff0 + this.#below(32)) | 0;
      case 2:
        return (0xffff_fff0 + this.#below(32)) | 0;
      default:
        return this.#below(300);
    }
  }

  #usual(): number {
    return [16, 16, 24, 24, 2, 18, 17, 20, 4][this.#below(9)] ?? 16;
  }

  #payload(): number {
    const view = this.#view;
    let length = 0;
    switch (this.#below(4)) {
      case 0:
        return 0;
      case 1:
        length = this.#below(this.#below(10) === 0 ? 3000 : 60);
        for (let i = 0; i < length; i++) view.bytes[view.payloadOffset + i] = this.#below(256);
        return length;
      default:
        for (let parts = 1 + this.#below(3); parts > 0; parts--) {
          const text = Buffer.from(TEXTS[this.#below(TEXTS.length)] ?? '', 'latin1');
          view.bytes.set(text, view.payloadOffset + length);
          length += text.length;
        }
        return length;
    }
  }

  // What the table says, on its way to the transport.

  onOpen(flow: number): void {
    assert.ok(!this.#open.has(flow), 'opened once');
    this.#open.add(flow);
    assert.ok(this.#open.size <= MAX_FLOWS, 'no more flows than allowed');
    this.#transport.onOpen(flow);
  }

  onData(
    flow: number,
    direction: Direction,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void {
    this.#expectFollowed(flow);
    assert.ok(length > 0 && offset >= 0 && offset + length <= bytes.length);
    this.#bytesHeard += length;
    this.#transport.onData(flow, direction, bytes, offset, length);
    if (this.#below(200) === 0) this.#ignore(flow);
  }

  onGap(flow: number, direction: Direction, length: number): void {
    this.#expectFollowed(flow);
    assert.ok(length > 0);
    this.#transport.onGap(flow, direction, length);
    if (this.#below(50) === 0) this.#ignore(flow);
  }

  onEvent(flow: number, direction: Direction, event: number): void {
    assert.ok(this.#open.has(flow));
    this.#transport.onEvent(flow, direction, event);
    if (this.#below(50) === 0) this.#ignore(flow);
  }

  // What the transport says; onClose is that of the table, for the transport answers within it.

  onSocks(): boolean {
    return false;
  }

  onClose(flow: number, reason: FlowEndReason): void {
    if (this.#closing === flow) return;
    assert.ok(this.#open.has(flow));
    const info = this.#table.info(flow);
    assert.ok(info.seenPercent >= 0 && info.seenPercent <= 100);
    assert.ok(info.packetsToServer + info.packetsToClient > 0);
    this.#closing = flow;
    this.#transport.onClose(flow, reason);
    this.#closing = -1;
    this.#open.delete(flow);
    this.#ignored.delete(flow);
    this.#xmpp.delete(flow);
  }

  #closing = -1;

  onXmppOpen(flow: number): void {
    assert.ok(this.#open.has(flow) && !this.#xmpp.has(flow));
    this.#xmpp.add(flow);
  }

  onXml(flow: number): void {
    assert.ok(this.#xmpp.has(flow));
    if (this.#below(30) !== 0) return;
    this.#transport.setEncrypted(flow, this.#below(2) === 0 ? 'starttls' : 'compressed');
    this.#xmpp.delete(flow);
  }

  onXmlGap(flow: number): void {
    assert.ok(this.#xmpp.has(flow));
  }

  onFlowEvent(flow: number): void {
    assert.ok(this.#open.has(flow));
  }

  #ignore(flow: number): void {
    this.#table.ignore(flow);
    this.#ignored.add(flow);
  }

  #expectFollowed(flow: number): void {
    assert.ok(this.#open.has(flow), 'open before data');
    assert.ok(!this.#ignored.has(flow), 'nothing more of an ignored flow');
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }
}
