/**
 * What lies in frames within frames: `read` finds in them what it finds without, or says that it did not look.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { clientHeader, plainPayload, serverHeader } from '../support/dialogue.ts';
import {
  buildPacket,
  tcpConversation,
  writePcap,
  type ConversationOptions,
  type LinkName,
  type TimedPacket,
  type Turn,
} from '../support/packets.ts';
import { runCommand } from '../support/run-cli.ts';

const SASL = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'";
const DOMAIN = 'corp.example';
const PLAIN_LOGIN = 1_520_011;
const CARD = 1_560_010;

const DIALOGUE: readonly Turn[] = [
  ['C', clientHeader(DOMAIN)],
  [
    'S',
    `${serverHeader(DOMAIN)}<stream:features><mechanisms ${SASL}><mechanism>PLAIN</mechanism></mechanisms></stream:features>`,
  ],
  ['C', `<auth ${SASL} mechanism='PLAIN'>${plainPayload('alice', 'tr0ub4dor')}</auth>`],
  ['S', `<success ${SASL}/>`],
  ['C', clientHeader(DOMAIN)],
  ['S', `${serverHeader(DOMAIN)}<stream:features/>`],
  [
    'C',
    "<message to='bob@corp.example' type='chat'><body>card 4111 1111 1111 1111 exp 10/28</body></message>",
  ],
];

const folder = mkdtempSync(join(tmpdir(), 'stanzawatch-encapsulation-'));
after(() => {
  rmSync(folder, { recursive: true });
});

interface Reading {
  readonly sids: readonly number[];
  readonly summary: string;
}

let readings = 0;

/** What `read` alerts of packets, by sid, and its summary. */
async function read(
  packets: readonly TimedPacket[],
  link: LinkName | number = 'ethernet',
): Promise<Reading> {
  const path = join(folder, `${readings++}`);
  writeFileSync(`${path}.pcap`, writePcap(packets, { link }));
  const { status, err } = await runCommand(
    ...['read', `${path}.pcap`, '-l', path, '--eve', `${path}.json`],
    ...['--set', 'output.sqlite.enabled=false'],
  );
  assert.equal(status, 0, err);
  const events = readFileSync(`${path}.json`, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { alert?: { signature_id: number } });
  const sids = events.flatMap(({ alert }) => (alert === undefined ? [] : [alert.signature_id]));
  return { sids: sids.sort((a, b) => a - b), summary: err };
}

const said = (options: ConversationOptions = {}): TimedPacket[] =>
  tcpConversation(DIALOGUE, { ...options, segmentSize: 200 });

describe('PPPoE', () => {
  const v6 = { client: '2001:db8::a', server: '2001:db8::5' };
  for (const [name, plain, wrapped] of [
    ['IPv4', {}, { pppoe: 0x2a }],
    ['IPv6', v6, { ...v6, pppoe: 1 }],
    ['IPv4 behind two tags', {}, { vlans: [100, 7], pppoe: 0xffff }],
  ] as const) {
    it(`${name}: a login and a card number are found as they are without`, async () => {
      const [without, within] = [await read(said(plain)), await read(said(wrapped))];
      for (const sid of [PLAIN_LOGIN, CARD]) {
        assert.ok(without.sids.includes(sid), String(without.sids));
      }
      assert.deepEqual(within.sids, without.sids);
      assert.match(within.summary, /sessions 1, stanzas 1$/m);
    });
  }
});

describe('a capture without XMPP to read', () => {
  const MPLS = [0x88, 0x47];
  const wrapped = said().map(({ bytes, tsUsec }) => {
    const copy = Uint8Array.from(bytes);
    copy.set(MPLS, 12);
    return { bytes: copy, tsUsec };
  });

  it('is said to have none, and what may hide it', async () => {
    const { summary, sids } = await read(wrapped);
    assert.deepEqual(sids, []);
    assert.match(
      summary,
      new RegExp(
        `^seen 100 % of the stream bytes: there was no TCP to read, and so no XMPP; not read: ${wrapped.length} packets without TCP, or of an encapsulation that is not read \\(GRE, MPLS, VXLAN\\)$`,
        'm',
      ),
    );
  });

  it('tells link types, fragments, malformed and encrypted traffic apart', async () => {
    const foreign = await read(said(), 147);
    assert.match(foreign.summary, /; not read: \d+ packets of a link type that is not read$/m);
    const broken = [
      { bytes: buildPacket({ fragment: { offset: 0, more: true } }), tsUsec: 1e15 },
      { bytes: buildPacket().subarray(0, 20), tsUsec: 1e15 + 1 },
    ];
    const { summary } = await read(broken);
    assert.match(summary, /no XMPP; not read: 1 IP fragment, 1 malformed packet$/m);
    const tls = Uint8Array.from([0x16, 3, 1, 0, 4, 1, 0, 0, 0]);
    const direct = await read(tcpConversation([['C', tls]], { serverPort: 5223 }));
    assert.match(
      direct.summary,
      /none of them was XMPP to read; not read: 1 encrypted connection$/m,
    );
  });

  it('is not what a capture with XMPP is called', async () => {
    const { summary } = await read([...said(), ...wrapped]);
    assert.match(summary, /^seen 100 % of the stream bytes$/m);
  });
});
