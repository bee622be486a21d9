/** What the tape holds: tokens, decoded text, interned ids, regions, flags. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NAMES, NAMESPACES } from '../../../sensor/xml/index.ts';
import { everyChunking } from '../../support/chunking.ts';
import { bytesOf, XmlRecorder, type Said } from '../../support/xml-recorder.ts';

const HEAD = "<s:stream xmlns='jabber:client' xmlns:s='http://etherx.jabber.org/streams'>";
const recorder = new XmlRecorder();

/** The tapes of the first-level elements of a stream, the same at every segmentation. */
function tapes(markup: string): Said[] {
  const document = bytesOf(HEAD + markup);
  const elements = (said: Said[]): Said[] => said.filter(({ kind }) => kind === 'element');
  const whole = elements(recorder.run([document]));
  everyChunking(document, (pieces, label) => {
    assert.deepEqual(
      elements(recorder.run(pieces)).map(({ text }) => text),
      whole.map(({ text }) => text),
      label,
    );
  });
  return whole;
}

function tape(markup: string): string {
  return tapes(markup)[0]?.text ?? '';
}

/** The first text of a message's body, with its flags. */
function text(content: string): string {
  const found = / ("(?:[^"\\]|\\.)*"\([a-zA-Z|]*\))/.exec(tape(`<m>${content}</m>`));
  return found?.[1] ?? '';
}

void describe('xml tape', () => {
  void it('holds START, ATTR, NSDECL, TEXT and END in this order', () => {
    assert.equal(
      tape(
        "<message xmlns:p='urn:p' to='a@b' p:q='r' xml:lang='en'><p:x/>t<body>u</body></message>",
      ),
      '<message:4 {jabber:client}:2' +
        ' @to:53:0="a@b"() @q:0:0="r"() @lang:57:13="en"() xmlns:p:0="urn:p"' +
        '<x:64 {urn:p}:0 / "t"()<body:7 {jabber:client}:2 "u"() / /',
    );
  });

  void it('gives elements the default namespace in force, attributes none', () => {
    assert.equal(
      tape("<iq><a xmlns='urn:a'><b c=''/></a><d/><e xmlns=''/></iq>"),
      '<iq:6 {jabber:client}:2<a:67 {urn:a}:0 xmlns::0="urn:a"<b:0 {urn:a}:0 @c:63:0=""() / /' +
        '<d:0 {jabber:client}:2 /<e:0 {}:0 xmlns::0="" / /',
    );
  });

  void it('restores prefixes when their element ends', () => {
    assert.equal(
      tape("<iq xmlns:p='urn:1'><a xmlns:p='urn:2'><p:b/></a><p:c/></iq>"),
      '<iq:6 {jabber:client}:2 xmlns:p:0="urn:1"' +
        '<a:67 {jabber:client}:2 xmlns:p:0="urn:2"<b:0 {urn:2}:0 / /<c:63 {urn:1}:0 / /',
    );
  });

  void it('interns every listed name and namespace', () => {
    for (const [id, name] of NAMES.entries()) {
      if (name === '') continue;
      assert.match(tape(`<m><${name}/></m>`), new RegExp(`<${name}:${id} \\{`), name);
    }
    for (const [id, uri] of NAMESPACES.entries()) {
      if (uri === '') continue;
      const found = recorder.run([bytesOf(`${HEAD}<m><x xmlns='${uri}'/></m>`)]);
      assert.ok(found.at(-1)?.text.includes(`<x:64 {${uri}}:${id} `), uri);
    }
    assert.match(tape('<messag/>'), /^<messag:0 /);
    assert.match(tape("<x xmlns='jabber:clienu'/>"), /\{jabber:clienu\}:0 /);
  });

  void it('joins text across references, CDATA, comments and instructions', () => {
    assert.equal(text('plain'), '"plain"()');
    assert.equal(text('ch&#101;ap'), '"cheap"(references)');
    assert.equal(text('pi<![CDATA[ll]]>s'), '"pills"(cdata)');
    assert.equal(text('pass<!-- x -->word'), '"password"(joined)');
    assert.equal(text('pass<?x y?>word'), '"password"(joined)');
    assert.equal(
      text('ch&#101;ap<!-- --> <![CDATA[pi]]>ll<?x?>s'),
      '"cheap pills"(references|cdata|joined)',
    );
    assert.equal(text('<!-- -->x<!-- -->'), '"x"()');
    assert.equal(text('<![CDATA[]]>'), '');
    assert.equal(text('<![CDATA[<a>&amp;]]]]>'), '"<a>&amp;]]"(cdata)');
  });

  void it('resolves the predefined entities and characters, and keeps others as they are', () => {
    assert.equal(text('&lt;&gt;&amp;&quot;&apos;'), '"<>&\\"\'"(references)');
    assert.equal(text('&#233;&#xE9;&#x1F600;'), '"éé😀"(nonAscii|references)');
    assert.equal(text('a&nbsp;b&foo;'), '"a&nbsp;b&foo;"()');
    assert.equal(text('&#x1b;&#xD800;&#x110000;'), '"\\u001b��"(nonAscii|references)');
  });

  void it('makes one line end of CR LF and of CR', () => {
    assert.equal(text('a\r\nb\rc\nd\r\n\r\n'), '"a\\nb\\nc\\nd\\n\\n"()');
    assert.equal(text('<![CDATA[a\r\nb]]>'), '"a\\nb"(cdata)');
    assert.equal(text('a&#13;b'), '"a\\rb"(references)');
  });

  void it('normalises white space in values', () => {
    assert.match(tape("<m a='x\ty\nz\r\nw'/>"), /@a:67:0="x y z w"\(\)/);
    assert.match(tape("<m a='x&#9;y&#10;z'/>"), /@a:67:0="x\\ty\\nz"\(references\)/);
  });

  void it('replaces what is not UTF-8 by U+FFFD, one for each ill-formed sequence', () => {
    const cases: [number[], string][] = [
      [[0x61, 0xff, 0x62], 'a�b'],
      [[0xc0, 0x80], '��'],
      [[0xe2, 0x82, 0x61], '�a'],
      [[0xed, 0xa0, 0x80], '���'],
      [[0xf0, 0x9f, 0x98], '�'],
      [[0xf4, 0x90, 0x80, 0x80], '����'],
    ];
    for (const [bytes, decoded] of cases) {
      const document = Buffer.concat([
        bytesOf(`${HEAD}<m a='`),
        Uint8Array.from(bytes),
        bytesOf(`'>`),
        Uint8Array.from(bytes),
        bytesOf('</m>'),
      ]);
      const said = recorder.run([document]).at(-1);
      assert.ok(said);
      const shown = JSON.stringify(decoded);
      assert.ok(said.text.includes(`@a:67:0=${shown}(nonAscii|replaced)`), said.text);
      assert.ok(said.text.includes(` ${shown}(nonAscii|replaced)`), said.text);
      assert.match(said.detail, /nonAscii/);
    }
  });

  void it('shows names with bytes that are not UTF-8 with U+FFFD, and matches their end tags', () => {
    const document = Buffer.concat([
      bytesOf(`${HEAD}<m><a`),
      Uint8Array.of(0xff),
      bytesOf(' b'),
      Uint8Array.of(0xe2, 0x82),
      bytesOf("c='d'></a"),
      Uint8Array.of(0xff),
      bytesOf('></m>'),
    ]);
    const said = recorder.run([document]);
    assert.equal(
      said.at(-1)?.text,
      '<m:0 {jabber:client}:2<a�:0 {jabber:client}:2 @b�c:0:0="d"() / /',
    );
    assert.ok(!said.some(({ text: name }) => name === 'xml.mismatched_tag'));
  });

  void it('keeps the first of two attributes with one name first', () => {
    assert.match(
      tape("<message to='first' to='second'/>"),
      /@to:53:0="first"\(\) @to:53:0="second"/,
    );
  });

  void it('counts elements, depth and bytes', () => {
    const [first, second] = tapes('<m><a><b/></a><c/></m>\n<presence/>');
    assert.equal(first?.detail, ' elements=4 depth=3 wire=22 raw=22');
    assert.equal(second?.detail, ' elements=1 depth=1 wire=11 raw=11');
    assert.deepEqual([first.serial, second.serial], [1, 2]);
  });

  void it('delivers a broken element with what was decoded before the error', () => {
    const found = tapes("<message to='a@b'><body>cheap pills</bodi></message><presence/>");
    assert.deepEqual(
      found.map(({ text: markup, detail }) => [markup, detail.split(' ')[0]]),
      [
        [
          '<message:4 {jabber:client}:2 @to:53:0="a@b"()<body:7 {jabber:client}:2 "cheap pills"() / /',
          'broken',
        ],
        ['<presence:5 {jabber:client}:2 /', 'resynced'],
      ],
    );
    assert.equal(
      tape("<message to='a@b' from='c@d' id=x>"),
      '<message:4 {jabber:client}:2 @to:53:0="a@b"() @from:54:0="c@d"() /',
    );
  });

  void it('keeps all text before an error or a gap, once', () => {
    const kept = '"cheap pills"';
    for (const bad of [
      '& more',
      '<%',
      '<',
      '<1',
      '<!x',
      '<?',
      '<!-- x',
      '&a',
      '<![CDATA[',
      '</x',
      '<b>',
      '<b c',
    ]) {
      assert.ok(tape(`<m>cheap pills${bad}`).includes(` ${kept}(`), bad);
      assert.equal(tape(`<m>cheap pills${bad}`).split('cheap').length, 2, bad);
    }
    assert.match(
      tape('<m>a&amp;cheap<![CDATA[ pi]]>l<!-- -->ls&'),
      / "a&cheap pills"\(references\|cdata\|joined\) \/$/,
    );
    assert.match(
      tape("<m a='1' b='2&amp;3' c='4"),
      /^<m:0 \{jabber:client\}:2 @a:67:0="1"\(\) @b:0:0="2&3"\(references\) \/$/,
    );
  });

  void it('lends regions of its own memory only', () => {
    const { memory, scratchOffset, scratchLength } = recorder.tokenizer;
    assert.ok(scratchOffset + scratchLength <= memory.length);
    assert.ok(scratchLength >= 1024 * 1024);
  });
});
