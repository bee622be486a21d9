import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createObfuscationDetector } from '../../../sensor/detect/detectors/obfuscation.ts';
import { examine, stanzaOf, type Emitted } from './stanza.ts';

const detector = createObfuscationDetector();

function ask(...texts: readonly (string | Uint8Array)[]): Emitted[] {
  return examine(detector, stanzaOf(texts.map((text) => ['xmpp.text', text] as const)));
}

const DISGUISED: readonly [name: string, text: string, sign: string, count: number][] = [
  ['zero-width characters inside words', 'ch\u200beap pi\u200bl\u200cls', 'zero_width', 3],
  ['word joiners and marks inside words', 'v\u2060i\u200ea\ufeffgra', 'zero_width', 3],
  ['an override', 'invoice_\u202excod.exe', 'direction_overrides', 1],
  [
    'Cyrillic letters in Latin words',
    'login at p\u0430ypal or \u0430pple',
    'mixed_script_words',
    2,
  ],
  ['Latin letters in Cyrillic words', 'Пpивeт, дpyг', 'mixed_script_words', 2],
  ['Greek letters in Latin words', 'fr\u03bfm g\u03bf\u03bfgle', 'mixed_script_words', 2],
  [
    'small capitals in Cyrillic words',
    'П\u1d0fдд\u1d07льн\u1d00я в\u1d00люта',
    'mixed_script_words',
    2,
  ],
  [
    'mathematical letters',
    '\u{1d402}\u{1d421}\u{1d41e}\u{1d41a}\u{1d429} \u{1d429}\u{1d422}\u{1d425}\u{1d425}\u{1d42c}',
    'styled_words',
    2,
  ],
  ['full-width letters', 'ｃｈｅａｐ ｐｉｌｌｓ', 'styled_words', 2],
  ['circled letters', 'ⓒⓗⓔⓐⓟ ⓟⓘⓛⓛⓢ', 'styled_words', 2],
  [
    'stacked marks',
    'c\u0300\u0301\u0302h\u0300\u0301\u0302e\u0300\u0301\u0302',
    'stacked_marks',
    3,
  ],
  ['six soft hyphens', 'v\u00adi\u00ada\u00adg\u00adr\u00ada\u00adx', 'soft_hyphens', 6],
  ['tags outside a flag', 'hi\u{e0068}\u{e0069}\u{e0021}', 'zero_width', 3],
  ['selectors in a row', '\u{1f600}\u{fe0f}\u{e0100}\u{e0101}\u{e0102}', 'zero_width', 3],
];

const PLAIN: readonly [name: string, text: string][] = [
  ['ASCII', 'cheap pills, v1agra, c h e a p p i l l s'],
  ['two zero-width characters', 'ch\u200beap pi\u200blls'],
  ['zero-width between words', 'cheap \u200b pills\u200b, \u200band \u200bmore'],
  ['a byte order mark and spaces', '\ufeffhello\u00a0there'],
  [
    'joiners of emoji',
    '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}\u200d\u{1f466} \u{1f3f3}\ufe0f\u200d\u{1f308}',
  ],
  ['flags made of tags', '\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}'],
  ['Persian joiners', 'می\u200cخواهم کتاب\u200cها را نمی\u200cدانم'],
  ['Indic joiners', 'क्\u200dष न\u200dम\u200dस्ते'],
  ['isolates around a name', '\u2068Dana\u2069 and \u2068\u05d3\u05e0\u05d4\u2069 joined'],
  ['Hebrew with marks', '\u05e9\u05c1\u05dc\u05d5\u05dd \u200f(shalom)\u200e'],
  ['Arabic with vowels', 'اَلسَّلَامُ عَلَيْكُمْ'],
  [
    'Vietnamese in decomposed form',
    'Tie\u0302\u0301ng Vie\u0323\u0302t ra\u0302\u0301t \u0111e\u0323p',
  ],
  ['one mixed word', 'login at p\u0430ypal'],
  ['abbreviations with endings', 'SMSка, в PDFе, по USBу, VIPы и IDе'],
  ['units', 'Δt = 5 μs, 10 kΩ, πr²'],
  ['one styled word', 'signed, \u{1d509}\u{1d52f}\u{1d522}\u{1d521}'],
  ['full-width letters in Japanese', 'ＮＨＫの番組をＴＯＫＹＯで見た'],
  ['soft hyphens of a web page', 'Donau\u00addampf\u00adschiff\u00adfahrt'],
  ['a keycap and selectors', '1\ufe0f\u20e3 2\ufe0f\u20e3 ✈\ufe0f ☀\ufe0f'],
  ['accents', 'résumé naïve Ülm ñandú Привет 你好'],
  [
    'the white-space tag of OTR',
    'hello – \x20\x09\x20\x20\x09\x09\x09\x09\x20\x09\x20\x09\x20\x09\x20\x20\x20\x20\x09\x09',
  ],
  ['spaced and leet words in other text', 'é c h e a p, v1agra, ch3ap, p1lls, b u y n o w x'],
];

describe('createObfuscationDetector()', () => {
  for (const [name, text, sign, count] of DISGUISED) {
    it(`raises spim.obfuscation for ${name}`, () => {
      const [emitted, ...more] = ask(text);
      assert.equal(emitted?.event, 'spim.obfuscation');
      assert.equal(emitted.context[sign], count);
      assert.equal(emitted.region, 0);
      assert.deepEqual(more, []);
    });
  }
  for (const [name, text] of PLAIN) {
    it(`says nothing about ${name}`, () => {
      assert.deepEqual(ask(text), []);
    });
  }
  it('counts spaced and leet words beside other signs', () => {
    const [emitted] = ask('ch\u200beap pi\u200blls c h e a p, v1agra');
    assert.deepEqual(emitted?.context, { score: 6, zero_width: 2, spaced_words: 1, leet_words: 1 });
  });
  it('finds the disguised text among others, once', () => {
    const emitted = ask('plain', 'p\u0430ypal \u0430pple', 'Пpивeт, дpyг');
    assert.equal(emitted.length, 1);
    assert.equal(emitted[0]?.region, 1);
  });
  it('looks at human text only', () => {
    const view = stanzaOf([['xmpp.nick', 'a\u202eb']]);
    assert.deepEqual(examine(detector, view), []);
  });
  it('survives bytes that are not UTF-8', () => {
    const bytes = Uint8Array.from({ length: 4096 }, (_, i) => (i * 89 + (i >> 3)) & 0xff);
    for (let length = 0; length < 300; length++) ask(bytes.subarray(length, 2 * length));
    assert.deepEqual(ask(Uint8Array.of(0xf0, 0x9d), Uint8Array.of(0xe2), Uint8Array.of(0x80)), []);
  });
});
