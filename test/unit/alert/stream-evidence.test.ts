/** What alerts of stream rules show: never a login, never half a secret, also when rules ask for it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EvidenceBuilder } from '../../../sensor/alert/evidence.ts';
import type { Finding } from '../../../sensor/detect/index.ts';
import { cutEvery } from '../../support/chunking.ts';
import { ruleText } from '../../support/rule-lab.ts';
import { makeSession, makeStanza } from '../../support/stanza-view.ts';
import { StreamLab, streamRule } from '../../support/stream-lab.ts';

const HEADER =
  "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='example.org' version='1.0'>";
const PASSWORD = 'correcthorse7';
const PLAIN = Buffer.from(`\0romeo\0${PASSWORD}`).toString('base64');
const HASH = 'c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f6a7b8c9d0';
const CARD = '4111 1111 1111 1111';

/** Logins in every form, and the secret each of them holds. */
const LOGINS: readonly (readonly [what: string, stream: string, secret: string])[] = [
  [
    'SASL PLAIN',
    `<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${PLAIN}</auth>`,
    PLAIN,
  ],
  [
    'SASL with a prefix',
    `<s:auth xmlns:s='urn:ietf:params:xml:ns:xmpp-sasl' mechanism="PLAIN">${PLAIN}</s:auth>`,
    PLAIN,
  ],
  [
    'a late response',
    `<auth mechanism='PLAIN'/><response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>${PLAIN}</response>`,
    PLAIN,
  ],
  [
    'SASL2',
    `<authenticate mechanism='PLAIN'><initial-response>${PLAIN}</initial-response></authenticate>`,
    PLAIN,
  ],
  ['a greater-than sign in an attribute', `<auth a='>' mechanism='PLAIN'>${PLAIN}</auth>`, PLAIN],
  ['CDATA', `<auth mechanism='PLAIN'><![CDATA[</auth>${PLAIN}]]></auth>`, PLAIN],
  [
    'a comment that ends the element',
    `<auth mechanism='PLAIN'><!-- </auth> -->${PLAIN}</auth>`,
    PLAIN,
  ],
  ['a child before the text', `<auth mechanism='PLAIN'><x/>${PLAIN}</auth>`, PLAIN],
  [
    'XEP-0078',
    `<iq type='set'><query xmlns='jabber:iq:auth'><username>romeo</username><password>${PASSWORD}</password></query></iq>`,
    PASSWORD,
  ],
  [
    'XEP-0078 digest',
    `<iq type='set'><query xmlns='jabber:iq:auth'><digest>${HASH}</digest></query></iq>`,
    HASH,
  ],
  [
    'XEP-0077',
    `<iq type='set'><query xmlns='jabber:iq:register'><password>${PASSWORD}</password></query></iq>`,
    PASSWORD,
  ],
  ['an attribute', `<password value='${PASSWORD}'/>`, PASSWORD],
  ['XEP-0114', `<handshake>${HASH}</handshake>`, HASH],
  [
    'a room',
    `<presence><x xmlns='http://jabber.org/protocol/muc'><password>${PASSWORD}</password></x></presence>`,
    PASSWORD,
  ],
];

/** Rules that ask for as much as they can get. */
const CURIOUS: readonly string[] = [
  'content:"<stream";',
  'content:"auth";',
  'content:"PLAIN";',
  'content:"password";',
  'content:"</";',
  'content:">";',
  'content:"<"; content:">"; distance:0; isdataat:4,relative;',
  'pcre:"/>[^<]{4,}/";',
  'pcre:"/[A-Za-z0-9+\\/=]{6,}/";',
  'pcre:"/<[^>]+>[^<]+<\\/[a-z]+>/";',
  "pcre:\"/='[^']*'/\";",
  'content:"mechanism"; pcre:"/^.{1,80}/Rs";',
];

const builder = new EvidenceBuilder(new Uint8Array(32), 512);

/** Parts of the secret that are shown, of `length` characters. */
function leaks(findings: readonly Finding[], secret: string, length: number): string[] {
  const shown = findings.map((finding) => JSON.stringify({ ...builder.build(finding), hmac: '' }));
  // The keyed hash is no text of the login, and may hold any four digits.
  const texts = shown.map((text) => text.replace(/"hmac":"[0-9a-f]*"/g, ''));
  const parts = Array.from({ length: secret.length - length + 1 }, (_, i) =>
    secret.slice(i, i + length),
  );
  return parts.filter((part) => texts.some((text) => text.includes(part)));
}

describe('evidence from the stream', () => {
  for (const [what, login, secret] of LOGINS) {
    it(`hides the login: ${what}`, () => {
      const text = `${HEADER}${login}<presence/>`;
      const lab = new StreamLab(CURIOUS.map((rule, i) => streamRule(rule, i + 1)).join('\n'));
      let fired = 0;
      for (const size of [1, 3, 7, 20, 64, text.length]) {
        lab.findings.length = 0;
        lab.feed(cutEvery(Buffer.from(text), size));
        lab.close();
        fired += lab.findings.length;
        assert.deepEqual(leaks(lab.findings, secret, 4), [], `${what}, pieces of ${size}`);
      }
      assert.ok(fired > 20);
    });
  }

  it('hides a login that began out of sight', () => {
    const lab = new StreamLab(CURIOUS.map((rule, i) => streamRule(rule, i + 1)).join('\n'));
    lab.engine.streams?.open(1, true);
    const text = Buffer.from(`${PLAIN}</auth><presence/>`);
    lab.engine.streams?.data(1, 0, text, 0, text.length, 0, undefined);
    assert.ok(lab.findings.length > 0);
    assert.deepEqual(leaks(lab.findings, PLAIN, 4), []);
  });

  it('hides everything written in UTF-16', () => {
    const lab = new StreamLab(CURIOUS.map((rule, i) => streamRule(rule, i + 1)).join('\n'));
    lab.feed([Buffer.from(`${HEADER}<auth>${PLAIN}</auth>`, 'utf16le')]);
    assert.ok(lab.findings.length > 0);
    const shown = JSON.stringify(lab.findings.map((finding) => builder.build(finding)?.excerpt));
    assert.doesNotMatch(shown.replaceAll('\\u0000', ''), /auth|stream/);
  });

  it('shows text once its stanza is complete, and hides it before', () => {
    const lab = new StreamLab(streamRule('content:"needle";'));
    const [whole] = lab.feed([`${HEADER}<message><body>a needle in hay</body></message>`]);
    assert.match(builder.build(whole as Finding)?.excerpt ?? '', /a needle in hay/);
    lab.close();
    const [part] = lab.feed([`${HEADER}<message><body>hidden needle`, ' in hay</body></message>']);
    const evidence = builder.build(part as Finding);
    assert.doesNotMatch(evidence?.excerpt ?? '', /hidden/);
    // What a content matched stands in the rule.
    assert.equal(evidence?.matches[0]?.masked, 'needle');
  });

  it('hides numbers that are not complete yet', () => {
    const lab = new StreamLab(streamRule('content:"card";'));
    const [half] = lab.feed([`${HEADER}<message><body>card ${CARD.slice(0, 12)}`]);
    assert.doesNotMatch(builder.build(half as Finding)?.excerpt ?? '', /4111/);
  });

  it('hides what other rules marked as secret on the same flow', () => {
    const rules = [
      streamRule('content:"needle";', 1),
      ruleText('xmpp.body; pcre:"/staff-\\d{6}/"; metadata:secret yes;', 2),
    ].join('\n');
    const lab = new StreamLab(rules);
    const body = 'a needle of staff-123456 here';
    const excerpt = (text: string): string => {
      lab.engine.onStanza(makeStanza([['xmpp.body', body]], { session: makeSession() }));
      const [finding] = lab.feed([`${HEADER}<message><body>${text}</body></message>`]);
      lab.close();
      return builder.build(finding as Finding)?.excerpt ?? '';
    };
    assert.match(excerpt(body), /a needle of \*+ here/);
    // Written in other words it cannot be cut out: nothing is shown.
    assert.equal(excerpt(body.replace('staff', 'st&#97;ff')), '');
    assert.equal(excerpt(body.replace('123', '1<b>2</b>3')), '');
    const other = lab.feed([`${HEADER}<message><body>${body}</body></message>`], { flow: 2 });
    assert.match(builder.build(other[0] as Finding)?.excerpt ?? '', /staff-123456/);
  });

  it('hides what a secret rule of the stream matched, in alerts of other rules too', () => {
    const rules = [
      streamRule('content:"needle";', 1),
      streamRule('pcre:"/staff-\\d{6}/"; metadata:secret yes;', 2),
    ].join('\n');
    const findings = new StreamLab(rules).feed([
      `${HEADER}<message><body>a needle of staff-123456 here</body></message>`,
    ]);
    assert.deepEqual(
      findings.map(({ rule }) => rule.sid),
      [1, 2],
    );
    assert.deepEqual(leaks(findings, 'staff-123456', 8), []);
  });

  it('cuts around the match and hides the edges it cut', () => {
    const lab = new StreamLab(streamRule('content:"needle";'));
    const filler = '<message><body>some words</body></message>'.repeat(100);
    const [finding] = lab.feed([
      `${HEADER}${filler}<message><body>needle</body></message>${filler}`,
    ]);
    assert.ok(finding !== undefined && finding.evidence.length < 2200);
    const [edge] = finding.secrets;
    assert.ok(edge?.offset === 0 && edge.length >= 128);
    assert.match(builder.build(finding)?.excerpt ?? '', /needle/);
  });
});
