/** How much one account sends outside: messages, files, base64, the first time, at night. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CorrelationLab, logIn, type LabFlow } from '../../support/correlation-lab.ts';

const MEBIBYTE = 1024 * 1024;
const ALICE = 'alice@corp.example/desk';
const EVE = 'eve@ext.example/x';

function lab(
  thresholds: Readonly<Record<string, number>> = {},
  domains = ['corp.example'],
): CorrelationLab {
  return new CorrelationLab({ thresholds, internalDomains: domains });
}

function session(at: CorrelationLab): LabFlow {
  const flow = at.flow();
  logIn(flow, 'alice', 'corp.example', 'desk');
  return flow;
}

let ids = 0;
function write(flow: LabFlow, text: string, to = EVE): void {
  flow.c(`<message to='${to}' type='chat' id='b${ids++}'><body>${text}</body></message>`);
}

function send(at: CorrelationLab, bytes: number, to = EVE, from = ALICE): void {
  at.correlation.onFile({ flow: 0, tsUsec: at.nowUsec, from, to, bytes });
}

const WORDS = 'well, what I wanted to tell you about all this is rather long. '.repeat(20);
const BASE64 = 'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9w'.repeat(40);

describe('bytes of an hour', () => {
  it('counts files and long messages together, and grows under one key', () => {
    const at = lab({ 'dlp.bulk_bytes': 3 * MEBIBYTE });
    const flow = session(at);
    send(at, 2 * MEBIBYTE);
    for (let i = 0; i < 12; i++) write(flow, 'x y '.repeat(25_000));
    const raised = at.of('dlp.bulk_bytes');
    assert.ok(raised.length >= 1);
    assert.deepEqual(
      new Set(raised.map(({ incident }) => incident?.key)),
      new Set(['alice@corp.example']),
    );
    assert.match(
      String(raised[0]?.context['summary']),
      /^alice@corp.example\S* sent 3\.\d MiB outside within an hour$/,
    );
  });

  it('forgets what was sent an hour ago', () => {
    const at = lab();
    for (let hour = 0; hour < 6; hour++) {
      send(at, 9 * MEBIBYTE);
      at.wait(3601);
    }
    assert.deepEqual(at.of('dlp.bulk_bytes'), []);
    send(at, 6 * MEBIBYTE);
    at.wait(1800);
    send(at, 6 * MEBIBYTE);
    assert.equal(at.of('dlp.bulk_bytes').length, 1);
  });

  it('does not count what stays inside, comes in, or is talk', () => {
    const at = lab({ 'dlp.bulk_bytes': MEBIBYTE });
    const flow = session(at);
    send(at, 50 * MEBIBYTE, 'bob@corp.example/y');
    send(at, 50 * MEBIBYTE, 'team@rooms.corp.example');
    send(at, 50 * MEBIBYTE, ALICE, EVE);
    send(at, 50 * MEBIBYTE, '', ALICE);
    for (let i = 0; i < 3000; i++) write(flow, 'a line of four hundred bytes '.repeat(14));
    assert.deepEqual(at.of('dlp.bulk_bytes'), []);
  });

  it('without domains of the organisation, other domains are outside', () => {
    const at = lab({ 'dlp.bulk_bytes': MEBIBYTE }, []);
    send(at, 2 * MEBIBYTE, 'team@rooms.corp.example');
    assert.deepEqual(at.of('dlp.bulk_bytes'), []);
    send(at, 2 * MEBIBYTE);
    assert.equal(at.of('dlp.bulk_bytes').length, 1);
  });

  it('counts a message once that is seen on two legs', () => {
    const at = lab({ 'dlp.bulk_bytes': 150_000 });
    const flow = session(at);
    const s2s = at.flow({ port: 5269 });
    s2s.c(
      "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' from='corp.example' to='ext.example' version='1.0'>",
    );
    const body = `<body>${'x y '.repeat(25_000)}</body></message>`;
    flow.c(`<message to='${EVE}' type='chat' id='once'>${body}`);
    s2s.c(`<message from='${ALICE}' to='${EVE}' type='chat' id='once'>${body}`);
    assert.deepEqual(at.of('dlp.bulk_bytes'), []);
    s2s.c(`<message from='${ALICE}' to='${EVE}' type='chat' id='twice'>${body}`);
    assert.equal(at.of('dlp.bulk_bytes').length, 1);
  });
});

describe('files', () => {
  it('more than fifty in a day', () => {
    const at = lab();
    for (let i = 0; i < 50; i++) send(at, 1000);
    assert.deepEqual(at.of('dlp.bulk_files'), []);
    send(at, 1000);
    assert.equal(at.of('dlp.bulk_files')[0]?.context['files'], 51);
    assert.equal(at.of('dlp.bulk_files')[0]?.from, ALICE);
  });

  it('the first one ever for somebody, when large, and when there was time to learn', () => {
    const at = lab({ 'state.learning_seconds': 600 });
    at.correlation.onTick(at.nowUsec);
    send(at, 6 * MEBIBYTE, 'new@ext.example');
    at.wait(601);
    send(at, MEBIBYTE, 'small@ext.example');
    assert.deepEqual(at.of('dlp.bulk_first'), []);
    send(at, 6 * MEBIBYTE, 'other@ext.example/phone');
    send(at, 6 * MEBIBYTE, 'OTHER@ext.example/desk');
    send(at, 6 * MEBIBYTE, 'new@ext.example');
    assert.equal(at.of('dlp.bulk_first').length, 1);
  });

  it('at night, large ones', () => {
    const at = lab();
    const midnight = Math.ceil(at.nowUsec / 86_400e6) * 86_400e6;
    const sent = (hour: number, bytes: number): number => {
      at.correlation.onFile({
        flow: 0,
        tsUsec: midnight + hour * 3600e6,
        from: ALICE,
        to: EVE,
        bytes,
      });
      return at.of('dlp.bulk_night').length;
    };
    assert.deepEqual(
      [
        sent(1, 1000),
        sent(1, 2 * MEBIBYTE),
        sent(5.1, 2 * MEBIBYTE),
        sent(21.9, 2 * MEBIBYTE),
        sent(22.1, 2 * MEBIBYTE),
      ],
      [0, 1, 1, 1, 2],
    );
  });
});

describe('base64 in messages', () => {
  it('is told when it is most of what somebody writes', () => {
    const at = lab();
    const flow = session(at);
    for (let i = 0; i < 40; i++) write(flow, BASE64);
    const [first] = at.of('dlp.bulk_encoded');
    assert.equal(first?.context['percent'], 100);
  });

  it('is not told for a little, beside much text, or inside', () => {
    const at = lab();
    const flow = session(at);
    for (let i = 0; i < 20; i++) write(flow, BASE64);
    assert.deepEqual(at.of('dlp.bulk_encoded'), []);
    for (let i = 0; i < 200; i++) write(flow, WORDS);
    for (let i = 0; i < 30; i++) write(flow, BASE64);
    for (let i = 0; i < 100; i++) write(flow, BASE64, 'bob@corp.example');
    assert.deepEqual(at.of('dlp.bulk_encoded'), []);
  });

  it('is not told for lines of letters that are no data', () => {
    const at = lab();
    const flow = session(at);
    for (let i = 0; i < 40; i++) write(flow, 'Y'.repeat(BASE64.length));
    for (let i = 0; i < 40; i++) write(flow, 'haha/'.repeat(BASE64.length / 5));
    assert.deepEqual(at.of('dlp.bulk_encoded'), []);
  });
});
