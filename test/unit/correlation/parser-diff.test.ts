import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CorrelationLab, logIn } from '../../support/correlation-lab.ts';

const SIZES = [Infinity, 1, 7, 64];
/** Labs are made by the hundred: memory for a few flows each. */
const SMALL = { flowTableFlows: 64, xmlSlots: 4, correlationBeaconEntries: 256 };

/** Latin-1 bytes: a character is a byte. */
function bytes(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

/** What the room says when a logged-in client sends these bytes, in pieces of a size. */
function said(text: string | Uint8Array, pieceBytes: number, limits = {}) {
  const lab = new CorrelationLab({ pieceBytes, limits: { ...SMALL, ...limits } });
  const flow = lab.flow();
  logIn(flow, 'mallory');
  flow.c(typeof text === 'string' ? bytes(text) : text);
  flow.c("<presence/><message to='bob@corp.example'><body>after</body></message>");
  flow.close();
  return lab;
}

const DIFFERENT: readonly (readonly [what: string, text: string, difference: string])[] = [
  [
    'a repeated address',
    "<message to='bob@corp.example' to='carol@corp.example'><body>hi</body></message>",
    'to',
  ],
  [
    'a repeated sender, the first one harmless',
    "<message from='mallory@corp.example' to='bob@corp.example' from='admin@corp.example'/>",
    'from',
  ],
  [
    'a repeated type',
    "<iq type='get' id='1' type='set'><query xmlns='jabber:iq:roster'/></iq>",
    'type',
  ],
  [
    'a declaration before a hidden stanza',
    "<message to='bob@corp.example'><x xmlns='urn:x'><?xml version='1.0'?><iq type='set' from='bob@corp.example' id='r'><query xmlns='jabber:iq:roster'/></iq></x></message>",
    'name',
  ],
  [
    'a declaration with nothing behind it',
    "<message to='bob@corp.example'><body>a<?xml version='1.0'?>b</body></message>",
    'count',
  ],
  [
    'overlong forms that spell the end of the stanza and another one',
    "<message to='bob@corp.example'><body>\xc0\xbc/body>\xc0\xbc/message>\xc0\xbcmessage from='admin@corp.example'>\xc0\xbcbody>x</body></message>",
    'count',
  ],
  [
    'a lead byte that swallows the quote of an address',
    "<message to='bob@corp.example\xeb' x=''><body>hi</body></message>",
    'to',
  ],
  [
    'a lead byte that swallows the end of the stanza',
    "<message to='bob@corp.example'><body>x</body>\xeb</message>",
    'count',
  ],
  [
    'a lead byte that swallows the start of the stanza',
    "\xeb<message to='bob@corp.example'><iq type='set' id='x'/></message>",
    'name',
  ],
  [
    'a lead byte that swallows the end of a comment',
    "<message to='bob@corp.example'><!-- \xeb--><body>hi</body></message>",
    'count',
  ],
  [
    'a repeated address in a stanza with a wrong end tag',
    "<message to='bob@corp.example' to='carol@corp.example'><body>hi</wrong></message>",
    'to',
  ],
];

const SAME: readonly (readonly [what: string, text: string])[] = [
  ['plain chat', "<message to='bob@corp.example'><body>hi</body></message>"],
  ['a comment', "<message to='bob@corp.example'><body>pass<!-- x -->word</body></message>"],
  ['a comment with two hyphens', "<message to='b@x'><body>a<!-- x -- y -->b</body></message>"],
  ['a processing instruction', "<message to='b@x'><body>a<?target <iq/> ?>b</body></message>"],
  [
    'comments and instructions with longer ends',
    "<message to='b@x' id='-->??>--->'><!-----><!---- x -----><?x ??><?y???><a/></message>",
  ],
  ['CDATA', "<message to='b@x'><body><![CDATA[</body></message><iq/>]]></body></message>"],
  ['the end of CDATA in text', "<message to='b@x'><body>a]]>b</body></message>"],
  ['an HTML entity', "<message to='b@x'><body>a&nbsp;b</body></message>"],
  ['an HTML entity in an address', "<message to='caf&eacute;@x'><body>a</body></message>"],
  ['an entity named like a property', "<message to='&constructor;@x'><body>a</body></message>"],
  ['a control character', "<message to='b@x'><body>a\x01b</body></message>"],
  ['a reference to a control character', "<message to='b&#1;@x'><body>a&#2;b</body></message>"],
  ['an unbound prefix', "<message to='b@x'><a:b c:d='e'/><body>a</body></message>"],
  ['Latin-1 text', "<message to='b@x'><body>Gr\xfc\xdfe, \xe9</body></message>"],
  [
    'an attribute given twice with one value',
    "<message to='b@x' to='b@x'><body>a</body></message>",
  ],
  ['an attribute given twice below', "<message to='b@x'><a x='1' x='2' hasOwnProperty/></message>"],
  ['a wrong end tag', "<message to='b@x'><body>a</wrong></message>"],
  ['an attribute without quotes', "<message to='b@x'><a b=c/></message>"],
  ['< in an attribute', "<message to='b<iq/>'><body/></message>"],
  ['a bare ampersand', "<message to='b@x'><body>a & b && c</body></message>"],
  ['a line end in an address', "<message to='b\n@x' id='1\t2'><body>a<!-- --></body></message>"],
  ['text between stanzas', "<presence/>hello<message to='b@x'><body>a</body></message>"],
  ['a high byte between stanzas', "<presence/>caf\xe9 au lait<message to='b@x'/>"],
  ['a high byte and two spaces between stanzas', "<presence/>\xe9  <message to='b@x'/>"],
  ['a document type', "<message to='b@x'><!DOCTYPE a [<!ENTITY b 'c'>]><body>a</body></message>"],
];

for (const [what, text, difference] of DIFFERENT) {
  test(`parser-diff tells of ${what}`, () => {
    for (const size of SIZES) {
      const told = said(text, size).of('xml.parser_diff');
      assert.equal(told.length, 1, `pieces of ${size}`);
      assert.equal(told[0]?.context['difference'], difference, `pieces of ${size}`);
      assert.match(String(told[0].context['summary']), /one parser reads \w+/);
    }
  });
}

for (const [what, text] of SAME) {
  test(`parser-diff is silent about ${what}`, () => {
    for (const size of SIZES) {
      const lab = said(text, size);
      assert.deepEqual(lab.of('xml.parser_diff'), [], `pieces of ${size}`);
      assert.deepEqual(lab.of('xml.parser_diff_limit'), []);
    }
  });
}

test('parser-diff reads nothing of streams without oddities', () => {
  const lab = said("<message to='bob@corp.example'><body>hi</body></message>".repeat(50), Infinity);
  assert.equal(lab.counters.get('parserDiffReadings'), 0);
});

test('parser-diff does not take a header for what stands between stanzas', () => {
  const lab = new CorrelationLab();
  const flow = lab.flow();
  flow.c(
    bytes(
      "<stream:stream to='corp\xeb' x='>' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>",
    ),
  );
  flow.c("<message to='bob@corp.example'><body>hi</body></message>");
  assert.deepEqual(lab.of('xml.parser_diff'), []);
});

test('parser-diff sees what is in a UTF-16 stream', () => {
  const header =
    "<stream:stream to='corp.example' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>";
  const play = (text: string) => {
    const lab = new CorrelationLab();
    lab.flow().c(Buffer.from(`\ufeff${header}${text}`, 'utf16le'));
    return lab.of('xml.parser_diff').length;
  };
  assert.equal(play("<message to='b@x' to='c@x'><body>Привет</body></message>"), 1);
  assert.equal(play("<message to='b@x'><body>При<!-- -->вет &x; </body></message>"), 0);
});

test('parser-diff tells the limit of an element once for a flow, and counts each', () => {
  const long = `<message to='b@x'><body>${'x'.repeat(300)}<!-- --></body></message>`;
  const lab = said(long.repeat(3), Infinity, { correlationParserDiffStanzaBytes: 128 });
  assert.equal(lab.of('xml.parser_diff_limit').length, 1);
  assert.equal(lab.counters.get('parserDiffSkipped'), 3);
  assert.deepEqual(lab.of('xml.parser_diff'), []);
});

test('parser-diff finds what lies within the limit of a long element', () => {
  const text = `<message to='b@x' to='c@x'><body>${'x'.repeat(300)}</body></message>`;
  const lab = said(text, Infinity, { correlationParserDiffStanzaBytes: 128 });
  assert.equal(lab.of('xml.parser_diff').length, 1);
});

test('parser-diff works on so much of a flow in a minute', () => {
  const lab = new CorrelationLab({ limits: { correlationParserDiffFlowBytes: 4096 } });
  const flow = lab.flow();
  logIn(flow, 'mallory');
  const odd = "<message to='b@x'><body>a<!-- -->b</body></message>";
  for (let i = 0; i < 100; i++) flow.c(odd);
  const first = lab.counters.get('parserDiffReadings');
  assert.ok(first > 3 && first < 20, String(first));
  lab.wait(61);
  flow.c("<message to='b@x' to='c@x'/>");
  assert.equal(lab.of('xml.parser_diff').length, 1);
});

test('parser-diff holds against elements made to cost', () => {
  const costly = [
    `<a>`.repeat(127) + '</b>'.repeat(8000) + '<!-- -->',
    `<a ${'b="" '.repeat(6000)}/>`,
    `\xc0\xbc!${'x'.repeat(60000)}`,
    `\xc0\xbc!DOCTYPE ${'x'.repeat(60000)}`,
    `\xc0\xbc?${'x'.repeat(60000)}`,
    '&x;'.repeat(20000),
    '\xc0\xbc'.repeat(20000),
  ];
  for (const inner of costly) {
    const lab = said(`<message to='b@x'>${inner}</message>`, Infinity);
    assert.ok(lab.counters.get('parserDiffReadings') <= 2);
  }
});

test('parser-diff forgets flows that end', () => {
  const lab = new CorrelationLab();
  for (let i = 0; i < 50; i++) {
    const flow = lab.flow();
    logIn(flow, 'mallory');
    flow.c("<message to='b@x' to='c@x'><body>");
    flow.close();
  }
  // Closing delivers the unfinished element: what its start tag says is compared.
  assert.equal(lab.of('xml.parser_diff').length, 50);
});
