/**
 * Every event of the catalogue that the tokenizer raises: a document that raises it, and a near miss
 * that does not, at every segmentation.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EVENTS } from '../../../sensor/core/index.ts';
import { cutEvery, everyChunking } from '../../support/chunking.ts';
import { bytesOf, linesOf, wide, XmlRecorder, type Said } from '../../support/xml-recorder.ts';

const HEAD = "<s:stream xmlns='jabber:client' xmlns:s='http://etherx.jabber.org/streams'>";
const recorder = new XmlRecorder();

/** Bytes from text and raw byte values. */
function bytes(...parts: (string | readonly number[])[]): Uint8Array {
  return Buffer.concat(parts.map((p) => (typeof p === 'string' ? bytesOf(p) : Uint8Array.from(p))));
}

/** In a message body of an open stream. */
function body(...parts: (string | readonly number[])[]): Uint8Array {
  return bytes(HEAD, '<message><body>', ...parts, '</body></message>');
}

/** Between the elements of an open stream. */
function stream(...parts: (string | readonly number[])[]): Uint8Array {
  return bytes(HEAD, ...parts);
}

function names(said: readonly Said[]): string[] {
  return said.filter(({ kind }) => kind === 'event').map(({ text }) => text);
}

const LARGE_CUTS = [1, 3, 64, 1000, 1448, 4096, 10_007, 70_000];

/** What is said of a document, after checking that no segmentation changes it. */
function saidOf(document: Uint8Array): Said[] {
  const whole = recorder.run([document]);
  const lines = linesOf(whole);
  const check = (pieces: readonly Uint8Array[], label: string): void => {
    assert.deepEqual(linesOf(recorder.run(pieces)), lines, label);
  };
  if (document.length < 600) everyChunking(document, check);
  else for (const size of LARGE_CUTS) check(cutEvery(document, size), `size ${size}`);
  return whole;
}

interface Case {
  readonly event: string;
  readonly what: string;
  readonly fires: Uint8Array;
  readonly nearMiss: Uint8Array;
  /** Offset of the event, when it is worth stating. */
  readonly at?: number;
}

const H = HEAD.length;
const nested = (depth: number): string => '<a>'.repeat(depth) + '</a>'.repeat(depth);
/** A message of exactly `size` bytes. */
const sized = (size: number): string => `<message><body>${'x'.repeat(size - 32)}</body></message>`;
const attributes = (n: number): string => Array.from({ length: n }, (_, i) => ` a${i}=''`).join('');
const declarations = (n: number): string =>
  Array.from({ length: n }, (_, i) => `<x xmlns:p${i}='u'/>`).join('');

const CASES: readonly Case[] = [
  // Document type declarations and entities
  {
    event: 'xml.dtd',
    what: 'before the root',
    fires: bytes('<!DOCTYPE a>', HEAD),
    nearMiss: body('<![CDATA[<!DOCTYPE a>]]>'),
    at: 0,
  },
  {
    event: 'xml.dtd',
    what: 'between elements',
    fires: stream('<!DOCTYPE a []><presence/>'),
    nearMiss: stream('<!-- <!DOCTYPE a> --><presence/>'),
    at: H,
  },
  {
    event: 'xml.dtd',
    what: 'in an element',
    fires: body('x<!DOCTYPE a>y'),
    nearMiss: body('x&lt;!DOCTYPE a>y'),
    at: H + 16,
  },
  {
    event: 'xml.dtd_external',
    what: 'SYSTEM',
    fires: bytes("<!DOCTYPE a SYSTEM 'u'>", HEAD),
    nearMiss: bytes('<!DOCTYPE a><!-- SYSTEM -->', HEAD),
  },
  {
    event: 'xml.dtd_external',
    what: 'PUBLIC entity',
    fires: bytes("<!DOCTYPE a [<!ENTITY b PUBLIC 'p' 'u'>]>", HEAD),
    nearMiss: bytes("<!DOCTYPE a [<!ENTITY b 'PUBLIC'>]>", HEAD),
  },
  {
    event: 'xml.entity_decl',
    what: 'general entity',
    fires: bytes("<!DOCTYPE a [<!ENTITY b 'c'>]>", HEAD),
    nearMiss: bytes("<!DOCTYPE a [<!ELEMENT b ANY><!-- <!ENTITY b 'c'> -->]>", HEAD),
  },
  {
    event: 'xml.entity_bomb',
    what: 'recursion',
    fires: bytes("<!DOCTYPE a [<!ENTITY b '&c;'><!ENTITY c '&b;'>]>", HEAD),
    nearMiss: bytes("<!DOCTYPE a [<!ENTITY b '&c;'><!ENTITY c 'b'>]>", HEAD),
  },
  {
    event: 'xml.entity_bomb',
    what: 'parameter entity',
    fires: bytes("<!DOCTYPE a [<!ENTITY % b 'c'>]>", HEAD),
    nearMiss: bytes("<!DOCTYPE a [<!ENTITY b '100%'>]>", HEAD),
  },
  {
    event: 'xml.entity_bomb',
    what: 'expanded size',
    fires: bytes(
      `<!DOCTYPE a [<!ENTITY b '${'x'.repeat(103)}'><!ENTITY c '${'&b;'.repeat(100)}'>]>`,
      HEAD,
    ),
    nearMiss: bytes(
      `<!DOCTYPE a [<!ENTITY b '${'x'.repeat(102)}'><!ENTITY c '${'&b;'.repeat(100)}'>]>`,
      HEAD,
    ),
  },
  {
    event: 'xml.entity_bomb',
    what: 'more entities than are followed',
    fires: bytes(
      `<!DOCTYPE a [${Array.from({ length: 257 }, (_, i) => `<!ENTITY e${i} 'x'>`).join('')}]>`,
      HEAD,
    ),
    nearMiss: bytes(
      `<!DOCTYPE a [${Array.from({ length: 256 }, (_, i) => `<!ENTITY e${i} 'x'>`).join('')}]>`,
      HEAD,
    ),
  },
  {
    event: 'xml.entity_ref',
    what: 'in text',
    fires: body('&foo;'),
    nearMiss: body('&amp;&lt;&gt;&quot;&apos;'),
    at: H + 15,
  },
  {
    event: 'xml.entity_ref',
    what: 'in a value',
    fires: stream("<message a='&foo;'/>"),
    nearMiss: stream("<message a='&amp;foo;'/>"),
  },
  {
    event: 'xml.entity_ref',
    what: 'an HTML name the document declares itself',
    fires: bytes("<!DOCTYPE a [<!ENTITY nbsp 'x'>]>", HEAD, '<presence>&nbsp;</presence>'),
    nearMiss: body('&nbsp;'),
  },
  { event: 'xml.entity_ref_html', what: 'nbsp', fires: body('&nbsp;'), nearMiss: body('&nbsq;') },
  {
    event: 'xml.entity_ref_html',
    what: 'thetasym',
    fires: body('&thetasym;'),
    nearMiss: body('&thetasymb;'),
  },
  // Comments, processing instructions, declarations
  {
    event: 'xml.comment',
    what: 'in text',
    fires: body('a<!-- -->b'),
    nearMiss: body('a<![CDATA[<!-- -->]]>b'),
    at: H + 16,
  },
  {
    event: 'xml.pi',
    what: 'in text',
    fires: body('a<?x y?>b'),
    nearMiss: body('a&lt;?x y?>b'),
    at: H + 16,
  },
  {
    event: 'xml.pi',
    what: 'before the root',
    fires: bytes('<?x?>', HEAD),
    nearMiss: bytes("<?xml version='1.0'?>", HEAD),
  },
  {
    event: 'xml.decl_midstream',
    what: 'in an element',
    fires: body("a<?xml version='1.0'?>b"),
    nearMiss: body('a<?xml-x ?>b'),
    at: H + 16,
  },
  {
    event: 'xml.decl_midstream',
    what: 'before a stanza',
    fires: stream("<?xml version='1.0'?><presence/>"),
    nearMiss: stream("<?xml version='1.0'?>", HEAD, '<presence/>'),
    at: H,
  },
  {
    event: 'xml.decl_midstream',
    what: 'before the end',
    fires: stream("<?xml version='1.0'?></s:stream>"),
    nearMiss: bytes("<?xml version='1.0'?>", HEAD, '</s:stream>'),
  },
  {
    event: 'xml.decl_midstream',
    what: 'behind white space',
    fires: bytes(" <?xml version='1.0'?>", HEAD),
    nearMiss: bytes("<?xml version='1.0'?> ", HEAD),
  },
  {
    event: 'xml.decl_repeated',
    what: 'before the root',
    fires: bytes("<?xml version='1.0'?><?xml version='1.0'?>", HEAD),
    nearMiss: bytes("<?xml version='1.0'?>", HEAD),
  },
  {
    event: 'xml.version',
    what: '1.1',
    fires: bytes("<?xml version='1.1'?>", HEAD),
    nearMiss: bytes("<?xml version='1.0'?>", HEAD),
  },
  {
    event: 'xml.standalone',
    what: 'no',
    fires: bytes("<?xml version='1.0' standalone='no'?>", HEAD),
    nearMiss: bytes("<?xml version='1.0' standalone='yes'?>", HEAD),
  },
  {
    event: 'xml.encoding_declared',
    what: 'ISO-8859-1',
    fires: bytes("<?xml version='1.0' encoding='ISO-8859-1'?>", HEAD),
    nearMiss: bytes("<?xml version='1.0' encoding='utf-8'?>", HEAD),
  },
  // UTF-8
  {
    event: 'utf8.overlong',
    what: 'C0 80',
    fires: body([0xc0, 0x80]),
    nearMiss: body([0xc2, 0x80]),
    at: H + 15,
  },
  {
    event: 'utf8.overlong',
    what: 'E0 80 80',
    fires: body([0xe0, 0x80, 0x80]),
    nearMiss: body([0xe0, 0xa0, 0x80]),
  },
  {
    event: 'utf8.overlong',
    what: 'F0 8F BF BF',
    fires: body([0xf0, 0x8f, 0xbf, 0xbf]),
    nearMiss: body([0xf0, 0x90, 0x80, 0x80]),
  },
  {
    event: 'utf8.surrogate',
    what: 'ED A0 80',
    fires: body([0xed, 0xa0, 0x80]),
    nearMiss: body([0xed, 0x9f, 0xbf]),
  },
  {
    event: 'utf8.out_of_range',
    what: 'F4 90',
    fires: body([0xf4, 0x90, 0x80, 0x80]),
    nearMiss: body([0xf4, 0x8f, 0xbf, 0xbe, 0x61]),
  },
  {
    event: 'utf8.out_of_range',
    what: 'F5 80',
    fires: body([0xf5, 0x80, 0x80, 0x80]),
    nearMiss: body([0xf3, 0x80, 0x80, 0x80]),
  },
  {
    event: 'utf8.stray_continuation',
    what: '80',
    fires: body('a', [0x80], 'b'),
    nearMiss: body('a', [0xc3, 0x80], 'b'),
  },
  {
    event: 'utf8.truncated',
    what: 'E2 82 and a letter',
    fires: body([0xe2, 0x82], 'a'),
    nearMiss: body([0xe2, 0x82, 0xac], 'a'),
  },
  {
    event: 'utf8.truncated',
    what: 'lead byte in an attribute',
    fires: stream("<message a='", [0xe9], "t'/>"),
    nearMiss: stream("<message a='", [0xc3, 0xa9], "t'/>"),
  },
  {
    event: 'utf8.stray_high_byte',
    what: 'Latin-1 in a body',
    fires: body('caf', [0xe9], 's'),
    nearMiss: body('caf', [0xc3, 0xa9], 's'),
  },
  {
    event: 'utf8.stray_high_byte',
    what: 'CP1251 in a body',
    fires: body([0xcf, 0xf0, 0xe8], 'x'),
    nearMiss: body('При'),
  },
  {
    event: 'utf8.delimiter_eaten',
    what: 'EB before <',
    fires: body('hi', [0xeb]),
    nearMiss: body('hi', [0xeb], 'x'),
    at: H + 17,
  },
  {
    event: 'utf8.delimiter_eaten',
    what: 'second slot holds a quote',
    fires: stream("<message a='", [0xe2, 0x82], "'/>"),
    nearMiss: stream("<message a='", [0xe2, 0x82, 0xac], "'/>"),
  },
  {
    event: 'utf8.delimiter_eaten',
    what: 'F0 before a reference; a space in text is Latin-1 or CP1251',
    fires: body([0xf0], '&amp;x'),
    nearMiss: body([0xf0], ' x'),
  },
  {
    event: 'utf8.delimiter_eaten',
    what: 'between elements',
    fires: stream([0xeb], '<presence/>'),
    nearMiss: stream('<presence/>'),
  },
  // Encodings
  {
    event: 'xml.bom',
    what: 'UTF-8',
    fires: bytes([0xef, 0xbb, 0xbf], HEAD),
    nearMiss: body([0xef, 0xbb, 0xbf]),
  },
  {
    event: 'xml.encoding_utf16',
    what: 'LE with a mark',
    fires: wide(HEAD, 2, false, true),
    nearMiss: bytes(HEAD),
    at: 0,
  },
  {
    event: 'xml.encoding_utf16',
    what: 'BE with a mark',
    fires: wide(HEAD, 2, true, true),
    nearMiss: bytes(HEAD),
  },
  {
    event: 'xml.encoding_utf16',
    what: 'LE',
    fires: wide(HEAD, 2, false, false),
    nearMiss: bytes(HEAD),
  },
  {
    event: 'xml.encoding_utf16',
    what: 'BE',
    fires: wide(HEAD, 2, true, false),
    nearMiss: bytes(HEAD),
  },
  {
    event: 'xml.encoding_utf16',
    what: 'second header, BE with a mark',
    fires: Buffer.concat([bytes(HEAD), wide(HEAD, 2, true, true)]),
    nearMiss: bytes(HEAD, HEAD),
    at: H,
  },
  {
    event: 'xml.encoding_utf16',
    what: 'second header, LE',
    fires: Buffer.concat([bytes(HEAD), wide(HEAD, 2, false, false)]),
    nearMiss: bytes(HEAD, HEAD),
    at: H,
  },
  {
    event: 'xml.encoding_utf32',
    what: 'LE with a mark',
    fires: wide(HEAD, 4, false, true),
    nearMiss: wide(HEAD, 2, false, true),
  },
  {
    event: 'xml.encoding_utf32',
    what: 'BE',
    fires: wide(HEAD, 4, true, false),
    nearMiss: wide(HEAD, 2, true, false),
  },
  // Characters
  {
    event: 'xml.ctrl_char',
    what: 'ESC in text',
    fires: body('\x1b'),
    nearMiss: body('\t\r\n\x7f'),
  },
  { event: 'xml.ctrl_char', what: 'NUL in text', fires: body('a\0b'), nearMiss: body('a0b') },
  { event: 'xml.ctrl_char', what: 'U+FFFE', fires: body('\ufffe'), nearMiss: body('\ufffd') },
  {
    event: 'xml.ctrl_char',
    what: 'in a comment behind a hyphen',
    fires: body('<!--a-\x01-->'),
    nearMiss: body('<!--a-b-->'),
  },
  {
    event: 'xml.ctrl_char',
    what: 'in CDATA behind a bracket',
    fires: body('<![CDATA[]\x01]]>'),
    nearMiss: body('<![CDATA[]]]]>'),
  },
  {
    event: 'xml.ctrl_charref',
    what: 'ESC',
    fires: body('&#x1b;'),
    nearMiss: body('&#9;&#xA;&#13;'),
  },
  { event: 'xml.ctrl_charref', what: 'NUL', fires: body('&#0;'), nearMiss: body('&#48;') },
  {
    event: 'xml.ctrl_charref',
    what: 'surrogate',
    fires: body('&#xD800;'),
    nearMiss: body('&#xD7FF;&#xE000;'),
  },
  {
    event: 'xml.ctrl_charref',
    what: 'beyond Unicode',
    fires: body('&#99999999999999999999;'),
    nearMiss: body('&#x10FFFF;'),
  },
  {
    event: 'xml.nul_separator',
    what: 'behind a stanza',
    fires: stream('<presence/>\0<presence/>'),
    nearMiss: stream('<presence/> \0'),
  },
  {
    event: 'xml.charref_obfuscation',
    what: 'eight letters',
    fires: body('&#99;&#104;&#101;&#97;&#112;&#112;&#105;&#108; ok'),
    nearMiss: body('&#99;&#104;&#101;&#97;&#112;&#112;&#105; ok'),
  },
  {
    event: 'xml.charref_obfuscation',
    what: 'thirty percent',
    fires: body('&#x41;'.repeat(9), 'x'.repeat(21)),
    nearMiss: body('&#x41;'.repeat(9), 'x'.repeat(22)),
  },
  {
    event: 'xml.charref_obfuscation',
    what: 'in a value',
    fires: stream(`<message a='${'&#x41;'.repeat(8)}'/>`),
    nearMiss: stream(`<message a='${'&#xe9;'.repeat(8)}'/>`),
  },
  {
    event: 'xml.charref_obfuscation',
    what: 'across CDATA and a comment',
    fires: body('&#x41;'.repeat(4), '<![CDATA[x]]><!-- -->', '&#x41;'.repeat(4)),
    nearMiss: body('&#x41;'.repeat(4), '<a/>', '&#x41;'.repeat(4)),
  },
  // Attributes and namespaces
  {
    event: 'xml.dup_attr',
    what: 'same name',
    fires: stream("<message a='1' a='2'/>"),
    nearMiss: stream("<message a='1' A='2'/>"),
    at: H,
  },
  {
    event: 'xml.dup_attr',
    what: 'two prefixes of one namespace',
    fires: stream("<m xmlns:p='u' xmlns:q='u' p:a='' q:a=''/>"),
    nearMiss: stream("<m xmlns:p='u' xmlns:q='v' p:a='' q:a='' a=''/>"),
  },
  {
    event: 'xml.dup_attr',
    what: 'among many',
    fires: stream(`<m${attributes(20)} a13=''/>`),
    nearMiss: stream(`<m${attributes(20)} a23=''/>`),
  },
  {
    event: 'xml.dup_attr',
    what: 'long names',
    fires: stream("<m aaaaaaaaab='' aaaaaaaaab=''/>"),
    nearMiss: stream("<m aaaaaaaaab='' aaaaaaaaac=''/>"),
  },
  {
    event: 'xml.dup_attr',
    what: 'default namespace twice',
    fires: stream("<m xmlns='a' xmlns='b'/>"),
    nearMiss: stream("<m xmlns='a' xmlns:m='b'/>"),
  },
  {
    event: 'xml.unbound_prefix',
    what: 'element',
    fires: stream('<p:m/>'),
    nearMiss: stream("<p:m xmlns:p='u'/>"),
  },
  {
    event: 'xml.unbound_prefix',
    what: 'attribute',
    fires: stream("<m p:a=''/>"),
    nearMiss: stream("<m xml:a=''/>"),
  },
  {
    event: 'xml.unbound_prefix',
    what: 'out of scope',
    fires: stream("<m><a xmlns:p='u'/><p:b/></m>"),
    nearMiss: stream("<m><a xmlns:p='u'><p:b/></a></m>"),
  },
  {
    event: 'xml.unbound_prefix',
    what: 'header',
    fires: bytes('<s:stream>'),
    nearMiss: bytes(HEAD),
  },
  {
    event: 'xml.unbound_prefix',
    what: 'second header leans on the first',
    fires: stream('<s:stream>'),
    nearMiss: stream(HEAD),
  },
  {
    event: 'xml.ns_separator',
    what: 'newline by reference',
    fires: stream("<q xmlns='jabber:iq:auth&#10;query'/>"),
    nearMiss: stream("<q xmlns='jabber:iq:auth:query'/>"),
  },
  {
    event: 'xml.ns_separator',
    what: 'vertical bar',
    fires: stream("<q xmlns:p='a|b'/>"),
    nearMiss: stream("<q a='a|b'/>"),
  },
  {
    event: 'xml.ns_separator',
    what: 'brace',
    fires: stream("<q xmlns='u}q'/>"),
    nearMiss: stream("<q xmlns='u/q#~%7D'/>"),
  },
  {
    event: 'xml.ns_space',
    what: 'space',
    fires: stream("<q xmlns='my space'/>"),
    nearMiss: stream("<q xmlns='my-space'/>"),
  },
  {
    event: 'xml.ns_rebind',
    what: 'xml',
    fires: stream("<q xmlns:xml='u'/>"),
    nearMiss: stream("<q xmlns:xml='http://www.w3.org/XML/1998/namespace'/>"),
  },
  {
    event: 'xml.ns_rebind',
    what: 'prefix bound to nothing',
    fires: stream("<q xmlns:p=''/>"),
    nearMiss: stream("<q xmlns=''/>"),
  },
  {
    event: 'xml.ns_rebind',
    what: 'default namespace of a stanza',
    fires: stream("<message xmlns='urn:x'/>"),
    nearMiss: stream("<message xmlns='jabber:server'/>"),
  },
  {
    event: 'xml.ns_rebind',
    what: 'streams namespace in a stanza',
    fires: stream("<iq><e:error xmlns:e='http://etherx.jabber.org/streams'/></iq>"),
    nearMiss: stream("<e:error xmlns:e='http://etherx.jabber.org/streams'/>"),
  },
  // Well-formedness
  {
    event: 'xml.mismatched_tag',
    what: 'other name',
    fires: stream('<message><a></b></message>'),
    nearMiss: stream('<message><a></a ></message>'),
    at: H + 12,
  },
  {
    event: 'xml.mismatched_tag',
    what: 'name goes on',
    fires: stream('<message></messages>'),
    nearMiss: stream('<messages></messages>'),
  },
  {
    event: 'xml.mismatched_tag',
    what: 'end of the stream in an element',
    fires: stream('<message></s:stream>'),
    nearMiss: stream('<message/></s:stream>'),
  },
  {
    event: 'xml.mismatched_tag',
    what: 'other root',
    fires: stream('</x:stream>'),
    nearMiss: stream('</s:stream>'),
  },
  {
    event: 'xml.unquoted_attr',
    what: 'bare value',
    fires: stream('<message a=b/>'),
    nearMiss: stream("<message a = 'b'/>"),
  },
  {
    event: 'xml.lt_in_attr',
    what: 'raw',
    fires: stream("<message a='<'/>"),
    nearMiss: stream("<message a='&lt;>'/>"),
  },
  {
    event: 'xml.bad_name',
    what: 'digit first',
    fires: stream('<message><1/></message>'),
    nearMiss: stream('<message><a1/></message>'),
  },
  {
    event: 'xml.bad_name',
    what: 'two colons',
    fires: stream("<a:b:c xmlns:a='u'/>"),
    nearMiss: stream("<a:b xmlns:a='u'/>"),
  },
  {
    event: 'xml.bad_name',
    what: 'multiplication sign',
    fires: stream('<a×/>'),
    nearMiss: stream('<aÖ/>'),
  },
  {
    event: 'xml.bad_name',
    what: 'local part begins with a hyphen',
    fires: stream("<a:-b xmlns:a='u'/>"),
    nearMiss: stream("<a:b- xmlns:a='u'/>"),
  },
  {
    event: 'xml.bad_name',
    what: 'PI called XML',
    fires: body('<?XML?>'),
    nearMiss: body('<?XMLx?>'),
  },
  {
    event: 'xml.bad_syntax',
    what: 'bare ampersand',
    fires: body('a & b'),
    nearMiss: body('a &amp; b'),
  },
  {
    event: 'xml.bad_syntax',
    what: 'attribute without value',
    fires: stream('<message a/>'),
    nearMiss: stream("<message a=''/>"),
  },
  {
    event: 'xml.bad_syntax',
    what: 'attributes not separated',
    fires: stream("<message a='1'b='2'/>"),
    nearMiss: stream("<message a='1' b='2'/>"),
  },
  {
    event: 'xml.bad_syntax',
    what: 'two hyphens in a comment',
    fires: body('<!-- a -- b -->'),
    nearMiss: body('<!-- a - - b -->'),
  },
  {
    event: 'xml.bad_syntax',
    what: 'hex digits in a decimal reference',
    fires: body('&#1a;'),
    nearMiss: body('&#x1a0;'),
  },
  {
    event: 'xml.bad_syntax',
    what: 'lower-case cdata',
    fires: body('<![cdata[x]]>'),
    nearMiss: body('<![CDATA[x]]>'),
  },
  {
    event: 'xml.bad_syntax',
    what: 'declaration in the wrong order',
    fires: bytes("<?xml encoding='utf-8' version='1.0'?>", HEAD),
    nearMiss: bytes("<?xml version='1.0' encoding='utf-8'?>", HEAD),
  },
  {
    event: 'xml.second_root',
    what: 'stanza behind the end',
    fires: stream('</s:stream><presence/>'),
    nearMiss: stream('<presence/></s:stream> '),
  },
  {
    event: 'xml.second_root',
    what: 'header behind the end',
    fires: stream('</s:stream>', HEAD),
    nearMiss: stream('</s:stream>'),
  },
  {
    event: 'xml.text_outside_root',
    what: 'behind',
    fires: stream('</s:stream>x'),
    nearMiss: stream('</s:stream>\r\n\t '),
  },
  {
    event: 'xml.text_outside_root',
    what: 'before',
    fires: bytes('x', HEAD),
    nearMiss: bytes('\n', HEAD),
  },
  {
    event: 'xml.text_between',
    what: 'between stanzas',
    fires: stream('<presence/>x<presence/>'),
    nearMiss: stream('<presence/> <presence/>'),
  },
  {
    event: 'xml.cdata_end_in_text',
    what: 'in text',
    fires: body('a]]>b'),
    nearMiss: body('a]]b]>c]]&gt;'),
  },
  {
    event: 'xml.cdata_end_in_text',
    what: 'behind CDATA',
    fires: body('<![CDATA[x]]>]]>'),
    nearMiss: body('<![CDATA[x]]>>'),
  },
  {
    event: 'xml.resync',
    what: 'next stanza',
    fires: stream('<message><a></b><presence/>'),
    nearMiss: stream('<message><a></b><present/>'),
  },
  {
    event: 'xml.resync',
    what: 'end of the stream',
    fires: stream('<%></s:stream>'),
    nearMiss: stream('<%></t:stream>'),
  },
  // Sizes
  {
    event: 'xml.depth_32',
    what: 'nesting',
    fires: stream(nested(33)),
    nearMiss: stream(nested(32)),
  },
  {
    event: 'xml.depth_64',
    what: 'nesting',
    fires: stream(nested(65)),
    nearMiss: stream(nested(64)),
  },
  {
    event: 'xml.depth_128',
    what: 'nesting',
    fires: stream(nested(129)),
    nearMiss: stream(nested(128)),
  },
  {
    event: 'xml.depth_1024',
    what: 'nesting',
    fires: stream(nested(1025)),
    nearMiss: stream(nested(1024)),
  },
  {
    event: 'xml.stanza_64k',
    what: 'size',
    fires: stream(sized(65_537)),
    nearMiss: stream(sized(65_536), sized(100)),
    at: H + 65_536,
  },
  {
    event: 'xml.attr_count',
    what: 'one element',
    fires: stream(`<m${attributes(65)}/>`),
    nearMiss: stream(`<m${attributes(64)}><n${attributes(64)}/></m>`),
  },
  {
    event: 'xml.attr_size',
    what: 'value',
    fires: stream(`<m a='${'x'.repeat(8193)}'/>`),
    nearMiss: stream(`<m a='${'x'.repeat(8192)}'/>`),
    at: H + 6 + 8192,
  },
  {
    event: 'xml.name_size',
    what: 'element',
    fires: stream(`<${'x'.repeat(1025)}/>`),
    nearMiss: stream(`<${'x'.repeat(1024)}/>`),
  },
  {
    event: 'xml.name_size',
    what: 'attribute',
    fires: stream(`<m ${'x'.repeat(1025)}=''/>`),
    nearMiss: stream(`<m ${'x'.repeat(1024)}=''/>`),
  },
  {
    event: 'xml.xmlns_count',
    what: 'one stanza',
    fires: stream(`<m>${declarations(51)}</m>`),
    nearMiss: stream(`<m>${declarations(50)}</m><m>${declarations(50)}</m>`),
  },
  {
    event: 'xml.ws_in_tag',
    what: 'start tag',
    fires: stream(`<m${' '.repeat(2049)}a=''${' '.repeat(2048)}/>`),
    nearMiss: stream(`<m${' '.repeat(2048)}a=''${' '.repeat(2048)}/><m${' '.repeat(4096)}/>`),
  },
  {
    event: 'xml.ws_in_tag',
    what: 'unfinished header',
    fires: bytes(`<s:stream ${' '.repeat(70_000)}`),
    nearMiss: bytes(`<s:stream ${' '.repeat(4000)}`),
    at: 9 + 4096,
  },
  {
    event: 'xml.ws_between',
    what: 'within a minute',
    fires: stream(' '.repeat(65_537)),
    nearMiss: stream(' '.repeat(65_536)),
    at: H + 65_536,
  },
  {
    event: 'xml.stanza_256k',
    what: 'size',
    fires: stream(sized(262_145)),
    nearMiss: stream(sized(262_144)),
    at: H + 262_144,
  },
  {
    event: 'xml.stanza_512k',
    what: 'size',
    fires: stream(sized(524_289)),
    nearMiss: stream(sized(524_288)),
    at: H + 524_288,
  },
  {
    event: 'xml.stanza_1m',
    what: 'size',
    fires: stream(sized(1_048_577)),
    nearMiss: stream(sized(1_048_576)),
    at: H + 1_048_576,
  },
  {
    event: 'xml.tape_full',
    what: 'tokens',
    // Two tokens for each element.
    fires: stream(`<m>${'<a/>'.repeat(16_384)}</m>`),
    nearMiss: stream(`<m>${'<a/>'.repeat(16_383)}</m>`),
  },
];

/** About readings of the same bytes, and of the same stanza at two places: raised in correlation/. */
const OF_CORRELATION = new Set([
  'xml.parser_diff',
  'xml.parser_diff_limit',
  'xml.leg_mismatch',
  'xml.leg_nested',
  'xml.smuggling',
]);

void describe('xml events', () => {
  for (const { event, what, fires, nearMiss, at } of CASES) {
    void it(`${event}: ${what}`, () => {
      const found = saidOf(fires).filter(({ kind, text }) => kind === 'event' && text === event);
      assert.equal(found.length, 1, `raised ${found.length} times`);
      if (at !== undefined) assert.equal(found[0]?.offset, at);
      assert.ok(!names(saidOf(nearMiss)).includes(event), 'the near miss raised it');
    });
  }

  void it('covers every event of the catalogue that this room raises', () => {
    const covered = new Set(CASES.map(({ event }) => event));
    const missing = EVENTS.map(({ name }) => name).filter(
      (name) => /^(xml|utf8)\./.test(name) && !covered.has(name) && !OF_CORRELATION.has(name),
    );
    assert.deepEqual(missing, []);
  });

  void it('raises a kind once for each first-level element', () => {
    const found = names(recorder.run([stream('<m>&a;&b;<!-- --></m><m>&c;</m>')]));
    assert.deepEqual(found, ['xml.entity_ref', 'xml.comment', 'xml.entity_ref']);
  });

  void it('gives events the serial of their element, and 0 between elements', () => {
    const said = recorder.run([stream('<presence/><m>&a;</m>x<m>&a;</m>')]);
    const events = said.filter(({ kind }) => kind === 'event');
    assert.deepEqual(
      events.map(({ text, serial }) => [text, serial]),
      [
        ['xml.entity_ref', 2],
        ['xml.text_between', 0],
        ['xml.entity_ref', 3],
      ],
    );
  });

  void it('holds events of a start tag back until its attributes can be read', () => {
    const document = stream("<message a='&x;' id='7' b='\x01'>");
    for (const pieces of [[document], cutEvery(document, 1)]) {
      const said = recorder.run(pieces).filter(({ kind }) => kind === 'event');
      assert.deepEqual(
        said.map(({ text, detail }) => [text, detail]),
        [
          ['xml.entity_ref', 'message a id b'],
          ['xml.ctrl_char', 'message a id b'],
        ],
      );
    }
  });

  void it('stays silent on ordinary streams', () => {
    const document = bytes(
      "<?xml version='1.0' encoding='UTF-8'?>",
      HEAD,
      "<s:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/></s:features>\n",
      "<message to='a@b' xml:lang='en'><body>Grüße, 世界 &amp; 😀</body></message>",
      "<iq type='result' id='1'><vCard xmlns='vcard-temp'><FN>x</FN></vCard></iq>\n</s:stream>",
    );
    assert.deepEqual(names(saidOf(document)), []);
  });
});
