/** SOCKS5 connections through the whole pipeline, beside the stream that offers them. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { packetTime } from '../../sensor/core/index.ts';
import {
  START_USEC,
  mergeByTime,
  tcpConversation,
  type TimedPacket,
  type Turn,
} from '../support/packets.ts';
import { replayPackets, type Replay } from '../support/replay.ts';

const NAME = createHash('sha1')
  .update('s5balice@corp.example/deskbob@corp.example/desk')
  .digest('hex');
const ETHERNET = 1;

function chat(offer: string): TimedPacket[] {
  return tcpConversation(
    [
      [
        'C',
        "<stream:stream to='corp.example' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>",
      ],
      [
        'S',
        "<stream:stream from='corp.example' id='s1' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>",
      ],
      [
        'C',
        `<iq type='set' id='q' from='alice@corp.example/desk' to='bob@corp.example/desk'>${offer}</iq>`,
      ],
    ],
    { stepUsec: 10 },
  );
}

const OFFER =
  "<query xmlns='http://jabber.org/protocol/bytestreams' sid='s5b'><streamhost jid='proxy.corp.example' host='198.51.100.9' port='7777'/></query>";

function connect(
  client: string,
  host: string,
  facts: { readonly port?: number; readonly segmentSize?: number; readonly at?: number } = {},
): TimedPacket[] {
  const request = Uint8Array.from([
    5,
    1,
    0,
    3,
    host.length,
    ...Buffer.from(host),
    0,
    facts.port ?? 0,
  ]);
  const turns: Turn[] = [
    ['C', Uint8Array.from([5, 1, 0])],
    ['S', Uint8Array.from([5, 0])],
    ['C', request],
    ['S', Uint8Array.from([5, 0, 0, 3, host.length, ...Buffer.from(host), 0, 0])],
    ['C', 'the file itself, which nobody reads here'],
  ];
  return tcpConversation(turns, {
    client,
    clientPort: 40_001,
    server: '198.51.100.9',
    serverPort: 7777,
    startUsec: START_USEC + (facts.at ?? 1) * 1e6,
    segmentSize: facts.segmentSize ?? 1400,
  });
}

function play(...captures: TimedPacket[][]): Promise<Replay> {
  return replayPackets((packets) => {
    const origin = { interfaceName: '', fileName: 'test' };
    mergeByTime(...captures).forEach(({ bytes, tsUsec }, i) => {
      const { length } = bytes;
      packets.packet(bytes, 0, length, length, packetTime(tsUsec), ETHERNET, origin, i + 1);
    });
  });
}

function misuse({ alerts }: Replay): string[] {
  return alerts.map(({ detection }) => detection).filter((slug) => slug.startsWith('s5b'));
}

describe('bytestreams at a proxy', () => {
  for (const segmentSize of [1, 7, 1400]) {
    it(`both parties are silent, a third address alerts, in segments of ${segmentSize}`, async () => {
      const parties = [
        chat(OFFER),
        connect('192.0.2.10', NAME, { segmentSize }),
        connect('192.0.2.11', NAME, { segmentSize, at: 2 }),
      ];
      assert.deepEqual(misuse(await play(...parties)), []);
      const hijacked = await play(...parties, connect('192.0.2.66', NAME, { segmentSize, at: 3 }));
      assert.deepEqual(misuse(hijacked), ['s5b-hijack']);
      const alert = hijacked.alerts.find(({ detection }) => detection === 's5b-hijack');
      assert.equal(alert?.flow.clientIp, '192.0.2.66');
      assert.equal(alert.xmpp, undefined);
    });
  }

  it('a web server behind a file proxy, and a stream nobody offered', async () => {
    const web = await play(chat(OFFER), connect('192.0.2.10', 'www.ext.example', { port: 80 }));
    assert.deepEqual(misuse(web), ['s5b-misuse']);
    assert.deepEqual(misuse(await play(chat(''), connect('192.0.2.10', NAME))), ['s5b-misuse']);
  });
});
