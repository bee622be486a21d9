/** The probe on real captures: XMPP is found wherever it is, and nowhere else. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  Counters,
  defaultLimits,
  setLogLevel,
  type Direction,
} from '../../../sensor/core/index.ts';
import { FlowTable, type FlowEndReason } from '../../../sensor/flow/index.ts';
import {
  Transport,
  type AppProto,
  type TransportHandler,
} from '../../../sensor/transport/index.ts';
import { DATA, feed, hasData } from '../../support/capture-flows.ts';

interface Judged {
  readonly serverPort: number;
  readonly proto: AppProto;
  readonly midstream: boolean | undefined;
  readonly hasData: boolean;
  readonly text: readonly [string, string];
  readonly gaps: number;
}

/** What a capture's flows were taken for. Leaves a stream at <proceed/>, as xmpp/ does. */
class Judge implements TransportHandler {
  readonly judged: Judged[] = [];
  readonly counters = new Counters();
  readonly table: FlowTable;
  readonly #transport: Transport;
  readonly #midstream = new Map<number, boolean>();
  readonly #text = new Map<number, [string, string]>();
  readonly #gaps = new Map<number, number>();

  constructor() {
    const limits = defaultLimits();
    const { counters } = this;
    this.table = new FlowTable({ counters, limits });
    this.#transport = new Transport({ handler: this, flows: this.table, counters, limits });
    this.table.connect(this.#transport);
  }

  onXmppOpen(flow: number, midstream: boolean): void {
    this.#midstream.set(flow, midstream);
    this.#text.set(flow, ['', '']);
    this.#gaps.set(flow, 0);
  }

  onXml(
    flow: number,
    direction: Direction,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void {
    const text = this.#text.get(flow);
    assert.ok(text !== undefined, 'opened before data');
    const part = Buffer.from(bytes.subarray(offset, offset + length)).toString('utf8');
    text[direction] += part;
    if (part.includes('<proceed ')) this.#transport.setEncrypted(flow, 'starttls');
  }

  onXmlGap(flow: number, _direction: Direction, length: number): void {
    this.#gaps.set(flow, (this.#gaps.get(flow) ?? 0) + length);
  }

  onFlowEvent(): void {
    // Counted in counters.events.
  }

  onSocks(): boolean {
    return false;
  }

  onClose(flow: number, _reason: FlowEndReason, proto: AppProto): void {
    const info = this.table.info(flow);
    this.judged.push({
      serverPort: info.serverPort,
      proto,
      midstream: this.#midstream.get(flow),
      hasData:
        info.bytesToServer + info.bytesToClient >
        60 * (info.packetsToServer + info.packetsToClient),
      text: this.#text.get(flow) ?? ['', ''],
      gaps: this.#gaps.get(flow) ?? 0,
    });
    this.#midstream.delete(flow);
    this.#text.delete(flow);
  }
}

async function judge(file: string): Promise<Judge> {
  const judged = new Judge();
  await feed(file, judged.table);
  return judged;
}

/**
 * own/ capture -> XMPP flows in it (client and server streams), as its truth file and README tell.
 */
const OWN: Readonly<Record<string, number>> = {
  '01_c2s_prosody_plain': 3,
  '02_c2s_ejabberd_mechs': 6,
  '03_legacy_iq_auth': 12,
  '06_s2s_dialback_plain': 10,
  '07_muc': 11,
  '08_ibb_file_transfer': 6,
  '10_http_upload': 4,
  '12b_xmppclient_js_tcp': 4,
  '15_starttls_normal': 3,
  '16_starttls_ignored_plain': 3,
  '17_carbons_mam': 6,
  '18_block_report_caps_version': 4,
  '19_bulk_30000_messages': 23,
  '20a_midstream_start': 5,
  '20b_gap_source_complete': 3,
  '20c_gap_3_data_packets_dropped': 3,
  '24_aioxmpp_clear': 4,
};

describe('own captures', { skip: !hasData && 'shared data not there' }, () => {
  setLogLevel('error');
  it('all are in the table', () => {
    const names = readdirSync(join(DATA, 'own')).filter((name) => name.endsWith('.pcap.gz'));
    assert.deepEqual(
      names.map((name) => name.slice(0, -'.pcap.gz'.length)).sort(),
      Object.keys(OWN),
    );
  });

  for (const [name, count] of Object.entries(OWN)) {
    it(`${name}: every stream is found, nothing else`, async () => {
      const { judged, counters } = await judge(`own/${name}.pcap.gz`);
      const streams = judged.filter(({ proto }) => proto === 'xmpp');
      assert.equal(streams.length, count);
      assert.ok(streams.every(({ serverPort }) => [5222, 5269].includes(serverPort)));
      assert.equal(counters.get('xmppFlows'), count);
      assert.equal(counters.get('tcpOverlapConflicts'), 0);
      for (const { text } of streams.filter(({ midstream }) => midstream === false)) {
        assert.match(text[0], /^(<\?xml [^>]*>)?\s*<stream:stream /);
      }
      const others = judged.filter(({ proto, hasData: spoke }) => proto !== 'xmpp' && spoke);
      assert.ok(
        others.every(({ serverPort }) => serverPort === 5280),
        'HTTP upload only',
      );
    });
  }

  it('15_starttls_normal: streams end at <proceed/>', async () => {
    const { judged, counters } = await judge('own/15_starttls_normal.pcap.gz');
    assert.equal(counters.get('encryptedStarttls'), 3);
    for (const { text } of judged) assert.match(text[1], /<proceed [^>]*>$/);
  });

  it('20a_midstream_start: all streams are picked up in their middle', async () => {
    const { judged } = await judge('own/20a_midstream_start.pcap.gz');
    assert.ok(judged.every(({ midstream }) => midstream === true));
  });

  it('20c: the three packets taken out are gaps, the rest is what 20b holds', async () => {
    const whole = await judge('own/20b_gap_source_complete.pcap.gz');
    const cut = await judge('own/20c_gap_3_data_packets_dropped.pcap.gz');
    const bytes = (judged: Judged[]): number =>
      judged.reduce(
        (sum, { text }) => sum + Buffer.byteLength(text[0]) + Buffer.byteLength(text[1]),
        0,
      );
    const gaps = cut.judged.reduce((sum, flow) => sum + flow.gaps, 0);
    assert.equal(gaps, 1869);
    assert.equal(cut.counters.get('tcpGapBytes'), gaps);
    assert.equal(whole.counters.get('tcpSeenBytes') - cut.counters.get('tcpSeenBytes'), gaps);
    assert.ok(
      bytes(whole.judged) - bytes(cut.judged) >= gaps - 10,
      'but for characters cut in two',
    );
  });
});

/** Captures of others: what their flows with data are. */
const FOREIGN: readonly (readonly [file: string, xmpp: number, tls: number, other: number])[] = [
  ['xmpp/godpi-jabber.pcap', 1, 0, 0],
  ['xmpp/ndpi-jabber.pcap', 7, 0, 5],
  ['xmpp/sirs-GroupChatRaw.pcap', 0, 3, 0],
  ['xmpp/sirs-HypothesisConfirmed.pcap', 0, 2, 0],
  ['xmpp/sirs-big.pcap', 0, 2, 0],
  ['xmpp/sirs-interleaved.pcap', 0, 2, 0],
  ['xmpp/sirs-unssld.pcap', 1, 0, 0],
  // Component streams on port 7400, which nobody calls a port of XMPP.
  ['xmpp/xmpptrace-testWx2.pcap', 12, 0, 0],
  ['xmpp/zeek-xmpp-dialback-starttls.pcap', 1, 0, 0],
  ['xmpp/zeek-xmpp-starttls.pcap', 1, 0, 0],
  ['xmpp/ndpi-ossfuzz_seed_fake_traces_2.pcapng', 2, 0, 4],
  // One flow on 5222 is the push service of a phone maker, which speaks XMPP without a header.
  ['not-xmpp/ndpi-KakaoTalk_talk.pcap', 1, 5, 4],
  ['not-xmpp/ndpi-threema.pcap', 0, 0, 6],
  ['not-xmpp/ndpi-wa_voice.pcap', 0, 4, 1],
  ['not-xmpp/ndpi-waze.pcap', 0, 13, 10],
  ['not-xmpp/ndpi-whatsapp_login_call.pcap', 0, 6, 1],
  ['not-xmpp/ndpi-whatsapp_login_chat.pcap', 0, 2, 1],
  ['not-xmpp/ndpi-xiaomi.pcap', 0, 0, 7],
];

describe('captures of others', { skip: !hasData && 'shared data not there' }, () => {
  for (const [file, xmpp, tls, other] of FOREIGN) {
    it(`${file}: ${xmpp} XMPP, ${tls} TLS, ${other} other`, async () => {
      const { judged, counters } = await judge(file);
      assert.equal(judged.filter(({ proto }) => proto === 'xmpp').length, xmpp);
      assert.equal(judged.filter(({ proto }) => proto === 'tls').length, tls);
      assert.equal(counters.get('probedFlows'), xmpp + tls + other);
    });
  }

  it('no flow of socks/ or tcp/ is XMPP', async () => {
    for (const folder of ['socks', 'tcp']) {
      for (const name of readdirSync(join(DATA, folder))) {
        if (!/\.pcap(ng)?(\.gz)?$/.test(name)) continue;
        const { counters } = await judge(`${folder}/${name}`);
        assert.equal(counters.get('xmppFlows'), 0, name);
      }
    }
  });
});
