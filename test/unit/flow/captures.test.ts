/**
 * Captures of other projects with known right answers (shared/data/tcp/inventory.json). What each
 * holds is in its name; the streams were compared with those that tshark's "follow tcp stream"
 * gives.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setLogLevel } from '../../../sensor/core/index.ts';
import type { FlowTableOptions } from '../../../sensor/flow/index.ts';
import { captureFlows, hasData, type SeenFlow } from '../../support/capture-flows.ts';

/**
 * What is expected of the flow at `flow` (the first unless told); text may be given by its start.
 */
interface Expected {
  readonly file: string;
  readonly why: string;
  readonly flows?: number;
  readonly flow?: number;
  readonly client?: string | number;
  readonly server?: string | number;
  readonly events?: readonly string[];
  readonly reason?: string;
  readonly midstream?: boolean;
  readonly oneSided?: boolean;
  readonly conflicts?: number;
  readonly options?: Partial<FlowTableOptions>;
}

const GET = 'GET / HTTP/1.1\r\nHost: 192.168.1.90';

const CAPTURES: readonly Expected[] = [
  {
    file: 'sv-bug-3286-01-no-evasion',
    why: 'a plain request and answer',
    client: GET,
    server: 'HTTP/1.1 200 OK',
    events: [],
  },
  {
    file: 'sv-bug-3286-02-linux-evasion',
    why: 'forged RST and FIN before the SYN-ACK do not hide the request',
    client: GET,
    server: 'HTTP/1.1 200 OK',
    events: [],
  },
  {
    file: 'sv-bug-3286-03-windows-evasion',
    why: 'the same against another system',
    client: GET,
    server: 'HTTP/1.1 200 OK',
    events: [],
  },
  {
    file: 'sv-bug-4376',
    why: 'retransmitted SYNs, and tags in one direction only',
    client: 135,
    server: 182_525,
    reason: 'closed',
    events: [],
  },
  {
    file: 'sv-bug-6244-tcp-rst-with-data',
    why: 'data on the RST is named, what the server sent is read',
    client: '',
    server: 'Please Let Me In!',
    reason: 'reset',
    events: ['flow.rst_with_data'],
  },
  {
    file: 'sv-bug-7264-tcp-3whs-ack-data-tls-01',
    why: 'the ACK of the handshake carries data; retransmitted FINs open nothing',
    client: 916,
    server: 4610,
    reason: 'closed',
    flows: 2,
  },
  {
    file: 'sv-eve-overlap-payload-01',
    why: 'a second copy of the same length with other bytes',
    client: 'GOOD',
    events: ['reassembly.overlap_diff_data'],
    conflicts: 1,
  },
  {
    file: 'sv-eve-overlap-payload-04-partial-overlap',
    why: 'a second copy of a part with other bytes',
    client: 'GOOD',
    events: ['reassembly.overlap_diff_data'],
    conflicts: 1,
  },
  {
    file: 'sv-eve-overlap-payload-05-gap',
    why: 'a gap inside',
    client: 'VERY[4]DATA',
    events: ['reassembly.gap'],
  },
  {
    file: 'sv-eve-payload-06-tcp-data-leading-gap',
    why: 'a gap at the start',
    client: '[4]GOODDATA',
    events: ['reassembly.gap'],
  },
  {
    file: 'sv-firewall_tcp-session-stream-out-of-window',
    why: 'data a hundred thousand bytes ahead of a small window',
    client: '',
    events: ['flow.data_out_of_window'],
  },
  { file: 'sv-http-gap-simple', why: 'one gap', client: 120, server: 422, reason: 'closed' },
  { file: 'sv-http-gap-double', why: 'two gaps', client: 120, server: 412, reason: 'closed' },
  {
    file: 'sv-issue-3341-tcphdr-01',
    why: 'SYN with FIN and URG between two connections on the same ports',
    flows: 2,
    reason: 'reset',
  },
  {
    file: 'sv-mqtt-midstream-split',
    why: 'picked up in the middle',
    midstream: true,
    client: 35_773,
    server: 52,
    reason: 'closed',
  },
  {
    file: 'sv-smb-eicar-file-segmentation-random',
    why: 'cut at random',
    client: 976,
    server: 1079,
    events: [],
    conflicts: 0,
  },
  {
    file: 'sv-smb-eicar-overlap',
    why: 'an equal retransmission is no conflict',
    client: 1046,
    server: 1130,
    conflicts: 0,
  },
  {
    file: 'sv-stream-async_http_stream-async-6063-cli-01',
    why: 'client only',
    client: 396,
    server: '',
    oneSided: true,
    events: [],
  },
  {
    file: 'sv-stream-async_http_stream-async-6063-srv-01',
    why: 'server only',
    client: '',
    server: 'HTTP/1.1 200 OK',
    oneSided: true,
    events: [],
  },
  {
    file: 'sv-tcp-async-01',
    why: 'server only, from the SYN-ACK on',
    client: '',
    server: 181_278,
    oneSided: true,
    midstream: false,
  },
  {
    file: 'sv-tcp-fastopen-07',
    why: 'request on the SYN, taken by the SYN-ACK',
    client: 'GET /index.php HTTP/1.1',
    server: 'HTTP/1.1 400 Bad Request',
    events: ['flow.syn_with_data'],
    reason: 'reset',
    flows: 2,
  },
  {
    file: 'sv-tcp-fastopen-10-syn-data-ignore',
    why: 'data on the SYN ignored, two SYN-ACKs, of which the client takes the second',
    client: 839,
    server: 6068,
    events: ['flow.syn_with_data', 'flow.syn_isn_changed'],
    reason: 'closed',
  },
  {
    file: 'sv-tcp-fastopen-11-reject-syn-data',
    why: 'data on the SYN refused and sent again',
    client: 839,
    server: 6072,
    events: ['flow.syn_with_data'],
  },
  {
    file: 'sv-tcp-rst-unacked-stream-01-raw',
    why: 'data that the client reset before it acknowledged it',
    server: 'Please Let Me In!',
    events: ['flow.rst_with_data'],
    reason: 'reset',
  },
  {
    file: 'sv-tcp-rst-unacked-stream-03-gap',
    why: 'the same with a gap',
    server: 'Please [4]Me In!',
    events: ['flow.rst_with_data', 'reassembly.gap'],
    reason: 'reset',
  },
  {
    file: 'sv-tcp-split-handshake-01-4whs',
    why: 'split handshake in four steps',
    client: 'EVIL',
    events: ['flow.split_handshake'],
  },
  {
    file: 'sv-tcp-split-handshake-02-5whs',
    why: 'split handshake in five steps',
    client: 'EVIL',
    events: ['flow.split_handshake'],
    flows: 1,
  },
  {
    file: 'sv-tcp-stream-after-swap',
    why: 'picked up in the middle, server first',
    midstream: true,
    client: 'GET /favicon.ico',
    server: 'HTTP/1.1 200 OK',
    reason: 'closed',
  },
  {
    file: 'sv-tcp-urgp-01-oob',
    why: 'urgent byte read in line and named',
    client: 'GET /malicXious HTTP/1.1',
    events: ['flow.urgent_data'],
  },
  {
    file: 'arkime-tcp-reassembly-synthetic',
    why: 'a gap that the client acknowledged',
    flow: 4,
    flows: 12,
    server: '01234567[8]0123456789abcdef',
    events: ['flow.ack_unseen_data', 'reassembly.gap'],
  },
  {
    file: 'arkime-tcp-reassembly-synthetic',
    why: 'segments out of order',
    flow: 3,
    server: '0123456789abcdef0123456789abcdef',
    events: [],
  },
  {
    file: 'arkime-wireshark-retrans',
    why: 'three times as many bytes sent again as there are',
    client: 5222,
    server: 576,
    events: [],
    conflicts: 0,
  },
  {
    file: 'pcpp-unidirectional_tcp_stream_with_missing_packet',
    why: 'one direction, a packet missing: what follows waits for the end of the flow',
    oneSided: true,
    events: ['reassembly.gap'],
  },
  {
    file: 'zeek-tcp_handshake-reorder',
    why: 'SYN-ACK before SYN',
    client: 136,
    server: 5007,
    midstream: false,
    events: [],
    reason: 'closed',
  },
  {
    file: 'zeek-tcp_missing-syn',
    why: 'SYN-ACK without a SYN',
    client: 98,
    server: 9417,
    midstream: false,
    events: [],
  },
  {
    file: 'zeek-tcp_no-handshake',
    why: 'one segment, nothing else',
    client: 136,
    midstream: true,
    oneSided: true,
  },
  {
    file: 'zeek-tcp_miss_end_data',
    why: 'the whole answer is missing, its FIN is there',
    client: 538,
    server: '[2902]',
    reason: 'closed',
    events: ['reassembly.gap'],
  },
  {
    file: 'zeek-tcp_one-sided-2745',
    why: 'a server without its client',
    flows: 2,
    oneSided: true,
    reason: 'closed',
    events: [],
  },
  {
    file: 'zeek-tcp_payload-syn',
    why: 'a request on the SYN',
    client: 'GET //index.php?page=',
    events: ['flow.syn_with_data'],
  },
  {
    file: 'zeek-tcp_payload-synack',
    why: 'data on the SYN-ACK',
    server: 'GET //index.php?page=',
    events: ['flow.syn_with_data'],
  },
  {
    file: 'zeek-tcp_qi_internet_SYNACK_curl_jsonip',
    why: 'an answer injected before the real one',
    server: 'HTTP/1.1 200 OK',
    events: ['reassembly.overlap_diff_data'],
    conflicts: 1,
  },
  {
    file: 'zeek-tcp_rst-inject-rae',
    why: 'a RST that acknowledges nothing is ignored, the one at the end is not',
    client: 175,
    reason: 'reset',
    events: ['flow.rst_out_of_window'],
  },
  {
    file: 'zeek-tcp_ssh-dups',
    why: 'every packet four times',
    client: 3705,
    server: 4273,
    events: [],
    conflicts: 0,
  },
  {
    file: 'zeek-tcp_fin_retransmission',
    why: 'a FIN before the SYN-ACK',
    reason: 'reset',
    events: [],
  },
  { file: 'zeek-tcp_syn-then-stuff-then-rst', why: 'no connection', reason: 'reset', events: [] },
  {
    file: 'zeek-vlan-collisions',
    why: 'one connection on two levels of VLAN tags is one flow',
    flows: 1,
    client: 136,
    server: 5007,
    conflicts: 0,
  },
  {
    file: 'zeek-vlan-collisions',
    why: 'or several, when told',
    flows: 3,
    options: { usesVlan: true },
  },
  {
    file: 'zeek-tcp_reassembly',
    why: 'cut by the snap length and sent again: what is whole is read',
    client: 'SEARCH /AAAA',
    reason: 'closed',
    options: { checksums: 'none' },
  },
  {
    file: 'zeek-chksums_ip4-tcp-bad-chksum',
    why: 'dropped',
    flows: 0,
    options: { checksums: 'all' },
  },
  {
    file: 'zeek-chksums_ip6-hoa-tcp-bad-chksum',
    why: 'dropped',
    flows: 0,
    options: { checksums: 'all' },
  },
];

describe('captures with known answers', { skip: !hasData && 'shared data not there' }, () => {
  setLogLevel('error');
  for (const expected of CAPTURES) {
    it(`${expected.file}: ${expected.why}`, async () => {
      const { flows, counters } = await captureFlows(`tcp/${expected.file}.pcap`, expected.options);
      if (expected.flows !== undefined) assert.equal(flows.length, expected.flows, 'flows');
      if (expected.conflicts !== undefined) {
        assert.equal(counters.get('tcpOverlapConflicts'), expected.conflicts, 'conflicts');
      }
      if (expected.flows === 0) return;
      const flow = flows[expected.flow ?? 0];
      assert.ok(flow !== undefined);
      check(flow, expected);
    });
  }
});

function check(flow: SeenFlow, expected: Expected): void {
  for (const [direction, text] of [expected.client, expected.server].entries()) {
    const seen = flow.text[direction === 0 ? 0 : 1];
    if (typeof text === 'number')
      assert.equal(seen.length, text, `length of direction ${direction}`);
    else if (text === '') assert.equal(seen, '');
    else if (text !== undefined) assert.equal(seen.slice(0, text.length), text);
  }
  if (expected.events !== undefined) {
    assert.deepEqual([...flow.events].sort(), [...expected.events].sort());
  }
  if (expected.reason !== undefined) assert.equal(flow.reason, expected.reason);
  if (expected.midstream !== undefined) assert.equal(flow.info.isMidstream, expected.midstream);
  if (expected.oneSided !== undefined) assert.equal(flow.info.isOneSided, expected.oneSided);
}
