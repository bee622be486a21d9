/**
 * Random and mutated XML streams, cut at random: the tokenizer never throws, every tape is sound, and
 * the cuts change nothing it says.
 */
import { linesOf, testLimits, XmlRecorder } from '../support/xml-recorder.ts';

export const name = 'xml';

const ATOMS = [
  "<?xml version='1.0'?>",
  "<?xml version='1.0' encoding='ISO-8859-1'?>",
  "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='a.b'>",
  '</stream:stream>',
  "<message to='a@b' from='c@d'>",
  '</message>',
  '<body>',
  '</body>',
  '<presence/>',
  "<iq type='get' id='1'>",
  '</iq>',
  "<query xmlns='jabber:iq:roster'/>",
  "<a:b xmlns:a='urn:a' a:c='d' xml:lang='en'>",
  '</a:b>',
  '<x',
  '/>',
  '>',
  '<',
  '</',
  '&amp;',
  '&#65;',
  '&#x1F600;',
  '&#0;',
  '&nbsp;',
  '&foo;',
  '&',
  '<![CDATA[',
  ']]>',
  ']]',
  '<!--',
  '-->',
  '<?pi ',
  '?>',
  '<!DOCTYPE a [<!ENTITY b "c&d;"><!ENTITY % e "f">]>',
  '<!',
  "='",
  "'",
  '"',
  ' ',
  '\n',
  '\r\n',
  '\r',
  '\t',
  '\0',
  '\x1b',
  'text',
  'é',
  '中文',
  '😀',
  ' xmlns=',
  ' xmlns:p=',
  ':',
  '=',
  "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AA==</auth>",
  "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>",
];
const BYTES = [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x82], [0xf4, 0x90], [0xfe, 0xff]];

const encoder = new TextEncoder();

function document(random: () => number): Uint8Array {
  const out: number[] = [];
  const n = 1 + Math.floor(random() * 40);
  if (random() < 0.6) {
    for (const b of encoder.encode(ATOMS[2] as string)) out.push(b);
  }
  for (let i = 0; i < n; i++) {
    const pick = random();
    if (pick < 0.9) {
      const atom = ATOMS[Math.floor(random() * ATOMS.length)] as string;
      for (const b of encoder.encode(atom)) out.push(b);
    } else if (pick < 0.96) {
      out.push(...(BYTES[Math.floor(random() * BYTES.length)] as number[]));
    } else out.push(Math.floor(random() * 256));
  }
  // Flip, drop or repeat a byte now and then.
  while (random() < 0.4 && out.length > 0) {
    const at = Math.floor(random() * out.length);
    const how = random();
    if (how < 0.4) out[at] = Math.floor(random() * 256);
    else if (how < 0.7) out.splice(at, 1);
    else out.splice(at, 0, out[at] as number);
  }
  return widen(Uint8Array.from(out), random());
}

/** Some documents come in another encoding. */
function widen(bytes: Uint8Array, pick: number): Uint8Array {
  if (pick > 0.12) return bytes;
  const big = pick < 0.06;
  const text = new TextDecoder().decode(bytes);
  const out = new Uint8Array(text.length * 2 + (pick < 0.03 || pick > 0.09 ? 2 : 0));
  const view = new DataView(out.buffer);
  let at = 0;
  if (out.length > text.length * 2) {
    view.setUint16(0, 0xfeff, !big);
    at = 2;
  }
  for (let i = 0; i < text.length; i++) view.setUint16(at + 2 * i, text.charCodeAt(i), !big);
  return out;
}

function cuts(bytes: Uint8Array, random: () => number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  const most = 1 + Math.floor(random() * 30);
  for (let at = 0; at < bytes.length;) {
    const n = 1 + Math.floor(random() * most);
    pieces.push(bytes.subarray(at, at + n));
    at += n;
  }
  return pieces;
}

export function fuzz(random: () => number, deadlineMs: () => boolean): { runs: number } {
  const recorder = new XmlRecorder(testLimits({ xmlSlots: 4 }));
  let runs = 0;
  while (!deadlineMs()) {
    runs++;
    const bytes = document(random);
    const midstream = random() < 0.2;
    const whole = linesOf(recorder.run([bytes], midstream)).join('\n');
    for (let i = 0; i < 3; i++) {
      const pieces =
        i === 0 ? Array.from(bytes, (_, k) => bytes.subarray(k, k + 1)) : cuts(bytes, random);
      const cut = linesOf(recorder.run(pieces, midstream)).join('\n');
      if (cut !== whole) {
        const hex = Buffer.from(bytes).toString('hex');
        throw new Error(`the cut changed what was said\n${hex}\nwhole:\n${whole}\ncut:\n${cut}`);
      }
    }
  }
  return { runs };
}
